// `footfall import`: every line of a log is accounted for, hostile ones harm nothing, and no line counts twice.
//
// FOOTFALL_REAL_LOG names the access log of 10,000 lines that the last test imports.

import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { AccessLog, rowsOf, site, wantedRows } from './access_log.mjs';
import { folder, run, serve } from './program.mjs';
import { seed } from './random.mjs';

const memory_mib_max = 300;

// The figures of each file in what the command printed; `left_out` by reason too.
const figuresOf = (text) => text.trim().split('\n').map((line) => {
  const found = line.match(/^(.*): (\d+) lines: (\d+) recorded, (\d+) left out(?: \((.*?)\))?, (\d+) malformed, (\d+) imported before; [\d.]+ s$/);
  assert.ok(found, `not the line that import prints: ${line}`);
  const [, name, lines, recorded, left_out, reasons = '', malformed, before] = found;
  return { name, lines: Number(lines), recorded: Number(recorded), left_out: Number(left_out), reasons, malformed: Number(malformed), before: Number(before) };
});

const importLog = async (data, files, { args = [], input, code = 0 } = {}) => {
  const ended = await run(['import', '--data', data, '--site', site, ...args, ...[files].flat()], { input });
  assert.equal(ended.code, code, ended.err);
  const figures = ended.out ? figuresOf(ended.out) : [];
  for (const one of figures) {
    assert.equal(one.recorded + one.left_out + one.malformed + one.before, one.lines, 'every line is one of these');
  }
  return { ...ended, figures };
};

const rowsIn = async (data) => {
  const exported = await run(['export', '--data', data, '--site', site]);
  assert.equal(exported.code, 0, exported.err);
  return exported.out.split('\n').filter(Boolean).map((line) => JSON.parse(line));
};

const file = (bytes, name = 'access.log') => {
  const path = join(folder(), name);
  writeFileSync(path, bytes);
  return path;
};
const newData = () => join(folder(), 'data');

const assertImported = (log, figures) => {
  const { recorded, left_out, malformed } = figures;
  assert.deepEqual({ recorded, left_out, malformed, lines: figures.lines }, { ...log.wanted, lines: log.lines.length });
};

describe(`A made-up log (seed ${seed})`, () => {
  for (const [format, how, args, bytesOf] of [
    ['common', 'a plain file, its format found out', [], (log) => log.text()],
    ['combined', 'a plain file, its format named', ['--format', 'combined'], (log) => log.text()],
    ['combined-with-host', 'a plain file, its format found out', [], (log) => log.text()],
    ['combined', 'a file with CR LF', [], (log) => log.text('\r\n')],
    ['common', 'a file with CR LF, its format named', ['--format', 'common'], (log) => log.text('\r\n')],
    ['combined', 'a gzip file', [], (log) => gzipSync(log.text())],
    ['combined', 'a gzip file of two members, as rotation tools make it', [], (log) => Buffer.concat([gzipSync(log.text().subarray(0, 5_001)), gzipSync(log.text().subarray(5_001))])],
    ['combined', 'a file whose last line has no end', [], (log) => log.text().subarray(0, -1)],
  ]) {
    test(`of the format ${format} in ${how}: recorded, left out and malformed are what they must be, and the rows say what the lines said`, async () => {
      const log = new AccessLog(format, seed).fill(600).addOdd().fill(5);
      const data = newData();
      const { figures: [figures] } = await importLog(data, file(bytesOf(log)), { args });
      assertImported(log, figures);
      const rows = await rowsIn(data);
      assert.deepEqual(rowsOf(rows), wantedRows(log.hits));
      for (const row of rows) assert.deepEqual([row.site, row.source, row.kind, row.event], [site, 'log', 'load', null]);
    });
  }

  test('comes through standard input, plain and packed', async () => {
    const log = new AccessLog('combined', seed).fill(300).addOdd();
    for (const input of [log.text(), gzipSync(log.text())]) {
      const data = newData();
      const { figures: [figures] } = await importLog(data, '-', { input });
      assertImported(log, figures);
      assert.deepEqual(rowsOf(await rowsIn(data)), wantedRows(log.hits));
    }
  });

  test('says why lines were left out', async () => {
    const log = new AccessLog('combined-with-host', seed).fill(2_000);
    const { figures: [{ reasons, left_out }] } = await importLog(newData(), file(log.text()));
    for (const reason of ['not a GET', 'answered neither 2xx nor 304', 'assets', 'of other sites', 'in the future']) assert.match(reasons, new RegExp(`\\d+ ${reason}`));
    assert.equal([...reasons.matchAll(/\d+/g)].filter(([number], place, all) => number !== '2' && number !== '304').length >= 5, true);
    assert.ok(left_out > 0);
  });

  test('that may not be of the named format is malformed, not guessed at', async () => {
    const log = new AccessLog('common', seed).fill(50);
    const { figures: [figures] } = await importLog(newData(), file(log.text()), { args: ['--format', 'combined'] });
    assert.deepEqual([figures.recorded, figures.malformed], [0, 50]);
  });

  test('holds three formats at once', async () => {
    const data = newData();
    const logs = ['common', 'combined', 'combined-with-host'].map((format, place) => new AccessLog(format, seed + place).fill(200));
    const { figures: [figures] } = await importLog(data, file(Buffer.concat(logs.map((log) => log.text()))));
    for (const name of ['recorded', 'left_out', 'malformed']) assert.equal(figures[name], logs.reduce((sum, log) => sum + log.wanted[name], 0), name);
    assert.deepEqual(rowsOf(await rowsIn(data)), wantedRows(logs.flatMap((log) => log.hits)));
  });
});

describe('No line counts twice', () => {
  test('the same log again adds nothing: the file, packed, and through standard input', async () => {
    const log = new AccessLog('combined', seed).fill(1_000).addOdd();
    const data = newData();
    const plain = file(log.text());
    await importLog(data, plain);
    for (const [again, input] of [[plain], [file(gzipSync(log.text()), 'access.log.gz')], ['-', log.text()]]) {
      const { figures: [figures] } = await importLog(data, again, { input });
      assert.deepEqual([figures.recorded, figures.before], [0, log.lines.length]);
    }
    assert.deepEqual(rowsOf(await rowsIn(data)), wantedRows(log.hits));
  });

  test('a log that has grown adds only its news, also when its last line had been half written', async () => {
    const data = newData();
    const log = new AccessLog('combined', seed).fill(500);
    const path = file(log.text());
    const last = log.line({ address: '192.0.2.5', target: '/half', agent: 'a browser' });
    appendFileSync(path, last.slice(0, 30));
    const { figures: [first] } = await importLog(data, path);
    assert.deepEqual([first.recorded, first.lines], [log.wanted.recorded, 501]);

    appendFileSync(path, `${last.slice(30)}\n`);
    const more = new AccessLog('combined', seed + 1).fill(300);
    appendFileSync(path, more.text());
    const { figures: [second] } = await importLog(data, path);
    assert.equal(second.recorded, 1 + more.wanted.recorded);
    assert.equal(second.before, 500);
    assert.equal(second.lines, 801);
    const rows = await rowsIn(data);
    assert.equal(rows.length, log.wanted.recorded + 1 + more.wanted.recorded);
    assert.equal(rows.filter((row) => row.path === '/half').length, 1);
  });

  test('the same log for another site is another log', async () => {
    const data = newData();
    const log = new AccessLog('common', seed).fill(50);
    const path = file(log.text());
    await importLog(data, path);
    const other = await run(['import', '--data', data, '--site', 'other.example', path]);
    assert.equal(figuresOf(other.out)[0].recorded, log.wanted.recorded);
  });

  test('killed in the middle and started again, it records every line once', async (t) => {
    const log = new AccessLog('combined', seed).fill(40_000);
    const path = file(log.text());
    const data = newData();
    let killed = 0;
    for (const killIn of [200, 400, 700, 1_000]) {
      const { signal } = await run(['import', '--data', data, '--site', site, path], { killIn });
      killed += signal === 'SIGKILL' ? 1 : 0;
    }
    const { figures: [figures] } = await importLog(data, path);
    t.diagnostic(`killed ${killed} times; ${figures.before} of ${figures.lines} lines had been imported before the last run`);
    assert.ok(killed > 0, 'it was never killed in time');
    assert.deepEqual(rowsOf(await rowsIn(data)), wantedRows(log.hits));
  });
});

describe('A log that cannot be read', () => {
  test('a file that is not there, among others: one line, exit code 1, and the others are imported', async () => {
    const log = new AccessLog('common', seed).fill(100);
    const data = newData();
    const { figures, err } = await importLog(data, ['/nowhere/access.log', file(log.text())], { code: 1 });
    assert.match(err, /^footfall: [^\n]*\/nowhere\/access\.log[^\n]*\n/m);
    assert.equal(figures.length, 1);
    assert.equal((await rowsIn(data)).length, log.wanted.recorded);
  });

  test('a folder is none', async () => {
    const { err } = await importLog(newData(), folder(), { code: 1 });
    assert.match(err, /folder/);
  });

  test('a gzip file that was cut or damaged: one line, exit code 1, and the whole file later adds what is missing, once', async () => {
    const log = new AccessLog('combined', seed).fill(12_000);
    const packed = gzipSync(log.text());
    const damaged = Buffer.from(packed);
    damaged.fill(0x55, packed.length >> 1, (packed.length >> 1) + 64);
    for (const broken of [packed.subarray(0, packed.length >> 1), damaged]) {
      const data = newData();
      const { err } = await importLog(data, file(broken, 'access.log.gz'), { code: 1 });
      assert.match(err, /gzip/);
      await importLog(data, file(packed, 'access.log.gz'));
      assert.deepEqual(rowsOf(await rowsIn(data)), wantedRows(log.hits));
    }
  });

  test('an empty file is no error', async () => {
    const { figures: [figures] } = await importLog(newData(), file(''));
    assert.deepEqual([figures.lines, figures.recorded], [0, 0]);
  });

  test(`binary rubbish and a line of 256 MiB are malformed, in less than ${memory_mib_max} MiB of memory`, async (t) => {
    const page = new AccessLog('common', seed);
    const line = Buffer.from(`${page.line({ address: '192.0.2.1', target: '/between' })}\n`);
    const rubbish = Buffer.concat([Buffer.from('\0\0\x1f\x8b\xff\n', 'latin1'), line]);
    const { figures: [figures], memory } = await importLog(newData(),
      file(Buffer.concat([gzipSync(line), gzipSync(Buffer.alloc(256 << 20, 'a')), gzipSync(Buffer.from('\n')), gzipSync(rubbish)]), 'access.log.gz'));
    t.diagnostic(`peak memory ${Math.round(memory)} MiB`);
    assert.deepEqual([figures.lines, figures.recorded, figures.malformed], [4, 2, 2]);
    assert.ok(memory > 0 && memory < memory_mib_max, `${memory} MiB`);
  });
});

describe('While a server runs', () => {
  test('an import on its data folder goes through it, and is seen there at once', async () => {
    const server = await serve({ site });
    await server.visit('/before');
    const log = new AccessLog('combined', seed).fill(6_000);
    const { figures: [figures] } = await importLog(server.data, file(log.text()));
    assertImported(log, figures);
    const rows = await server.rows(site);
    assert.deepEqual(rowsOf(rows.filter((row) => row.source === 'log')), wantedRows(log.hits));
    assert.equal(await server.count('TOTAL', site), log.wanted.recorded + 1);
    const { figures: [again] } = await importLog(server.data, file(log.text()));
    assert.deepEqual([again.recorded, again.before], [0, log.lines.length]);
    await server.stop();
  });

  test('--server and --token send it to a server elsewhere, which takes it from its owner alone', async () => {
    const server = await serve({ site: null });
    const elsewhere = folder();
    const log = new AccessLog('common', seed).fill(100);
    const path = file(log.text());
    const send = (token) => run(['import', '--server', server.url, ...(token ? ['--token', token] : []), '--site', site, path], { cwd: elsewhere });
    for (const token of [undefined, 'wrong']) {
      const ended = await send(token);
      assert.equal(ended.code, 1);
      assert.match(ended.err, /^footfall: [^\n]*token[^\n]*\n$/);
    }
    const reader = (await server.ask('/api/tokens', { method: 'POST', body: { role: 'read', label: 'reader' } })).json.token;
    assert.equal((await send(reader)).code, 1);
    const sent = await send(server.token);
    assert.equal(sent.code, 0, sent.err);
    assertImported(log, figuresOf(sent.out)[0]);
    assert.deepEqual(rowsOf(await server.rows(site)), wantedRows(log.hits));
    await server.stop();
  });

  test('a server that is not there is one line and exit code 1', async () => {
    const ended = await run(['import', '--server', 'http://127.0.0.1:1', '--token', 'x', '--site', site, '-'], { input: '' });
    assert.equal(ended.code, 1);
    assert.match(ended.err, /^footfall: [^\n]+\n$/);
  });
});

describe('What was imported is seen by every command', () => {
  const log = new AccessLog('combined', seed).fill(400);
  const data = newData();
  const command = async (...args) => {
    const ended = await run([...args, '--data', data, '--site', site]);
    assert.equal(ended.code, 0, ended.err);
    return ended.out;
  };
  const tally = (list) => list.reduce((counts, value) => ({ ...counts, [value]: (counts[value] ?? 0) + 1 }), {});

  test('by query, with and without bots, whole and by page', async () => {
    await importLog(data, file(log.text()));
    const [head, numbers] = (await command('query', '--range', 'all', '--bots', '--metrics', 'pageviews,visitors')).trim().split('\n');
    assert.equal(head, 'pageviews\tvisitors');
    assert.equal(Number(numbers.split('\t')[0]), log.hits.length);
    const people = Number((await command('query', '--range', 'all', '--metrics', 'pageviews')).trim().split('\n')[1]);
    assert.ok(people > 0 && people < log.hits.length, 'bots are left out unless asked for');
    const byPage = Object.fromEntries((await command('query', '--range', 'all', '--bots', '--metrics', 'pageviews', '--by', 'event:page')).trim().split('\n').slice(1)
      .map((line) => line.split('\t')).map(([page, views]) => [page, Number(views)]));
    assert.deepEqual(byPage, tally(log.hits.map((hit) => hit.path)));
  });

  test('by query over a time: from a day on, up to a day, and between', async () => {
    const views = async (...args) => Number((await command('query', '--bots', '--metrics', 'pageviews', ...args)).trim().split('\n')[1]);
    const middle = '2015-05-18';
    const before = log.hits.filter((hit) => hit.time < middle).length;
    assert.ok(before > 0 && before < log.hits.length, 'the log crosses midnight');
    assert.equal(await views('--from', '2015-05-17', '--to', '2015-05-17'), before);
    assert.equal(await views('--from', middle), log.hits.length - before, 'from this day on');
    assert.equal(await views('--to', '2015-05-17'), before, 'up to and with this day');
  });

  test('by top, with first and last time', async () => {
    const wanted = tally(log.hits.map((hit) => hit.ip));
    const lines = (await command('top', '--by', 'ip')).trim().split('\n').slice(1).map((line) => line.split('\t'));
    assert.deepEqual(Object.fromEntries(lines.map(([visits, , , ip]) => [ip, Number(visits)])), wanted);
    for (const [, first, last, ip] of lines) {
      const times = log.hits.filter((hit) => hit.ip === ip).map((hit) => hit.time).sort();
      assert.deepEqual([first, last], [times[0], times.at(-1)]);
    }
    assert.equal((await command('top', '--by', 'path', '--limit', '2')).trim().split('\n').length, 1 + 2);
  });

  test('by export in three formats, filtered, and into a file', async () => {
    const ofOne = log.hits.filter((hit) => hit.ip === '192.0.2.1');
    const lines = (await command('export', '--ip', '192.0.2.1')).trim().split('\n').map((line) => JSON.parse(line));
    assert.deepEqual(rowsOf(lines), wantedRows(ofOne));
    const csv = (await command('export', '--format', 'csv')).trim().split('\r\n');
    assert.equal(csv.length, log.hits.length + 1);
    assert.match(csv[0], /^id,time,site,path,/);
    const output = join(folder(), 'visits.parquet');
    assert.equal(await command('export', '--format', 'parquet', '--output', output), '');
    const parquet = readFileSync(output);
    assert.deepEqual([parquet.subarray(0, 4).toString(), parquet.subarray(-4).toString()], ['PAR1', 'PAR1']);
  });

  test('a file that cannot be written is one line and exit code 1', async () => {
    const ended = await run(['export', '--data', data, '--site', site, '--output', '/nowhere/visits.ndjson']);
    assert.equal(ended.code, 1);
    assert.match(ended.err, /^footfall: [^\n]*\/nowhere[^\n]*\n$/);
  });
});

const real_log = process.env.FOOTFALL_REAL_LOG;
test('a real log of 10,000 lines: 3,616 recorded, 6,383 left out, 1 malformed; again: nothing',
  { skip: real_log ? false : 'FOOTFALL_REAL_LOG names no log, so none is imported' }, async () => {
    const data = newData();
    const { figures: [first] } = await importLog(data, real_log);
    assert.deepEqual([first.lines, first.recorded, first.left_out, first.malformed], [10_000, 3_616, 6_383, 1]);
    const { figures: [second] } = await importLog(data, real_log);
    assert.deepEqual([second.recorded, second.before], [0, 10_000]);
    const unpacked = /\.gz$/.test(real_log) ? gunzipSync(readFileSync(real_log)) : readFileSync(real_log);
    const { figures: [third] } = await importLog(data, '-', { input: unpacked });
    assert.deepEqual([third.recorded, third.before], [0, 10_000]);
    assert.equal((await rowsIn(data)).length, 3_616);
  });
