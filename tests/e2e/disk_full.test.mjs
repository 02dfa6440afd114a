// A disk that is full, on a small one of its own: what was acknowledged stays, the rest is refused, and it goes on by itself.
//
// Takes root, to mount a tmpfs. FOOTFALL_LONG fills it fifty times.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ledger, Writer } from './load.mjs';
import { atEnd, folder, serve, sleep, until } from './program.mjs';
import { randomOf, seed } from './random.mjs';

const once = (step) => {
  let done = false;
  return () => {
    if (!done) step();
    done = true;
  };
};

const tmpfs = (mebibytes) => {
  const path = folder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', path], { stdio: 'pipe' });
  const unmount = once(() => execFileSync('umount', ['--lazy', path], { stdio: 'pipe' }));
  atEnd(unmount);
  return { path, unmount };
};

const mayMount = (() => {
  if (process.getuid() !== 0) return 'mounting a small disk takes root: the full disk is NOT tested';
  try {
    tmpfs(1).unmount();
    return false;
  } catch (problem) {
    return `a small disk cannot be mounted here, so the full disk is NOT tested: ${String(problem.stderr ?? problem.message).trim()}`;
  }
})();
if (mayMount) console.error(`\n!!! ${mayMount}\n`);

// Takes all the room there is, and gives it back.
class Ballast {
  constructor(disk) {
    this.file = join(disk, 'ballast');
  }
  take() {
    const file = openSync(this.file, 'a');
    try {
      for (const bytes of [1 << 20, 4096]) {
        const block = Buffer.alloc(bytes);
        try {
          while (writeSync(file, block) === bytes);
        } catch (problem) {
          if (problem.code !== 'ENOSPC') throw problem;
        }
      }
    } finally {
      closeSync(file);
    }
  }
  give() {
    rmSync(this.file, { force: true });
  }
}

test('a full disk: 503 with Retry-After, nothing acknowledged is lost, and it goes on by itself within five seconds', { skip: mayMount }, async (t) => {
  const cycles = process.env.FOOTFALL_LONG ? 50 : 3;
  const { path: disk } = tmpfs(160);
  const data = join(disk, 'data');
  const ballast = new Ballast(disk);
  const start = () => serve({ data, args: ['--journal-segment', '4', '--memory', '64'] });
  const ledger = new Ledger();
  t.diagnostic(`seed ${seed}`);
  let server = await start();
  let slowest_ms = 0;

  for (let cycle = 0; cycle < cycles; cycle += 1) {
    let running = true;
    const writers = Array.from({ length: 4 }, (_, place) => new Writer(ledger, randomOf(seed + cycle * 4 + place)));
    const ends = writers.map((writer) => writer.run(server.port, () => running, { refusals: true }));
    await until(() => writers.every((writer) => writer.answered > 20), 'the writers to be at work');
    const refused_before = ledger.refused;
    // Room that the program gives up in its need is taken as well.
    await until(() => {
      ballast.take();
      return ledger.refused > refused_before + 50;
    }, 'the program to refuse', 30_000);
    const direct = await server.ask('/api/event', { method: 'POST', token: null, body: { n: 'pageview', u: 'https://example.com/full', t: 'refused' } });
    assert.equal(direct.status, 503);
    assert.match(direct.headers.get('content-type'), /^application\/problem\+json/);
    const retry_after = Number(direct.headers.get('retry-after'));
    assert.ok(retry_after >= 1 && retry_after <= 30, `Retry-After: ${retry_after}`);
    const pixel = await server.ask('/pixel.gif?site=example.com&p=/full', { token: null });
    assert.deepEqual([pixel.status, pixel.headers.get('content-type')], [503, 'application/problem+json'], 'no happy pixel over a lost hit');
    assert.equal((await server.ask('/livez', { token: null })).status, 200);
    await until(async () => (await server.ask('/api/visits?site=example.com&limit=1')).status === 200, 'what is there to be read', 5_000);
    assert.equal(typeof await server.count(), 'number');
    await sleep(500);
    assert.ok(server.isRunning, server.said);

    // Every third time it is killed in the middle of its need.
    const killed = cycle % 3 === 2;
    if (killed) {
      await server.kill();
      ballast.give();
      server = await start();
    } else {
      ballast.give();
      const begun = performance.now();
      await until(async () => {
        const title = `after ${cycle}, ${performance.now()}`;
        const answer = await server.ask('/api/visits', { method: 'POST', body: { site: 'example.com', path: '/', title } });
        if (answer.status === 202) ledger.hits.set(title, { path: '/', id: answer.json.ids[0], acked: true });
        return answer.status === 202;
      }, 'the program to take hits again', 5_000);
      slowest_ms = Math.max(slowest_ms, performance.now() - begun);
    }
    running = false;
    for (const end of await Promise.all(ends)) assert.ok(end === 'enough' || killed, String(end.stack ?? end));
  }
  await ledger.compare(server);
  assert.equal((await server.stop()).code, 0);
  const again = await start();
  await ledger.compare(again);
  await again.stop();
  t.diagnostic(`${cycles} times full: ${ledger.acked} hits acknowledged and there, ${ledger.refused} requests refused, taking again after at most ${Math.round(slowest_ms)} ms`);
});
