// The promise itself: what was answered 2xx survives kill -9 at any instant, and counts exactly once.
//
// FOOTFALL_CRASH_ROUNDS sets how often the program is killed; FOOTFALL_LONG makes that a hundred times. Each round also
// sends again, after the restart, some of what got no answer: with an id or an Idempotency-Key that must not count twice.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ledger, Writer } from './load.mjs';
import { folder, serve, sleep } from './program.mjs';
import { randomOf, seed } from './random.mjs';

const rounds = Number(process.env.FOOTFALL_CRASH_ROUNDS ?? (process.env.FOOTFALL_LONG ? 100 : 20));
const connections = 16;
const kill_ms = [5, 600]; // after the load has begun
const kill_while_starting_part = 0.2;
const small_segments = ['--journal-segment', '1']; // so that some kills fall where one segment ends and the next begins

const dies_so = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE']);

test(`killed ${rounds} times under load, every acknowledged hit is stored once and nothing else is`, async (t) => {
  t.diagnostic(`seed ${seed}`);
  const random = randomOf(seed);
  const data = join(folder(), 'data');
  const ledger = new Ledger();
  const writers = Array.from({ length: connections }, (_, place) => new Writer(ledger, randomOf(seed + place + 1)));
  let killed_starting = 0;
  let slowest_start_ms = 0;

  const start = async () => {
    const begun = performance.now();
    const server = await serve({ data, args: small_segments });
    slowest_start_ms = Math.max(slowest_start_ms, performance.now() - begun);
    return server;
  };

  for (let round = 1; round <= rounds; round += 1) {
    while (random.chance(kill_while_starting_part)) {
      const early = await serve({ data, args: small_segments, killIn: random.between(1, 400) });
      if (early) await early.kill();
      killed_starting += 1;
    }
    const server = await start();
    const before = await server.count();
    assert.ok(before >= [...ledger.hits.values()].filter((hit) => hit.acked && !hit.event).length,
      `after the restart of round ${round} the counter is behind what was acknowledged`);

    let running = true;
    const ends = writers.map((writer) => writer.run(server.port, () => running));
    // A reader keeps the processor at work, so that kills fall into commits too.
    const reads = (async () => {
      while (running) {
        await server.ask('/api/visits?site=example.com&limit=1&fresh=true').catch(() => {});
        await sleep(20);
      }
    })();
    await sleep(random.between(...kill_ms));
    await server.kill();
    running = false;
    for (const end of await Promise.all(ends)) {
      assert.ok(end === 'enough' || dies_so.has(end.code), `a writer ended with ${end.stack ?? end}`);
    }
    await reads;
  }

  const last = await start();
  const rows = await ledger.compare(last);
  const stopped = await last.stop();
  assert.deepEqual([stopped.code, stopped.signal], [0, null], last.said);

  const again = await start();
  assert.equal((await ledger.compare(again)).length, rows.length, 'a clean stop and a start changed the rows');
  await again.stop();

  assert.ok(ledger.acked > rounds * connections, `only ${ledger.acked} hits were acknowledged: no load worth the name`);
  t.diagnostic(`${rounds} kills under load and ${killed_starting} while starting: ${ledger.acked} hits acknowledged of ${ledger.hits.size} sent, `
    + `${rows.length} stored, 0 lost, 0 doubled, 0 unknown; ${ledger.counted} numbers given, none twice; slowest start ${Math.round(slowest_start_ms)} ms`);
});
