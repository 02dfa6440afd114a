// `footfall local`: events as AWS would send them, functions asked by hand, and an HTTP port in front of them.

import assert from 'node:assert/strict';
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmulators } from './emulators.mjs';
import { localEnvironment, startLocalApi } from './local_api.mjs';
import { program } from './program_file.mjs';

const footfall = program();
const missing = footfall && existsSync(footfall) ? false : 'there is no program: build it, or name one in FOOTFALL_PROGRAM';
const bare = { PATH: process.env.PATH };
const event = (kind, ...sets) => execFileSync(footfall, ['local', 'generate-event', kind, ...sets.flatMap((set) => ['--set', set])], { env: bare, encoding: 'utf8' });

test('events are as AWS sends them, and can be changed anywhere', { skip: missing }, () => {
  for (const kind of ['http2', 'url', 'rest1', 'sqs', 'streams', 'schedule', 'cff', 'edge']) assert.doesNotThrow(() => JSON.parse(event(kind)), kind);
  const changed = JSON.parse(event('http2', 'requestContext.http.method=GET', 'rawPath=/api/counters', 'isBase64Encoded=true', 'headers.x-new=7 days'));
  assert.equal(changed.requestContext.http.method, 'GET');
  assert.equal(changed.rawPath, '/api/counters');
  assert.equal(changed.isBase64Encoded, true);
  assert.equal(changed.headers['x-new'], '7 days');
  assert.equal(JSON.parse(event('sqs', 'Records.0.messageId=m')).Records[0].messageId, 'm');
});

test('what is no event and no place in one is said', { skip: missing }, () => {
  for (const args of [['mqtt'], ['http2', '--set', 'nowhere.at.all=1'], ['sqs', '--set', 'Records.9=1'], ['http2', '--set', '=1']]) {
    const { status, stderr } = spawnSync(footfall, ['local', 'generate-event', ...args], { env: bare, encoding: 'utf8' });
    assert.equal(status, 2, args.join(' '));
    assert.match(stderr, /^footfall: /);
  }
  const { status } = spawnSync(footfall, ['local'], { env: bare });
  assert.equal(status, 2);
});

test('a function is asked by hand', { skip: missing, timeout: 120_000 }, async (t) => {
  const emulators = await startEmulators();
  t.after(() => emulators.close());
  const folder = mkdtempSync(join(tmpdir(), 'footfall-local-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const environment = join(folder, 'environment.json');
  writeFileSync(environment, JSON.stringify(localEnvironment(emulators)));
  // The emulators live in this process: the program must not be waited for in a way that stops it.
  const invoke = (mode, text) => new Promise((done) => {
    const file = join(folder, 'event.json');
    writeFileSync(file, text);
    execFile(footfall, ['local', 'invoke', mode, '--event', file, '--environment', environment], { env: bare },
      (error, stdout, stderr) => done({ code: error?.code ?? 0, stdout, stderr }));
  });
  const recorded = await invoke('api', event('http2'));
  assert.equal(recorded.code, 0, recorded.stderr);
  assert.equal(JSON.parse(recorded.stdout).statusCode, 202);
  const stored = await invoke('processor', event('sqs'));
  assert.deepEqual(JSON.parse(stored.stdout), { batchItemFailures: [] });
  assert.equal((await emulators.items()).filter(({ pk }) => pk.S.startsWith('V#')).length, 1);
  const poison = await invoke('processor', event('sqs', 'Records.0.body=poison', 'Records.0.messageId=bad'));
  assert.deepEqual(JSON.parse(poison.stdout), { batchItemFailures: [{ itemIdentifier: 'bad' }] });
  assert.deepEqual(JSON.parse((await invoke('compactor', event('schedule'))).stdout), {});
  assert.deepEqual(JSON.parse((await invoke('compactor', event('streams'))).stdout), { batchItemFailures: [] });
  const wrong = await invoke('processor', event('http2'));
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /Records/);
});

test('a function of the edge is asked by hand, at the moment that is given', { skip: missing }, () => {
  const keys = [{ id: '1', secret: Buffer.alloc(32, 7).toString('base64url'), made: '2026-11-21T06:57:59.000Z' }];
  const settings = { site: 'example.com', session: 'redirect', protect: 'origin', session_idle_seconds: 1800, session_max_seconds: 7200, keys };
  const ask = (input, value = settings, args = []) => spawnSync(footfall, ['local', 'invoke', 'edge', ...args], { env: { ...bare, FOOTFALL_EDGE_SETTINGS: JSON.stringify(value) }, encoding: 'utf8', input });
  const asked = JSON.parse(ask(event('cff'), settings, ['--at', '2026-11-21T09:03:00Z']).stdout);
  assert.equal(asked.headers.location.value, '/about?utm_source=newsletter&ff=1');
  assert.equal(asked.cookies['__Host-footfall'].value.split('.')[3], (1795251780).toString(36));
  assert.equal(JSON.parse(ask(event('edge')).stdout).status, '302');
  for (const [input, value, args, message] of [['{}', settings, [], /context/], [event('cff'), { ...settings, session: 'always' }, [], /FOOTFALL_EDGE_SETTINGS: .*'session'/], [event('cff'), settings, ['--at', 'noon'], /noon|time/]]) {
    const { status, stderr } = ask(input, value, args);
    assert.equal(status, 2, stderr);
    assert.match(stderr, message);
  }
  const nobody = spawnSync(footfall, ['local', 'invoke', 'nobody'], { env: bare, encoding: 'utf8', input: '{}' });
  assert.equal(nobody.status, 2);
  assert.match(nobody.stderr, /'nobody'/);
});

test('a view travels from an HTTP port through queue, processor and table, and back', { skip: missing, timeout: 120_000 }, async (t) => {
  const emulators = await startEmulators();
  t.after(() => emulators.close());
  const api = await startLocalApi(footfall, localEnvironment(emulators, { FOOTFALL_ADMIN_TOKEN: 'secret' }));
  t.after(() => api.stop());
  const ask = (path, options) => fetch(new URL(path, api.url), options);
  for (let i = 0; i < 20; ++i) {
    const answer = await ask('/api/event', { method: 'POST', body: JSON.stringify({ n: 'pageview', u: 'https://example.com/about', d: 'example.com' }) });
    assert.equal(answer.status, 202);
  }
  const until = Date.now() + 60_000;
  let value;
  do {
    await sleep(100);
    value = (await (await ask('/api/counters/%2Fabout?site=example.com')).json()).value;
  } while (value !== 20 && Date.now() < until);
  assert.equal(value, 20);
  const { visits } = await (await ask('/api/visits?site=example.com&path=/about', { headers: { authorization: 'Bearer secret' } })).json();
  assert.equal(visits.length, 20);
  assert.equal(visits[0].ip, '127.0.0.1');
  const image = await ask('/pixel.gif?site=example.com&p=/');
  assert.equal(image.headers.get('content-type'), 'image/gif');
  assert.equal(Buffer.from(await image.arrayBuffer()).subarray(0, 4).toString(), 'GIF8');
  assert.equal((await ask('/api/live', { headers: { authorization: 'Bearer secret' } })).status, 501);
  assert.equal(await api.stop(), 0);
});
