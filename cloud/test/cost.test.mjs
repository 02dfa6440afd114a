// The cost of a million views: reckoned by hand here, by the script there; and the table in README.md is the script's.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { costOf, countFiles, problemOf, readCounts, readNaive, readPrices, tableOf, withTable } from '../cost/cost.mjs';

const prices = readPrices();
const script = fileURLToPath(new URL('../cost/cost.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'footfall-cost-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
// A made-up run, for the reckoning alone.
const example = { name: 'example', how: 'made up', visits: 1000, counted: { edge_runs: 2000, api_requests: 1000, write_units: 4100, lambda_gb_seconds_arm64: 1.5 } };

describe('The cost', () => {
  test('is count by view, times a million, times the price', () => {
    const { things, total } = costOf(example, prices);
    const by = { edge_runs: 0.2, api_requests: 1, write_units: 2.5625, lambda_gb_seconds_arm64: 0.0200001 };
    for (const [thing, usd] of Object.entries(by)) assert.ok(Math.abs(things[thing] - usd) < 1e-9, thing);
    assert.ok(Math.abs(total - 3.7825001) < 1e-9);
  });

  test('has a part that is spread over the visits of a day', () => {
    const { things, total } = costOf({ ...example, day: { visits: 2000, counted: { write_units: 400, read_units: 800 } } }, prices);
    assert.ok(Math.abs(things.write_units - (2.5625 + 0.125)) < 1e-9);
    assert.ok(Math.abs(things.read_units - 0.05) < 1e-9);
    assert.ok(Math.abs(total - (3.7825001 + 0.175)) < 1e-9);
  });

  test('of the naive design is what its assumptions say', () => {
    const naive = readNaive();
    assert.equal(problemOf(naive, prices), undefined);
    // A page and a third of a redirect, 7/3 runs of 2.5 MB-seconds, 1.2 messages, a tenth of a batch, five writes.
    const usd = 4 / 3 + (7 / 3) * 0.6 + (7 / 3) * 0.0025 * 50.01 + 1.2 * 0.4 + 0.1 * 0.2 + 0.0018 * 16.6667 + 5 * 0.625;
    assert.ok(Math.abs(costOf(naive, prices).total - usd) < 1e-6);
  });

  test('is shown thing by thing, with the sum and by how much the naive design is dearer', () => {
    const table = tableOf([example], readNaive(), prices);
    assert.match(table, /\| US dollars per million views \| example \| naive \|/);
    assert.match(table, /\| DynamoDB on demand, write units \| 2\.56 \| 3\.13 \|/);
    assert.match(table, /\| \*\*together\*\* \| \*\*3\.78\*\* \| \*\*6\.68\*\* \|/);
    assert.match(table, /\| the naive design costs \| 1\.8 × \| 1\.0 × \|/);
    assert.match(table, /\| Lambda on arm64, GB-seconds \\\* \| 0\.02 \| – \|/, 'a price that is not sure is marked');
  });

  test('is not shown where nothing was counted', () => assert.match(tableOf([], readNaive(), prices), /Nothing has been counted yet/));

  test('takes no counts that cannot be', () => {
    for (const [change, message] of [[{ visits: 0 }, /whole number/], [{ day: { visits: 0, counted: { write_units: 1 } } }, /whole number/], [{ day: { visits: 1, counted: { coffee: 1 } } }, /'coffee'/], [{ visits: 1.5 }, /whole number/], [{ how: '' }, /how it was counted/], [{ counted: {} }, /nothing was counted/],
      [{ counted: { coffee: 1 } }, /'coffee' has no price/], [{ counted: { write_units: -1 } }, /no number from 0/], [{ counted: { write_units: '1' } }, /no number from 0/]]) {
      assert.match(problemOf({ ...example, ...change }, prices), message);
    }
    assert.equal(problemOf(example, prices), undefined);
  });

  test('every price says what it is for, when it was looked up, and whether that was in the provider’s own words', () => {
    for (const [thing, price] of Object.entries(prices)) {
      assert.ok(price.usd > 0 && price.per >= 1 && price.what.length > 5, thing);
      assert.match(price.read, /^20\d\d-(0[1-9]|1[0-2])$/, thing);
      assert.equal(typeof price.sure, 'boolean', thing);
    }
  });

  test('in README.md is the one of the counts that are kept', () => {
    const text = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    assert.equal(withTable(text, tableOf(readCounts(countFiles(), prices), readNaive(), prices)), text, 'node cloud/cost/cost.mjs --write');
  });

  test('is printed by the command, which says in one line what is wrong', () => {
    const file = join(folder, 'counts.json');
    writeFileSync(file, JSON.stringify(example));
    assert.match(execFileSync(process.execPath, [script, file], { encoding: 'utf8' }), /\*\*3\.78\*\*/);
    writeFileSync(file, '{');
    for (const [args, status, message] of [[[file], 1, /^footfall: .*counts\.json: /], [['--what'], 2, /usage/], [['--write', file], 2, /usage/], [[join(folder, 'none.json')], 1, /ENOENT/]]) {
      const result = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
      assert.equal(result.status, status);
      assert.match(result.stderr, message);
    }
  });
});
