// Damage to the store between two runs: every count and row comes back from the journal.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Ledger, Writer } from './load.mjs';
import { serve, sleep } from './program.mjs';
import { randomOf, seed } from './random.mjs';

const inStore = (data, ending) => readdirSync(join(data, 'store')).filter((name) => name.endsWith(ending)).map((name) => join(data, 'store', name));
const theLog = (data) => {
  const [log] = inStore(data, '.wal');
  assert.ok(log && statSync(log).size > 10_000, 'there is no log to damage');
  return log;
};
const overwrite = (file, at, change) => {
  const bytes = readFileSync(file);
  change(bytes, at(bytes.length));
  writeFileSync(file, bytes);
};
const flip = (bytes, at) => (bytes[at] ^= 0x10);

describe('Damage to the store between two runs: every count and row comes back from the journal', () => {
  for (const [because, stopped, harm] of [
    ['its database is deleted', 'killed', (data) => inStore(data, '.duckdb').forEach((file) => rmSync(file))],
    ['its database is deleted after a clean stop', 'stopped', (data) => inStore(data, '.duckdb').forEach((file) => rmSync(file))],
    ['all of it is deleted', 'stopped', (data) => rmSync(join(data, 'store'), { recursive: true })],
    ['its log is deleted', 'killed', (data) => rmSync(theLog(data))],
    ['a bit of its log is flipped', 'killed', (data) => overwrite(theLog(data), (size) => size >> 1, flip)],
    ['its log ends in zeros', 'killed', (data) => overwrite(theLog(data), (size) => size - 2_000, (bytes, at) => bytes.fill(0, at))],
    ['its log is cut', 'killed', (data) => truncateSync(theLog(data), statSync(theLog(data)).size - 777)],
    ['the head of its database is overwritten', 'stopped', (data) => inStore(data, '.duckdb').forEach((file) => overwrite(file, () => 0, (bytes, at) => bytes.fill(0x55, at, 12_288)))],
  ]) {
    test(because, async (t) => {
      t.diagnostic(`seed ${seed}`);
      const ledger = new Ledger();
      const first = await serve();
      let running = true;
      const ends = Array.from({ length: 4 }, (_, place) => new Writer(ledger, randomOf(seed + place)).run(first.port, () => running));
      // Enough for a log that can be damaged.
      for (const begun = performance.now(); performance.now() - begun < 400 || ledger.hits.size < 500;) await sleep(20);
      running = false;
      await Promise.all(ends);
      await ledger.compare(first);
      await first[stopped === 'killed' ? 'kill' : 'stop']();
      harm(first.data);

      const second = await serve({ data: first.data });
      await ledger.compare(second);
      await second.visit('/goes/on');
      assert.equal((await second.stop()).code, 0);
      const third = await serve({ data: first.data });
      assert.equal((await third.rows()).length, (await third.count()) + [...ledger.hits.values()].filter((hit) => hit.event).length);
      await third.stop();
    });
  }
});
