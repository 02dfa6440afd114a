// A site's visits from a server into DynamoDB and back into another server, by counts and by ids; each way twice.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { startEmulators, tableName } from './emulators.mjs';
import { program } from './program_file.mjs';

const footfall = program();
const missing = footfall && existsSync(footfall) ? false : 'there is no program: build it, or name one in FOOTFALL_PROGRAM';
const site = 'example.com';

const run = (args, env = {}) => new Promise((done) => {
  execFile(footfall, args, { env: { PATH: process.env.PATH, ...env }, maxBuffer: 1 << 26 }, (error, stdout, stderr) => done({ code: error?.code ?? 0, stdout, stderr }));
});

// A server on the folder for as long as `use` takes; `ask` speaks to it.
const serving = async (data, use) => {
  const child = spawn(footfall, ['serve', '--data', data, '--listen', '127.0.0.1:0', '--site', site, '--rate-limit', 'off'],
    { env: { PATH: process.env.PATH, FOOTFALL_ADMIN_TOKEN: 'secret' }, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise((done) => child.on('exit', done));
  try {
    const url = await new Promise((done, fail) => {
      createInterface(child.stdout).on('line', (line) => done(line.match(/^listening on (.*)$/)?.[1]));
      ended.then(() => fail(new Error('footfall serve ended')));
    });
    const ask = async (path, options = {}) => {
      const answer = await fetch(new URL(path, url), { ...options, headers: { authorization: 'Bearer secret', ...options.headers } });
      assert.ok(answer.ok, `${path}: ${answer.status}`);
      return answer;
    };
    return await use(ask, url);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
};

const everything = async (ask) => ({
  rows: (await (await ask(`/api/visits.ndjson?site=${site}&order=asc&fresh=true`)).text()).trim().split('\n').map((line) => JSON.parse(line)),
  counters: new Map((await (await ask(`/api/counters?site=${site}`)).json()).counters.map(({ key, value }) => [key, value])),
});

// What must be the same on both sides.
const kept = ({ id, time, path, query, title, ip, user_agent, referrer, event, kind, props, country, browser }) => ({ id, time, path, query, title, ip, user_agent, referrer, event, kind, props, country, browser });
const byId = (rows) => new Map(rows.map((row) => [row.id, kept(row)]));

test('visits and named counters go to DynamoDB and come back, each once', { skip: missing, timeout: 240_000 }, async (t) => {
  const emulators = await startEmulators();
  t.after(() => emulators.close());
  const folders = ['one', 'two'].map(() => mkdtempSync(join(tmpdir(), 'footfall-moving-')));
  t.after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));
  const [first, second] = folders;
  const aws = emulators.environment;

  const before = await serving(first, async (ask) => {
    for (let i = 0; i < 12; ++i) {
      const hits = Array.from({ length: 100 }, (_, j) => ({
        site, path: `/page-${(i * 100 + j) % 30}${j % 7 === 0 ? '?q=ü' : ''}`, ip: j % 5 === 0 ? '2001:db8::7' : `203.0.113.${j}`, user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
        referrer: 'https://www.google.com/', title: 'Título', ...(j % 10 === 0 && { event: 'signup', props: { plan: 'pro' } }),
      }));
      await ask('/api/visits', { method: 'POST', body: JSON.stringify(hits) });
    }
    for (let i = 0; i < 7; ++i) await ask(`/api/counters/likes/increment?site=${site}`, { method: 'POST' });
    return everything(ask);
  });
  assert.equal(before.rows.length, 1_200);

  const toTable = () => run(['export', '--data', first, '--site', site, '--to', 'dynamodb', '--table', tableName], aws);
  const moved = await toTable();
  assert.equal(moved.code, 0, moved.stderr);
  assert.match(moved.stdout, /1200 visits, 1200 of them new in the table/);
  assert.doesNotMatch(moved.stdout, /the counter/);
  const again = await toTable();
  assert.match(again.stdout, /1200 visits, 0 of them new in the table/);
  const items = await emulators.items();
  const inTable = items.filter(({ pk }) => pk.S.startsWith('V#'));
  assert.deepEqual(new Set(inTable.map(({ id }) => id.S)), new Set(before.rows.map(({ id }) => id)));

  const fromTable = () => run(['import', '--data', second, '--site', site, '--from', 'dynamodb', '--table', tableName, '--quiet'], aws);
  const back = await fromTable();
  assert.equal(back.code, 0, back.stderr);
  assert.match(back.stdout, /1200 visits, 1200 of them new here, 0 refused/);
  assert.match((await fromTable()).stdout, /1200 visits, 0 of them new here/);
  const after = await serving(second, everything);
  assert.equal(after.rows.length, before.rows.length);
  assert.deepEqual(byId(after.rows), byId(before.rows));
  assert.deepEqual(after.counters, before.counters);
});

test('what was begun can be gone on with, also where the table is slow and silent', { skip: missing, timeout: 240_000 }, async (t) => {
  const emulators = await startEmulators({ seed: 3 });
  t.after(() => emulators.close());
  const data = mkdtempSync(join(tmpdir(), 'footfall-moving-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const count = await serving(data, async (ask) => {
    await ask('/api/visits', { method: 'POST', body: JSON.stringify(Array.from({ length: 100 }, (_, i) => ({ site, path: `/${i % 9}` }))) });
    return (await everything(ask)).rows.length;
  });
  Object.assign(emulators.faults, { throttle: 0.1, reset: 0.1, lose_reply: 0.1, unprocessed: 0.1 });
  for (let i = 0; i < 3; ++i) await run(['export', '--data', data, '--site', site, '--to', 'dynamodb', '--table', tableName], emulators.environment);
  for (const fault of Object.keys(emulators.faults)) emulators.faults[fault] = 0;
  const items = await emulators.items();
  assert.equal(items.filter(({ pk }) => pk.S.startsWith('V#')).length, count);
  const other = mkdtempSync(join(tmpdir(), 'footfall-moving-'));
  t.after(() => rmSync(other, { recursive: true, force: true }));
  const back = await run(['import', '--data', other, '--site', site, '--from', 'dynamodb', '--table', tableName, '--quiet'], emulators.environment);
  assert.match(back.stdout, new RegExp(`${count} visits, ${count} of them new here, 0 refused`), back.stderr);
});

test('what is missing is said', { skip: missing }, async () => {
  const data = mkdtempSync(join(tmpdir(), 'footfall-moving-'));
  const without = await run(['export', '--data', data, '--site', site, '--to', 'dynamodb'], { AWS_REGION: 'eu-central-1' });
  assert.equal(without.code, 2);
  assert.match(without.stderr, /--table/);
  const nowhere = await run(['export', '--data', data, '--site', site, '--to', 'dynamodb', '--table', 'x']);
  assert.match(nowhere.stderr, /AWS_REGION/);
  const both = await run(['import', '--data', data, '--site', site]);
  assert.equal(both.code, 2);
  rmSync(data, { recursive: true, force: true });
});
