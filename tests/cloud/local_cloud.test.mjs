// `footfall local start-…`: the API of Lambda, the edge and all of the cloud, each by one command; and that nothing of it
// outlives its end.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmulators } from './emulators.mjs';
import { localEnvironment } from './local_api.mjs';
import { program } from './program_file.mjs';

const footfall = program();
const missing = footfall && existsSync(footfall) ? false : 'there is no program: build it, or name one in FOOTFALL_PROGRAM';
const event = (kind, ...sets) => execFileSync(footfall, ['local', 'generate-event', kind, ...sets.flatMap((set) => ['--set', set])], { encoding: 'utf8' });
const keys = [{ id: '1', secret: Buffer.alloc(32, 7).toString('base64url'), made: '2026-11-21T06:57:59.000Z' }];
const settings = { site: 'example.com', session: 'redirect', protect: 'origin', session_idle_seconds: 1800, session_max_seconds: 7200, keys };

// A command that goes on until it is told to stop: the first line it says, and all that it says.
const start = async (t, args, environment = {}) => {
  const child = spawn(footfall, ['local', ...args], { env: { PATH: process.env.PATH, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  const started = { child, said: '', complained: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => { started.said += text; });
  child.stderr.setEncoding('utf8').on('data', (text) => { started.complained += text; });
  started.ended = new Promise((done) => child.on('close', (code, signal) => done(code ?? signal)));
  t.after(async () => {
    child.kill('SIGTERM');
    await started.ended;
  });
  const until = Date.now() + 60_000;
  while (!started.said.includes('\n') && child.exitCode === null && Date.now() < until) await sleep(20);
  // What follows the first line comes with it.
  await sleep(50);
  started.url = /^listening on (.*)$/m.exec(started.said)?.[1];
  return started;
};
const finished = async (t, args, environment) => {
  const started = await start(t, args, environment);
  return { code: await started.ended, text: started.complained };
};
const answers = async (url) => {
  try {
    await fetch(url);
    return true;
  } catch {
    return false;
  }
};
const eventually = async (what, check) => {
  const until = Date.now() + 20_000;
  while (Date.now() < until) {
    const found = await check();
    if (found) return found;
    await sleep(100);
  }
  return assert.fail(what);
};
const folderOf = (t, files) => {
  const folder = mkdtempSync(join(tmpdir(), 'footfall-local-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
};

describe('The API of Lambda on this machine', { skip: missing }, () => {
  test('asks functions by name or ARN and answers as Lambda does', { timeout: 60_000 }, async (t) => {
    const lambda = await start(t, ['start-lambda', '--listen', '127.0.0.1:0'], { FOOTFALL_EDGE_SETTINGS: JSON.stringify(settings) });
    assert.ok(lambda.url, lambda.complained);
    const invoke = (name, body, { type, method = 'POST' } = {}) => fetch(`${lambda.url}/2015-03-31/functions/${name}/invocations`,
      { method, ...(method === 'POST' ? { body } : {}), headers: type ? { 'x-amz-invocation-type': type } : {} });
    for (const name of ['edge', encodeURIComponent('arn:aws:lambda:us-east-1:000000000000:function:edge'), 'edge:1']) {
      const answer = await invoke(name, event('cff'));
      assert.equal(answer.status, 200, name);
      assert.equal(answer.headers.get('x-amz-executed-version'), '$LATEST');
      assert.equal(answer.headers.get('x-amz-function-error'), null);
      assert.equal((await answer.json()).statusCode, 302);
    }
    const failed = await invoke('edge', '{}');
    assert.equal(failed.status, 200);
    assert.equal(failed.headers.get('x-amz-function-error'), 'Unhandled');
    assert.equal((await failed.json()).errorType, 'invalid');
    // What one function lacks keeps no other from its work.
    const without = await invoke('api', event('http2'));
    assert.equal(without.headers.get('x-amz-function-error'), 'Unhandled');
    assert.match((await without.json()).errorMessage, /FOOTFALL_TABLE/);
    for (const [name, body, options, status, type] of [
      ['nobody', '{}', {}, 404, 'ResourceNotFoundException'], ['edge', '{', {}, 400, 'InvalidRequestContentException'],
      ['edge', '{}', { type: 'Sometime' }, 400, 'InvalidParameterValueException'], ['edge', '', { method: 'GET' }, 405, 'InvalidRequestContentException']]) {
      const refused = await invoke(name, body, options);
      assert.deepEqual([refused.status, refused.headers.get('x-amzn-errortype')], [status, type]);
      assert.ok((await refused.json()).Message);
    }
    assert.equal((await invoke('edge', event('cff'), { type: 'DryRun' })).status, 204);
    assert.equal((await fetch(`${lambda.url}/2015-03-31/functions/`)).status, 404);
    lambda.child.kill('SIGTERM');
    assert.equal(await lambda.ended, 0);
  });

  test('does later what is asked for later, and tells each time that it fails', { timeout: 60_000 }, async (t) => {
    const emulators = await startEmulators();
    t.after(() => emulators.close());
    const lambda = await start(t, ['start-lambda', '--listen', '127.0.0.1:0'], localEnvironment(emulators));
    const later = (name, body) => fetch(`${lambda.url}/2015-03-31/functions/${name}/invocations`, { method: 'POST', body, headers: { 'x-amz-invocation-type': 'Event' } });
    assert.equal((await later('api', event('http2'))).status, 202);
    const { Messages: [message] } = await eventually('the view is in the queue', async () => {
      const received = await emulators.sqs('ReceiveMessage', { QueueUrl: emulators.queueUrl });
      return received.Messages?.length > 0 && received;
    });
    assert.match(Buffer.from(message.Body.slice(1), 'base64url').toString('latin1'), /\/about/);
    assert.equal((await later('processor', '{}')).status, 202);
    assert.equal((await later('processor', JSON.stringify({ Records: 'x'.repeat(1_048_576) }))).status, 413);
    await eventually('three tries are told', () => /processor, try 3 of 3/.test(lambda.complained));
    lambda.child.kill('SIGTERM');
    assert.equal(await lambda.ended, 0);
  });
});

test('a visit that comes late has its day summed again, by way of its mark', { skip: missing, timeout: 60_000 }, async (t) => {
  const emulators = await startEmulators();
  t.after(() => emulators.close());
  const api = await start(t, ['start-api', '--listen', '127.0.0.1:0', '--processor', '--compactor'], localEnvironment(emulators, { FOOTFALL_ADMIN_TOKEN: 'secret' }));
  await eventually('days are summed when it is time', () => /days summed/.test(api.complained));
  const timestamp = new Date(Date.now() - 2 * 86_400_000).toISOString();
  const place = { pk: 'R#example.com#totals', sk: timestamp.slice(0, 10).replaceAll('-', '') };
  const sums = async () => (await emulators.items()).filter(({ pk, sk }) => pk.S === place.pk && sk.S.startsWith(place.sk));
  assert.deepEqual(await sums(), [], 'of a day without visits nothing is kept');
  const recorded = await fetch(`${api.url}/api/visits`, { method: 'POST', headers: { authorization: 'Bearer secret' }, body: JSON.stringify({ site: 'example.com', path: '/late', timestamp }) });
  assert.equal(recorded.status, 202);
  await eventually('the day has sums', async () => (await sums()).length > 0);
  api.child.kill('SIGTERM');
  assert.equal(await api.ended, 0);
});

describe('The edge on this machine', { skip: missing }, () => {
  test('stands in front of an API that runs, and tells it who asks', { timeout: 60_000 }, async (t) => {
    const asked = [];
    const api = createServer((request, response) => {
      asked.push(request.headers);
      response.end('{"value":7}');
    });
    await new Promise((done) => api.listen(0, '127.0.0.1', done));
    t.after(() => new Promise((done) => api.close(done).closeAllConnections()));
    const folder = folderOf(t, { 'index.html': 'Hello', 'settings.json': JSON.stringify({ ...settings, secure: false }) });
    const edge = await start(t, ['start-edge', '--root', folder, '--api', `http://127.0.0.1:${api.address().port}`, '--settings', join(folder, 'settings.json'), '--listen', '127.0.0.1:0']);
    assert.ok(edge.url, edge.complained);
    assert.equal((await fetch(edge.url, { redirect: 'manual' })).status, 302);
    assert.equal(await (await fetch(`${edge.url}/api/counters/likes?site=example.com`)).text(), '{"value":7}');
    assert.equal(asked[0]['x-ff-ip'], '127.0.0.1');
    assert.match(asked[0]['x-ff-edge'], /^1\./);
    // The script is Footfall's, unless the site brings its own.
    assert.equal((await fetch(`${edge.url}/js/footfall.js`)).headers.get('content-type'), 'text/javascript');
    edge.child.kill('SIGINT');
    assert.equal(await edge.ended, 0);
    assert.equal(await answers(edge.url), false);
  });

  test('brings the functions along where no API is named, with the keys of the table', { timeout: 120_000 }, async (t) => {
    const emulators = await startEmulators();
    t.after(() => emulators.close());
    const folder = folderOf(t, { 'index.html': 'Hello' });
    const edge = await start(t, ['start-edge', '--root', folder, '--listen', '127.0.0.1:0'], localEnvironment(emulators, { FOOTFALL_ADMIN_TOKEN: 'secret', FOOTFALL_EDGE: 'required' }));
    assert.ok(edge.url, edge.complained);
    const told = await fetch(`${edge.url}/api/event`, { method: 'POST', headers: { origin: edge.url }, body: JSON.stringify({ n: 'pageview', u: 'https://example.com/', d: 'example.com' }) });
    assert.equal(told.status, 202, edge.complained);
    const { visits: [visit] } = await eventually('the visit is in the table', async () => {
      const rows = await (await fetch(`${edge.url}/api/visits?site=example.com&path=/`, { headers: { authorization: 'Bearer secret' } })).json();
      return rows.visits?.length > 0 && rows;
    });
    assert.equal(visit.ip, '127.0.0.1');
    edge.child.kill('SIGTERM');
    assert.equal(await edge.ended, 0);
  });

  test('says in one line what it lacks', { timeout: 60_000 }, async (t) => {
    const folder = folderOf(t, { 'index.html': 'Hello', 'settings.json': JSON.stringify(settings) });
    const given = ['start-edge', '--root', folder, '--api', 'http://127.0.0.1:9', '--listen', '127.0.0.1:0'];
    for (const [args, environment, status, message] of [
      [given, {}, 2, /--settings/],
      [['start-edge', '--root', folder], {}, 2, /FOOTFALL_TABLE/],
      [[...given, '--settings', join(folder, 'settings.json'), '--checkout', folder], {}, 1, /--checkout/],
      [[...given, '--settings', join(folder, 'settings.json')], { PATH: '/nowhere' }, 1, /Node\.js/],
      [['start-edge', '--root', join(folder, 'none')], {}, 2, /none/],
      [['start-api', '--listen', 'here'], { AWS_REGION: 'eu-central-1', FOOTFALL_TABLE: 't', FOOTFALL_QUEUE_URL: 'http://127.0.0.1:9/q' }, 2, /ADDRESS:PORT/]]) {
      const { code, text } = await finished(t, args, environment);
      assert.equal(code, status, `${args.join(' ')}: ${text}`);
      assert.match(text, message);
    }
  });
});

describe('The cloud by one command', { skip: missing }, () => {
  const passing = () => readdirSync(tmpdir()).filter((name) => name.startsWith('footfall-local-') && !name.startsWith('footfall-local-test-')).length;

  test('a page view travels through all of it, by the three lines that it says, and nothing is left behind', { timeout: 120_000 }, async (t) => {
    const before = passing();
    const cloud = await start(t, ['start-cloud', '--listen', '127.0.0.1:0']);
    assert.ok(cloud.url, cloud.complained);
    const lines = cloud.said.split('\n').filter((line) => line.startsWith('  curl')).map((line) => line.trim());
    assert.equal(lines.length, 3);
    const folder = folderOf(t, {});
    const run = (line) => execFileSync('sh', ['-c', line], { cwd: folder, encoding: 'utf8' });
    run(lines[0]);
    assert.equal(run(lines[1]), 'ok');
    const { visits: [visit] } = await eventually('the visit is in the table', () => {
      const rows = JSON.parse(run(lines[2]));
      return rows.visits?.length > 0 && rows;
    });
    assert.equal(visit.path, '/');
    const [, cookie] = /\tfootfall\t(\S+)/.exec(execFileSync('cat', [join(folder, 'jar')], { encoding: 'utf8' }));
    assert.equal(visit.session, cookie.split('.')[2]);
    const counter = `${cloud.url}/api/counters/%2F?site=localhost`;
    await eventually('the page is counted', async () => (await (await fetch(counter)).json()).value === 1);
    const [, api] = /the api's function: (http:\S+),/.exec(cloud.said);
    assert.equal((await fetch(`${api}/api/counters/%2F?site=localhost`)).status, 403);
    const [, endpoint] = /SQS and DynamoDB: (http:\S+),/.exec(cloud.said);
    assert.equal(await answers(endpoint), true);
    cloud.child.kill('SIGINT');
    assert.equal(await cloud.ended, 0);
    assert.doesNotMatch(cloud.complained, /queue:|edge:/);
    for (const url of [cloud.url, api, endpoint]) assert.equal(await answers(url), false, url);
    assert.equal(passing(), before);
  });

  test('what it started ends with it also when it is killed', { timeout: 120_000 }, async (t) => {
    const cloud = await start(t, ['start-cloud', '--listen', '127.0.0.1:0', '--site', 'example.com']);
    const [, endpoint] = /SQS and DynamoDB: (http:\S+),/.exec(cloud.said);
    const [, left] = /^listening/.test(cloud.said) ? [0, readdirSync(tmpdir()).filter((name) => /^footfall-local-[A-Za-z0-9]{6}$/.test(name))] : [0, []];
    t.after(() => left.forEach((name) => rmSync(join(tmpdir(), name), { recursive: true, force: true })));
    cloud.child.kill('SIGKILL');
    await cloud.ended;
    await eventually('the edge has ended', async () => !(await answers(cloud.url)));
    await eventually('the emulators have ended', async () => !(await answers(endpoint)));
  });

  test('when a program that it needs ends, it says so and ends', { timeout: 120_000 }, async (t) => {
    const cloud = await start(t, ['start-cloud', '--listen', '127.0.0.1:0']);
    assert.ok(cloud.url, cloud.complained);
    const child = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(cloud.child.pid)], { encoding: 'utf8' }).split('\n').find((line) => line.includes('local_edge.mjs'));
    process.kill(Number(child.trim().split(' ')[0]), 'SIGKILL');
    assert.equal(await cloud.ended, 1);
    assert.match(cloud.complained, /has ended/);
  });
});
