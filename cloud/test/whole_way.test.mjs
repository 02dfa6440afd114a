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
if (missing && !(process.env.CI && hasEmulators)) test('the whole way', { skip: missing });
else describe('The whole way', () => {
  let all;
  before(async () => {
    all = await startWholeWay();
  }, { timeout: 60_000 });
  after(() => all?.close());
  const owner = async (path) => JSON.parse((await all.ask(path, { headers: { authorization: `Bearer ${all.token}` } })).text);

  test('a view is one row, with the session of the edge and the address of the visitor', { timeout: 120_000 }, async () => {
    const visitors = Array.from({ length: 20 }, (_, i) => ({ ip: `127.0.0.${10 + i}`, paths: [`/page-${i % 5}`, '/page-1', `/page-${i % 3}`] }));
    for (const visitor of visitors) for (const path of visitor.paths) visitor.session = await all.view(visitor, path);
    await all.drain(25);
    assert.equal((await all.rows()).length, 60);
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
    const before = (await all.rows()).length;
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
    assert.equal((await all.rows()).length - before, 1000);
    assert.equal((await owner(`/api/counters/TOTAL?site=${site}`)).value, before + 1000);
    for (const [what, times] of expected) {
      const [by, value] = what.split(' ');
      assert.equal((await owner(`/api/visits?site=${site}&${by}=${encodeURIComponent(value)}&limit=1000`)).visits.length, times, what);
      if (by === 'path') assert.equal((await owner(`/api/counters/${encodeURIComponent(value)}?site=${site}`)).value, times, `counter ${value}`);
    }
  });

  test('a counter with a URL for a key is that counter, though API Gateway decodes the path', { timeout: 60_000 }, async () => {
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

  test('one view can be watched on its way', { timeout: 60_000 }, async () => {
    const said = await new Promise((resolve, reject) => {
      execFile(process.execPath, [fileURLToPath(new URL('../tools/one_view.mjs', import.meta.url))], (error, stdout) => (error ? reject(error) : resolve(stdout)));
    });
    const hops = said.trim().split('\n');
    assert.equal(hops.length, 6, said);
    for (const [i, what] of [/^edge +302 /, /^edge +200 /, /^api +202, .* waiting: 1$/, /^processor +rows: 1, waiting: 0$/, /^api +\{"id":.*"path":"\/page-7"/, /^api +\{.*"value":1/].entries()) assert.match(hops[i], what);
  });
});
