// Page views from the edge to the table and back, through everything that is deployed: edge functions, packaged functions, SQS,
// DynamoDB. What may happen on the way is the matter of tests/cloud; here all numbers must meet.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { randomOf, seed } from '../../tests/e2e/random.mjs';
import { hasEmulators, missing, site, startWholeWay } from '../tools/whole_way.mjs';

// A skipped suite counts for nothing; a skipped test is seen at the end of a run.
// Where CI runs nothing may be skipped: there it fails for want of the zip.
const skipped = missing && !(process.env.CI && hasEmulators);
if (skipped) test('the whole way', { skip: missing });
else for (const [profile, way] of [['full', 'gateway'], ['lean', 'url']]) describe(`The whole way, ${profile}`, () => {
  let all;
  before(async () => {
    all = await startWholeWay({ profile, way });
  }, { timeout: 60_000 });
  after(() => all?.close());
  const owner = async (path, options = {}) => {
    const { status, text } = await all.ask(path, { ...options, headers: { authorization: `Bearer ${all.token}`, ...options.headers } });
    assert.equal(status, 200, `${path}: ${text}`);
    return JSON.parse(text);
  };
  const date = (time) => new Date(time).toISOString().slice(0, 10);
  const query = async (more) => (await owner('/api/v2/query', { method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ site_id: site, date_range: [date(Date.now() - 86_400_000), date(Date.now())], ...more }) })).results;
  const rowCount = async () => (await all.items('V#')).length;

  test('a view is one visit, with the session of the edge and the address of the visitor', { timeout: 120_000 }, async () => {
    const visitors = Array.from({ length: 20 }, (_, i) => ({ ip: `127.0.0.${10 + i}`, paths: [`/page-${i % 5}`, '/page-1', `/page-${i % 3}`] }));
    for (const visitor of visitors) for (const path of visitor.paths) visitor.session = await all.view(visitor, path);
    await all.drain(25);
    assert.equal(await rowCount(), profile === 'full' ? 60 : 0, 'the lean profile has packs alone');
    assert.ok((await all.items('P#')).length > 0);
    for (const { ip, session, paths } of visitors.slice(0, 5)) {
      for (const [by, value] of [['ip', ip], ['session', session]]) {
        const { visits } = await owner(`/api/visits?site=${site}&${by}=${value}`);
        assert.deepEqual(visits.map((row) => [row.path, row.ip, row.session]).sort(), paths.map((path) => [path, ip, session]).sort(), `${by} ${value}`);
      }
    }
    const seen = visitors.flatMap(({ paths }) => paths).filter((path) => path === '/page-1').length;
    assert.equal((await owner(`/api/visits?site=${site}&path=/page-1&limit=100`)).visits.length, seen);
    assert.equal((await owner(`/api/counters/${encodeURIComponent('/page-1')}?site=${site}`)).value, seen);
    assert.equal((await owner(`/api/counters/TOTAL?site=${site}`)).value, 60);
  });

  test('a thousand views at the edge are a thousand, though messages come one to three times, shuffled, and batches fail', { timeout: 300_000 }, async (t) => {
    const random = randomOf(seed);
    const rows = await rowCount();
    const total = async () => (await owner(`/api/counters/TOTAL?site=${site}`)).value;
    const before = await total();
    const [earlier] = await query({ metrics: ['visitors', 'visits', 'pageviews'] });
    const expected = new Map();
    const count = (by, value) => expected.set(`${by} ${value}`, (expected.get(`${by} ${value}`) ?? 0) + 1);
    let visitor;
    for (let i = 0; i < 1000; i += 1) {
      if (i % 3 === 0) visitor = { ip: `127.0.1.${random.between(1, 40)}` };
      const path = `/page-${random.between(6, 19)}`;
      const session = await all.view(visitor, path);
      for (const [by, value] of [['ip', visitor.ip], ['path', path], ['session', session]]) count(by, value);
    }
    const given = await all.drain(40, random);
    t.diagnostic(`seed ${seed}: ${given} messages given`);
    assert.ok(given > 1500);
    if (profile === 'full') assert.equal(await rowCount() - rows, 1000);
    assert.equal(await total(), before + 1000);
    for (const [what, times] of expected) {
      const [by, value] = what.split(' ');
      const { visits } = await owner(`/api/visits?site=${site}&${by}=${encodeURIComponent(value)}&limit=1000`);
      assert.equal(visits.length, times, what);
      assert.equal(new Set(visits.map(({ id }) => id)).size, times, what);
      if (by === 'path') assert.equal((await owner(`/api/counters/${encodeURIComponent(value)}?site=${site}`)).value, times, `counter ${value}`);
    }
    const of = (kind) => [...expected].filter(([what]) => what.startsWith(`${kind} `)).map(([what, times]) => [what.slice(kind.length + 1), times]);
    const [visitors, visits, pageviews] = earlier.metrics;
    assert.deepEqual(await query({ metrics: ['visitors', 'visits', 'pageviews'] }), [{ dimensions: [], metrics: [visitors + of('ip').length, visits + of('session').length, pageviews + 1000] }]);
    const top = await query({ metrics: ['pageviews'], dimensions: ['event:page'] });
    const ours = top.map(({ dimensions: [page], metrics: [views] }) => [page, views]).filter(([page]) => expected.has(`path ${page}`));
    assert.deepEqual(new Map(ours), new Map(of('path')));
    assert.deepEqual(top.map(({ metrics: [views] }) => views), top.map(({ metrics: [views] }) => views).sort((a, b) => b - a), 'the most viewed first');
  });

  test('a day that is over is summed by the hour, and again when something came late', { timeout: 120_000 }, async () => {
    const then = Date.now() - 3 * 86_400_000;
    const record = async (count) => {
      const visits = Array.from({ length: count }, (_, i) => ({ site, path: `/old-${i % 3}`, ip: `192.0.2.${i}`, user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', timestamp: new Date(then).toISOString() }));
      const { status, text } = await all.ask('/api/visits', { method: 'POST', headers: { authorization: `Bearer ${all.token}`, 'content-type': 'application/json' }, body: JSON.stringify(visits) });
      assert.equal(status, 202, text);
      await all.drain(10);
    };
    const onThatDay = async () => (await query({ metrics: ['pageviews'], date_range: [date(then), date(then)] }))[0].metrics[0];
    await record(30);
    assert.equal(await onThatDay(), 30);
    await all.sumByHour();
    const sums = async () => (await all.items('R#')).filter(({ sk }) => sk.S.startsWith(date(then).replaceAll('-', ''))).map((item) => JSON.stringify(item)).sort();
    const first = await sums();
    assert.ok(first.length > 0, 'there are sums of that day');
    assert.equal(await onThatDay(), 30);
    await record(12);
    assert.equal(await onThatDay(), 42, 'before it is summed again');
    assert.ok(await all.sumByMarks() > 0);
    assert.notDeepEqual(await sums(), first);
    assert.equal(await onThatDay(), 42);
    for (const [path, views] of [['/old-0', 14], ['/old-1', 14], ['/old-2', 14]]) assert.equal((await owner(`/api/counters/${encodeURIComponent(path)}?site=${site}`)).value, views);
  });

  test('a counter with a URL for a key is that counter, also where API Gateway decodes the path', { timeout: 60_000 }, async () => {
    const path = `/api/counters/${encodeURIComponent('https://example.com/a?b=c')}/increment?site=${site}`;
    const answers = [];
    for (let i = 0; i < 3; i += 1) answers.push(JSON.parse((await all.ask(path, { method: 'POST', headers: { origin: `https://${site}` } })).text).value);
    assert.deepEqual(answers, [1, 2, 3]);
  });

  test('nobody gets past the edge', { timeout: 60_000 }, async () => {
    for (const headers of [{}, { 'x-ff-host': site, 'x-ff-ip': '192.0.2.1', 'x-ff-path': '/api/event', 'x-ff-edge': '1.abc.AAAAAAAAAAAAAAAAAAAAAA' }]) {
      assert.equal((await fetch(new URL('/api/event', all.apiUrl), { method: 'POST', body: '{}', headers })).status, 403);
    }
  });

  test('keeps what the smoke test of a deployment looks for', { timeout: 60_000 }, async () => {
    const tool = fileURLToPath(new URL('../tools/smoke.mjs', import.meta.url));
    let done = false;
    const looked = new Promise((resolve) => {
      execFile(process.execPath, [tool, '--url', all.url, '--site', site, '--api', all.apiUrl, '--token', all.token, '--wait', '40'], (error, stdout, stderr) => {
        done = true;
        resolve({ status: error ? error.code : 0, said: stdout + stderr });
      });
    });
    while (!done) {
      await all.drain(10);
      await new Promise((resume) => setTimeout(resume, 100));
    }
    const { status, said } = await looked;
    assert.equal(status, 0, said);
    assert.match(said, /11 promises are kept/);
  });
});

test('one view can be watched on its way', { skip: skipped && missing, timeout: 60_000 }, async () => {
  const said = await new Promise((resolve, reject) => {
    execFile(process.execPath, [fileURLToPath(new URL('../tools/one_view.mjs', import.meta.url))], (error, stdout) => (error ? reject(error) : resolve(stdout)));
  });
  const hops = said.trim().split('\n');
  assert.equal(hops.length, 6, said);
  for (const [i, what] of [/^edge +302 /, /^edge +200 /, /^api +202, .* waiting: 1$/, /^processor +packs: 1, rows: 1, waiting: 0$/, /^api +\{"id":.*"path":"\/page-7"/, /^api +\{.*"value":1/].entries()) assert.match(hops[i], what);
});
