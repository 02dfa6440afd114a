// What is kept of people, and that it goes when it is asked for: with the real program, its files, and its restarts.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { atEnd, folder, run, serve, until } from './program.mjs';

const site = 'example.com';
const anna = '203.0.113.9';
const bert = '198.51.100.7';

// The data folder's files that hold the text.
const holding = (path, text) => {
  const found = [];
  for (const name of readdirSync(path)) {
    const file = join(path, name);
    try {
      if (statSync(file).isDirectory()) found.push(...holding(file, text));
      else if (readFileSync(file).includes(text)) found.push(file);
    } catch (problem) {
      if (problem.code !== 'ENOENT') throw problem; // it went while the folder was looked through
    }
  }
  return found;
};

const json = { 'content-type': 'application/json' };
let made = 0;

// Reported by a server of the owner's, which knows who it was.
const visit = async (server, path, ip, more = {}) => {
  made += 1;
  const answer = await server.ask('/api/visits', {
    method: 'POST', headers: json, body: { site, path, ip, user_agent: `Agent of ${ip}, known by nobody else`, ...more },
  });
  assert.equal(answer.status, 202, answer.text);
  return answer.json.ids[0];
};
const erase = (server, parameters) => server.ask(`/api/visits?site=${site}&${parameters}`, { method: 'DELETE' });
const ips = async (server, parameters = '') => (await server.rows(site, parameters)).map((row) => row.ip);
const settings = async (server, more) => {
  const answer = await server.ask('/api/sites', { method: 'POST', headers: json, body: { site, ...more } });
  assert.equal(answer.status, 201, answer.text);
};

test('an address that is erased is gone from rows, exports, journal and every file, also after restarts', async () => {
  const data = join(folder(), 'data');
  let server = await serve({ data });
  for (let i = 0; i < 20; i += 1) {
    await visit(server, `/page/${i % 3}`, anna, { title: 'A title that only Anna has seen' });
    await visit(server, `/page/${i % 3}`, bert);
  }
  await server.rows();
  assert.notDeepEqual(holding(data, 'Agent of 203.0.113.9'), [], 'the journal has it');
  const before = await server.count();
  assert.equal(before, 40);

  const preview = await erase(server, `ip=${anna}&preview=true`);
  assert.deepEqual([preview.status, preview.json], [200, { visits: 20 }]);
  const deleted = await erase(server, `ip=${anna}`);
  assert.deepEqual([deleted.status, deleted.json], [200, { deleted: 20 }], deleted.text);
  const isGone = async (what) => {
    assert.deepEqual(holding(data, 'Agent of 203.0.113.9'), [], what);
    assert.deepEqual(holding(data, 'only Anna has seen'), [], what);
    assert.deepEqual([...new Set(await ips(server))], [bert], what);
    assert.equal((await server.rows()).length, 20, what);
    assert.equal(await server.count(), before, `counters keep their numbers: ${what}`);
    assert.equal(await server.count('/page/0'), 14, what);
    for (const suffix of ['csv', 'ndjson', 'parquet']) {
      const exported = await server.ask(`/api/visits.${suffix}?site=${site}`);
      assert.ok(!exported.text.includes(anna) && !exported.text.includes('Anna'), `${suffix}: ${what}`);
    }
    const top = await server.ask(`/api/visits/top?site=${site}&by=ip`);
    assert.deepEqual(top.json.top.map((row) => row.value), [bert], what);
  };
  await isGone('at once');
  assert.equal((await server.stop()).code, 0);
  server = await serve({ data });
  await isGone('after a restart');
  await server.kill();
  server = await serve({ data });
  await isGone('after a kill');

  // The database is lost: what the journal has is taken from there, and that is nothing of who was erased.
  await visit(server, '/after', bert);
  await server.kill();
  rmSync(join(data, 'store'), { recursive: true });
  server = await serve({ data });
  const rebuilt = await server.rows();
  assert.ok(rebuilt.some((row) => row.path === '/after'), 'what came after the erasure is rebuilt');
  assert.ok(rebuilt.every((row) => row.ip === bert), 'and nobody who was erased');
  assert.deepEqual(holding(data, 'Agent of 203.0.113.9'), []);
});

test('one session and one visitor go, by what their rows show', async () => {
  const server = await serve();
  for (const visitor of ['one', 'two']) {
    for (const session of ['s1', 's2']) await visit(server, '/', anna, { visitor, session: `${visitor}-${session}` });
  }
  const own = await visit(server, '/own', bert); // its session and visitor are made here
  await visit(server, '/own', bert);
  const row = (await server.rows()).find((each) => each.id === own);
  assert.deepEqual((await erase(server, 'session=one-s1')).json, { deleted: 1 });
  assert.deepEqual((await erase(server, 'visitor=two')).json, { deleted: 2 });
  assert.deepEqual((await erase(server, `session=${row.session}`)).json, { deleted: 2 });
  assert.deepEqual((await server.rows()).map((each) => each.session), ['one-s2']);
  assert.deepEqual((await erase(server, 'visitor=two')).json, { deleted: 0 });
});

test('what is recorded while an erasure runs is unharmed, and ids sent again still count once after a restart', async () => {
  const data = join(folder(), 'data');
  let server = await serve({ data });
  const id = '01939e2a-7c1d-7b3a-9f00-0123456789ab';
  await visit(server, '/kept', bert, { id });
  await visit(server, '/gone', anna, { id: '01939e2a-7c1d-7b3a-9f00-0123456789ac' });
  let running = true;
  let recorded = 0;
  const writers = Array.from({ length: 4 }, async () => {
    while (running) {
      await visit(server, '/meanwhile', bert);
      recorded += 1;
    }
  });
  for (let i = 0; i < 5; i += 1) {
    await visit(server, '/gone', anna);
    const answer = await erase(server, `ip=${anna}`);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.deleted, i === 0 ? 2 : 1);
  }
  running = false;
  await Promise.all(writers);
  const rows = await server.rows();
  assert.equal(rows.filter((row) => row.path === '/meanwhile').length, recorded);
  assert.equal(new Set(rows.map((row) => row.id)).size, recorded + 1);
  await server.kill();
  server = await serve({ data });
  await visit(server, '/kept', bert, { id });
  await visit(server, '/gone', anna, { id: '01939e2a-7c1d-7b3a-9f00-0123456789ac' });
  assert.deepEqual(new Set((await server.rows()).map((row) => row.path)), new Set(['/kept', '/meanwhile']),
    'a hit that is sent again is not counted again, though it was erased');
  assert.equal(await server.count(), recorded + 7);
});

for (const place of ['erasure_recorded', 'in_store_making', 'in_store_rewrite', 'before_store_swap', 'after_store_swap',
  'store_swapped', 'erasure_stored', 'journal_parted', 'discard_remove', 'discarded']) {
  test(`killed at ${place}, an erasure has happened wholly or not yet, and then does`, async () => {
    const data = join(folder(), 'data');
    let server = await serve({ data });
    for (let i = 0; i < 5; i += 1) {
      await visit(server, '/', anna);
      await visit(server, '/', bert);
    }
    await server.rows();
    assert.equal((await server.stop()).code, 0);
    server = await serve({ data, env: { FOOTFALL_CRASH_AT: place } });
    await assert.rejects(erase(server, `ip=${anna}`), `killed at ${place}`);
    assert.equal((await server.gone).signal, 'SIGKILL');
    server = await serve({ data });
    // It was recorded before the first of these places: it happens without being asked for again.
    await until(async () => (await server.rows().catch(() => [])).length === 5, 'the erasure to be done', 20_000);
    await until(() => holding(data, 'Agent of 203.0.113.9').length === 0, () =>
      `the files to be free of it: ${holding(data, 'Agent of 203.0.113.9')}`, 20_000);
    assert.deepEqual(new Set(await ips(server)), new Set([bert]));
    assert.equal(await server.count(), 10);
    await visit(server, '/', anna);
    assert.equal((await server.rows()).length, 6);
    assert.equal((await server.stop()).code, 0);
  });
}

test('a win that the webhook was not told of is told though the journal was dropped, and the program killed', async () => {
  const told = [];
  let works = false;
  const inbox = createServer((message, answer) => {
    let body = '';
    message.setEncoding('utf8').on('data', (piece) => (body += piece)).on('end', () => {
      if (works) told.push(JSON.parse(body).number);
      answer.writeHead(works ? 204 : 500).end();
    });
  });
  await new Promise((resolve) => inbox.listen(0, '127.0.0.1', resolve));
  atEnd(() => inbox.close());
  const data = join(folder(), 'data');
  const args = ['--webhook', `http://127.0.0.1:${inbox.address().port}/`, '--webhook-secret', 'a secret'];
  let server = await serve({ data, args });
  const set = await server.ask(`/api/counters/likes?site=${site}`, { method: 'PUT', body: { winners: { every: 2 } } });
  assert.ok(set.status < 300, set.text);
  for (let i = 0; i < 4; i += 1) {
    assert.equal((await server.ask(`/api/counters/likes/increment?site=${site}`, { method: 'POST' })).status, 200);
  }
  assert.deepEqual((await erase(server, `ip=${anna}`)).json, { deleted: 0 });
  await server.kill();
  works = true;
  server = await serve({ data, args });
  await until(() => told.length >= 2, 'both messages');
  assert.deepEqual(told, [2, 4]);
  assert.equal(await server.count('likes'), 4);
  assert.doesNotMatch(server.said, /is gone/);
});

test('of an address is kept what the site says, and place and visitor are the same', async () => {
  const data = join(folder(), 'data');
  const server = await serve({ data });
  const shown = {};
  for (const address of ['full', 'truncated', 'hashed', 'none']) {
    await settings(server, { address });
    await visit(server, `/${address}`, anna);
    shown[address] = (await server.rows(site, `&path=/${address}`))[0];
  }
  assert.equal(shown.full.ip, anna);
  assert.equal(shown.truncated.ip, '203.0.113.0');
  assert.match(shown.hashed.ip, /^hashed:[\w-]{22}$/);
  assert.equal(shown.none.ip, null);
  for (const row of Object.values(shown)) {
    assert.equal(row.visitor, shown.full.visitor);
    assert.equal(row.session, shown.full.session);
    assert.equal(row.country, shown.full.country);
  }
  const paths = async (ip) => (await server.rows(site, `&ip=${encodeURIComponent(ip)}`)).map((row) => row.path);
  assert.deepEqual(await paths(anna), ['/full', '/hashed'], 'an address is found in full and hashed');
  assert.deepEqual(await paths(shown.hashed.ip), ['/hashed']);
  assert.deepEqual(await paths('203.0.113.0'), ['/truncated']);
  const top = await server.ask(`/api/visits/top?site=${site}&by=ip`);
  assert.deepEqual(new Set(top.json.top.map((row) => row.value)), new Set([anna, '203.0.113.0', shown.hashed.ip]));
  assert.deepEqual((await erase(server, `ip=${anna}`)).json, { deleted: 2 });
});

test('an imported log keeps of addresses what the site says', async () => {
  const server = await serve();
  for (const [address, ip] of [['truncated', '203.0.113.0'], ['none', null]]) {
    await settings(server, { address });
    const line = `${anna} - - [20/Nov/2026:09:03:00 +0000] "GET /${address} HTTP/1.1" 200 5 "-" "Mozilla/5.0"\n`;
    const done = await run(['import', '--server', server.url, '--token', server.token, '--site', site, '-'], { input: line });
    assert.equal(done.code, 0, done.err);
    assert.deepEqual((await server.rows(site, `&path=/${address}`)).map((row) => row.ip), [ip]);
  }
});

test('the quarantine keeps what the site says, gives it back, and is erased with the rest', async () => {
  const data = join(folder(), 'data');
  const server = await serve({ data });
  await settings(server, { address: 'hashed' });
  const forge = (path, name = 'pageview') => server.ask('/api/event', {
    method: 'POST', token: null, headers: { origin: 'https://evil.example', 'user-agent': 'An agent of one forger' },
    body: { n: name, u: `https://${site}${path}`, d: site },
  });
  for (const [path, name] of [['/a'], ['/b'], ['/c', 'signup']]) {
    assert.equal((await forge(path, name)).headers.get('x-footfall-dropped'), 'foreign_origin');
  }
  const kept = async () => (await server.ask(`/api/dropped?site=${site}&fresh=true`)).json.dropped;
  const shown = (await kept())[0].ip;
  assert.match(shown, /^hashed:[\w-]{22}$/);
  const preview = async (parameters) => (await erase(server, `${parameters}&preview=true`)).json.visits;
  assert.equal(await preview('ip=127.0.0.1'), 3);
  assert.equal(await preview('event=signup'), 1);
  assert.equal(await preview('session=nobody'), 0);

  const taken = await server.ask('/api/dropped/readmit', { method: 'POST', body: { site, path: '/a' } });
  assert.equal(taken.json.readmitted, 1, taken.text);
  assert.deepEqual(await ips(server, '&ip=127.0.0.1'), [shown], 'and is found by the address');
  assert.deepEqual((await erase(server, 'event=signup')).json, { deleted: 1 });
  assert.deepEqual((await kept()).map((hit) => hit.path), ['/b']);
  assert.deepEqual((await erase(server, 'ip=127.0.0.1')).json, { deleted: 2 });
  assert.deepEqual(await kept(), []);
  assert.deepEqual(await server.rows(), []);
  assert.deepEqual(holding(data, 'An agent of one forger'), []);
  assert.equal(await server.count('/a'), 1);
});

test('what has been kept for long enough goes: told first, then done, by command', async () => {
  const data = join(folder(), 'data');
  let server = await serve({ data });
  const daysAgo = (days) => new Date(Date.now() - days * 86_400_000).toISOString();
  for (const days of [40, 20, 5, 0]) await visit(server, `/${days}`, anna, days ? { timestamp: daysAgo(days) } : {});
  await server.rows();
  const to = ['--server', server.url, '--token', server.token];
  const set = await run(['site', 'add', ...to, '--visit-days', '30', '--address-days', '10', '--user-agent-days', '3', site]);
  assert.equal(set.code, 0, set.err);
  const dry = await run(['prune', ...to, '--dry-run']);
  assert.deepEqual([dry.code, dry.out], [0, `site\tvisits\taddresses\tuser_agents\n${site}\t1\t1\t2\n`], dry.err);
  assert.equal((await server.rows()).length, 4);
  const done = await run(['prune', ...to, '--site', site]);
  assert.deepEqual([done.code, done.out], [0, dry.out], done.err);
  const rows = await server.rows();
  assert.deepEqual(rows.map((row) => [row.path, row.ip !== null, row.user_agent !== null]),
    [['/20', false, false], ['/5', true, false], ['/0', true, true]]);
  assert.equal(await server.count(), 4);
  const again = await run(['prune', ...to]);
  assert.equal(again.out, `site\tvisits\taddresses\tuser_agents\n${site}\t0\t0\t0\n`);
  assert.equal((await server.stop()).code, 0);

  // And by itself at the next start, when the setting was changed meanwhile.
  const changed = await run(['site', 'add', '--data', data, '--visit-days', '10', site]);
  assert.equal(changed.code, 0, changed.err);
  for (let i = 0; i < 2; i += 1) {
    const offline = await run(['prune', '--data', data, '--dry-run']);
    assert.deepEqual([offline.code, offline.out], [0, `site\tvisits\taddresses\tuser_agents\n${site}\t1\t0\t0\n`], offline.err);
  }
  server = await serve({ data });
  await until(async () => (await server.rows()).length === 2, 'the rows to go');
  assert.equal(await server.count(), 4);
});

test('footfall delete tells how much it is and asks before it does', async () => {
  const data = join(folder(), 'data');
  const server = await serve({ data });
  await visit(server, '/', anna);
  await visit(server, '/', bert);
  await server.rows();
  const to = ['--data', data, '--site', site];
  const unsure = await run(['delete', ...to, '--ip', anna]);
  assert.deepEqual([unsure.code, unsure.out], [1, '1 visits match\n']);
  assert.match(unsure.err, /nothing was erased/);
  assert.equal((await server.rows()).length, 2);
  const all = await run(['delete', ...to, '--yes']);
  assert.equal(all.code, 2, 'without a filter it would be everything');
  const sure = await run(['delete', ...to, '--ip', anna, '--yes']);
  assert.deepEqual([sure.code, sure.out], [0, '1 visits match\n1 visits erased\n'], sure.err);
  assert.deepEqual(await ips(server), [bert]);
  assert.equal((await server.stop()).code, 0);
  const offline = await run(['delete', ...to, '--ip', bert, '--yes']);
  assert.deepEqual([offline.code, offline.out], [0, '1 visits match\n1 visits erased\n'], offline.err);
  assert.deepEqual(holding(data, `Agent of ${bert}`), []);
});

test('a browser that asks not to be recorded is not, where the site honours it', async () => {
  const server = await serve();
  await settings(server, { honour_dnt: true, honour_gpc: true });
  for (const [name, reason] of [['dnt', 'dnt'], ['sec-gpc', 'gpc']]) {
    const answer = await server.ask('/api/event', {
      method: 'POST', token: null, headers: { [name]: '1' }, body: { n: 'pageview', u: `https://${site}/`, d: site },
    });
    assert.deepEqual([answer.status, answer.headers.get('x-footfall-dropped')], [202, reason]);
    const liked = await server.ask(`/api/counters/likes/increment?site=${site}`, { method: 'POST', token: null, headers: { [name]: '1' } });
    assert.deepEqual([liked.headers.get('x-footfall-dropped'), liked.json.value], [reason, 0]);
  }
  assert.equal((await server.rows()).length, 0);
  assert.equal(await server.count(), 0);
});
