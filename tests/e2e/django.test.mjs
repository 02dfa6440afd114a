// A real Django site that is counted by a real Footfall: from its template, from its server, and from both at once.
//
// Needs Debian's python3-django, gunicorn and python3-uvicorn, and Chromium.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import { atEnd, checkout, folder, serve, until, within } from './program.mjs';

const python = '/usr/bin/python3';
const example = join(checkout, 'examples/django');
const site = 'localhost';
const patience_ms = 120_000;
const browser_agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

// The example's own variables; nothing else of whoever runs the tests reaches it.
const environment = (more) => ({
  PATH: process.env.PATH,
  HOME: folder(),
  DEBUG: '0',
  PYTHONUNBUFFERED: '1',
  PYTHONDONTWRITEBYTECODE: '1',
  FOOTFALL_SITE: site,
  FOOTFALL_SPOOL: join(folder(), 'spool'),
  DATABASE: join(folder(), 'example.sqlite3'),
  ...more,
});

const tokens = async (footfall) => {
  const made = {};
  for (const [name, role] of [['FOOTFALL_INGEST_TOKEN', 'ingest'], ['FOOTFALL_READ_TOKEN', 'read']]) {
    const answer = await footfall.ask('/api/tokens', { method: 'POST', body: { role, sites: [site] } });
    made[name] = answer.json.token;
  }
  return made;
};

const environmentAt = async (footfall, more = {}) =>
  environment({ FOOTFALL_URL: footfall.url, ...await tokens(footfall), ...more });

const startServer = async (args, env, { listens, ready = listens }) => {
  const child = spawn(python, ['-m', ...args], { cwd: example, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
  const gone = new Promise((resolve) => child.once('close', resolve));
  atEnd(() => child.kill('SIGKILL'));
  await until(() => ready.test(said) || child.exitCode !== null, () => `${args[0]}: ${said}`, patience_ms);
  assert.equal(child.exitCode, null, said);
  const port = said.match(listens)[1];
  return {
    url: `http://localhost:${port}`,
    local: `http://127.0.0.1:${port}`,
    get said() { return said; },
    stop: async () => {
      child.kill('SIGTERM');
      await within(patience_ms, gone, `${args[0]} to end`);
    },
  };
};

// Gunicorn with workers that fork before the site is loaded or, with `preload`, after.
const startSite = (env, { workers = 1, preload = false } = {}) =>
  startServer(['gunicorn', '--bind', '127.0.0.1:0', '--workers', String(workers), '--threads', '4', '--worker-class', 'gthread',
    '--timeout', '120', '--graceful-timeout', '60', ...(preload ? ['--preload'] : []), 'example.wsgi'], env,
  { listens: /Listening at: http:\/\/127\.0\.0\.1:(\d+)/, ready: new RegExp(`(Booting worker[^]*){${workers}}`) });

const startAsgiSite = (env) =>
  startServer(['uvicorn', '--port', '0', '--lifespan', 'off', 'example.asgi:application'], env,
    { listens: /running on http:\/\/127\.0\.0\.1:(\d+)/ });

const manage = (args, env) => spawnSync(python, ['manage.py', ...args], { cwd: example, env, encoding: 'utf8' });

const openBrowser = () => chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});

// Footfall, a site that is counted by it, and what closes both.
const start = async (ways, { args = [], env = {}, startIt = startSite } = {}) => {
  const footfall = await serve({ site, args });
  const pages = await startIt(await environmentAt(footfall, { FOOTFALL_WAYS: ways, ...env }));
  return { footfall, pages, close: async () => { await pages.stop(); await footfall.stop(); } };
};

// The server knows how to prove what it tells a page once it has fetched the key, beside what it does.
const keyArrives = (pages) => until(async () => {
  const told = await (await fetch(`${pages.local}/about/?warm`, { headers: { 'sec-purpose': 'prefetch' } })).text();
  return /data-token="-\./.test(told);
}, 'the page key', patience_ms);

const paths = ['/', '/about/', '/contact/'];

// The answer to what a page's script says of its view; the page before it may still have something to say.
const isViewOf = (response, path) => {
  if (!response.url().endsWith('/api/event')) return false;
  const { n, u } = JSON.parse(response.request().postData());
  return n === 'pageview' && new URL(u).pathname === path;
};

// A browser that walks the three pages, and what was recorded of it when all that was on its way has arrived.
const walk = async (ways, options) => {
  const world = await start(ways, options);
  const { footfall, pages } = world;
  if (options?.env?.FOOTFALL_STRICT) await keyArrives(pages);
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    if (options?.hides) {
      await page.addInitScript(() => {
        Object.defineProperty(PerformanceResourceTiming.prototype, 'serverTiming', { get: () => [] });
      });
    }
    for (const path of paths) {
      const reported = ways.includes('client')
        ? page.waitForResponse((response) => isViewOf(response, path), { timeout: patience_ms })
        : undefined;
      await page.goto(pages.url + path);
      await reported;
    }
    if (ways.includes('client'))
      await page.waitForFunction(() => document.querySelector('[data-footfall-count]').textContent === '1');
    // The page that shows who came is not counted itself.
    await until(async () => (await footfall.rows(site)).length >= paths.length,
      () => `the rows; ${pages.said}`, patience_ms);
    await page.goto(`${pages.url}/visits/`);
    const dots = await page.locator('svg circle').count();
    await browser.close();
    await pages.stop(); // sends what it still holds
    const rows = await footfall.rows(site);
    return { rows, dots };
  } finally {
    await browser.close();
    await world.close();
  }
};

describe('A Django site', () => {
  test('counted from its template', async () => {
    const { rows, dots } = await walk('client');
    assert.deepEqual(rows.map((row) => [row.path, row.source]), paths.map((path) => [path, 'script']));
    assert.equal(dots, 3);
  });

  test('counted on its server', async () => {
    const { rows, dots } = await walk('server');
    assert.deepEqual(rows.map((row) => [row.path, row.source]), paths.map((path) => [path, 'api']));
    for (const row of rows) {
      assert.match(row.user_agent, /Chrome/);
      assert.equal(row.ip, '127.0.0.1');
    }
    assert.equal(rows[1].referrer, null);
    assert.equal(dots, 3);
  });

  // With a batch that waits, the script speaks first; with one that does not, mostly the server.
  for (const seconds of ['1', '0.001']) {
    test(`counted both ways, the server after ${seconds} s: each view once, and its title is known`, async (t) => {
      const { rows, dots } = await walk('client,server', { env: { FOOTFALL_BATCH_SECONDS: seconds } });
      assert.deepEqual(rows.map((row) => row.path), paths);
      assert.deepEqual(rows.map((row) => row.title), ['The lighthouse at Utsira', 'About the keepers', 'Come and see']);
      assert.equal(new Set(rows.map((row) => row.session)).size, 1);
      assert.equal(dots, 3);
      t.diagnostic(`first to speak: ${rows.map((row) => row.source)}`);
    });
  }

  test('counted both ways where only pages with a token may record', async () => {
    const { rows } = await walk('client,server', { args: ['--protect', 'strict'], env: { FOOTFALL_STRICT: '1' } });
    assert.deepEqual(rows.map((row) => row.path), paths);
  });

  test('counted from its template where only pages with a token may record', async () => {
    const { rows } = await walk('client', { args: ['--protect', 'strict'], env: { FOOTFALL_STRICT: '1' } });
    assert.deepEqual(rows.map((row) => [row.path, row.source]), paths.map((path) => [path, 'script']));
  });

  test('counted both ways, in a browser that hides what the head says: the tag says it too', async () => {
    const { rows } = await walk('client,server', { hides: true });
    assert.deepEqual(rows.map((row) => row.path), paths);
  });

  test('counted both ways: a reload and a return are views of their own', async () => {
    const world = await start('client,server');
    const browser = await openBrowser();
    try {
      const page = await browser.newPage();
      const reports = [];
      page.on('request', (request) => {
        if (request.url().endsWith('/api/event')) reports.push(JSON.parse(request.postData()));
      });
      const views = (count) => until(() => reports.filter(({ n }) => n === 'pageview').length >= count,
        () => `${count} views: ${JSON.stringify(reports)}`, patience_ms);
      await page.goto(`${world.pages.url}/about/`);
      await views(1);
      await page.reload();
      await views(2);
      await page.goto(`${world.pages.url}/contact/`);
      await views(3);
      await page.goBack();
      await views(4);
      const kinds = reports.filter(({ n }) => n === 'pageview').map(({ k }) => k);
      await browser.close();
      await world.pages.stop();
      const rows = await world.footfall.rows(site);
      assert.deepEqual(rows.map((row) => [row.path, row.kind]),
        ['/about/', '/about/', '/contact/', '/about/'].map((path, i) => [path, kinds[i]]));
      assert.deepEqual(kinds.slice(0, 3), ['load', 'load', 'load']);
    } finally {
      await browser.close();
      await world.close();
    }
  });

  test('counted both ways under ASGI', async () => {
    const { rows } = await walk('client,server', { startIt: startAsgiSite });
    assert.deepEqual(rows.map((row) => row.path), paths);
  });

  test('manage.py check says what is wrong', async () => {
    const footfall = await serve({ site });
    const env = await environmentAt(footfall);
    const check = (more) => {
      const { stderr, status } = manage(['check'], { ...env, ...more });
      return { says: stderr.match(/footfall\.[EW]\d+/g) ?? [], status, stderr };
    };
    const well = check({});
    assert.deepEqual([well.says, well.status], [[], 0], well.stderr);
    for (const [more, says] of [
      [{ FOOTFALL_INGEST_TOKEN: 'ff_ingest_nonsense' }, ['footfall.E005']],
      [{ FOOTFALL_READ_TOKEN: 'ff_read_nonsense' }, ['footfall.E005']],
      [{ FOOTFALL_INGEST_TOKEN: env.FOOTFALL_READ_TOKEN }, ['footfall.E006']],
      [{ FOOTFALL_INGEST_TOKEN: '' }, ['footfall.E003']],
      [{ FOOTFALL_SITE: 'elsewhere.example' }, ['footfall.E007']],
      [{ FOOTFALL_URL: 'localhost:8080' }, ['footfall.E004']],
    ]) {
      const { says: said, status, stderr } = check(more);
      assert.deepEqual(said, says, stderr);
      assert.notEqual(status, 0);
    }
    await footfall.stop();
    assert.deepEqual(check({}).says, ['footfall.W002'], 'it may be started later');
    assert.equal(check({}).status, 0);
  });

  test('a file of hits is moved in, once however often it is', async () => {
    const footfall = await serve({ site });
    const env = await environmentAt(footfall, { FOOTFALL_INGEST_TOKEN: footfall.token });
    const file = join(folder(), 'hits.jsonl');
    writeFileSync(file, Array.from({ length: 250 }, (_, i) => JSON.stringify(
      { page: `/old/${i % 5}`, when: new Date(Date.UTC(2026, 0, 1, 0, i)).toISOString(), ip: `203.0.113.${i}`, level: 'info' })).join('\n') + '\nrubbish\n');
    for (let times = 0; times < 2; ++times) {
      const { stdout, stderr, status } = manage(['footfall_import', file, '--map', 'page=path', '--map', 'when=timestamp'], env);
      assert.equal(status, 0, stderr);
      assert.match(stdout, /250 recorded or known before, 0 refused, 1 malformed/);
    }
    const rows = await footfall.rows(site);
    assert.equal(rows.length, 250);
    assert.deepEqual([rows[0].path, rows[0].ip, rows[0].time], ['/old/0', '203.0.113.0', '2026-01-01T00:00:00.000Z']);
    await footfall.stop();
  });

  test('the admin shows the traffic to who may see it', async () => {
    const footfall = await serve({ site });
    const env = await environmentAt(footfall, { DJANGO_SUPERUSER_PASSWORD: 'a password', FOOTFALL_WAYS: 'server' });
    for (const args of [['migrate'], ['createsuperuser', '--noinput', '--username', 'boss', '--email', 'boss@example.com']]) {
      const { status, stderr } = manage(args, env);
      assert.equal(status, 0, stderr);
    }
    for (let i = 0; i < 5; ++i) await footfall.visit(`/page-${i % 2}`, { site, user_agent: browser_agent });
    await footfall.rows(site);
    const pages = await startSite(env);
    const browser = await openBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(`${pages.url}/admin/footfall/traffic/`);
      await page.fill('input[name=username]', 'boss');
      await page.fill('input[name=password]', 'a password');
      await page.press('input[name=password]', 'Enter');
      await page.waitForSelector('.footfall-chart');
      assert.equal(await page.locator('.footfall-totals dd').nth(2).textContent(), '5');
      assert.deepEqual(await page.locator('.footfall-pages td:first-child').allTextContents(), ['/page-0', '/page-1']);
      assert.equal(await page.locator('.footfall-chart .bar').count(), 30);
    } finally {
      await browser.close();
      await pages.stop();
      await footfall.stop();
    }
  });

  // Whatever is wrong with Footfall, the page is unharmed, and what was seen meanwhile arrives later: in order, once.
  const visitAll = async (pages, from, to) => {
    const times = [];
    for (let number = from; number < to; ++number) {
      const begun = performance.now();
      const answer = await fetch(`${pages.local}/?n=${number}`, { headers: { 'user-agent': browser_agent } });
      await answer.text();
      assert.equal(answer.status, 200);
      times.push(performance.now() - begun);
    }
    return times.sort((a, b) => a - b)[times.length >> 1];
  };
  const seen = async (footfall, want, pages) => {
    let counted = 0;
    await until(async () => (counted = await footfall.count('TOTAL', site)) >= want,
      () => `${counted} of ${want} views; ${pages.said}`, patience_ms);
    return (await footfall.rows(site)).map((row) => Number(row.query.slice(2)));
  };
  const numbers = (count) => Array.from({ length: count }, (_, number) => number);
  const spilled = (env) => existsSync(env.FOOTFALL_SPOOL) &&
    readdirSync(env.FOOTFALL_SPOOL).some((name) => name.endsWith('.hits.json'));
  // One line a minute, from all workers together.
  const isToldOnce = (pages, begun, pattern) => {
    const lines = pages.said.split('\n').filter((line) => line.startsWith('footfall:'));
    assert.ok(lines.length >= 1 && lines.length <= 1 + (performance.now() - begun) / 60_000, pages.said);
    assert.match(lines[0], pattern);
  };
  const inOrder = (some) => [...some].sort((a, b) => a - b);

  test('whose Footfall is away serves its pages, says so in one line, and delivers later', async () => {
    let footfall = await serve({ site });
    const { data, port } = footfall;
    const env = await environmentAt(footfall, { FOOTFALL_WAYS: 'server', FOOTFALL_BATCH_SECONDS: '0.05' });
    await footfall.kill();
    const begun = performance.now();
    const pages = await startSite(env, { workers: 2 });
    await visitAll(pages, 0, 200);
    await until(() => spilled(env), 'something in the spool', patience_ms);
    await visitAll(pages, 200, 400);
    footfall = await serve({ data, site, port });
    await visitAll(pages, 400, 500);
    assert.deepEqual(inOrder(await seen(footfall, 500, pages)), numbers(500));
    isToldOnce(pages, begun, /refused/); // the connection
    await pages.stop();
    assert.ok(!spilled(env), 'the spool is empty');
    await footfall.stop();
  });

  test('whose Footfall takes connections and says nothing does not wait for it', async () => {
    let footfall = await serve({ site });
    const { data, port } = footfall;
    const env = await environmentAt(footfall, { FOOTFALL_WAYS: 'server' });
    await footfall.stop();
    const sockets = new Set();
    const silent = createServer((socket) => { sockets.add(socket); socket.on('error', () => {}); });
    await new Promise((resolve) => silent.listen(port, '127.0.0.1', resolve));
    const pages = await startSite(env);
    // An answer is waited for for five seconds, by a thread of its own.
    const median = await visitAll(pages, 0, 100);
    assert.ok(median < 2_000, `${median} ms`);
    await until(() => sockets.size > 0, 'a connection', patience_ms);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
    footfall = await serve({ data, site, port });
    assert.deepEqual(await seen(footfall, 100, pages), numbers(100));
    await pages.stop();
    await footfall.stop();
  });

  test('whose token is refused keeps what it saw until the token is put right', async () => {
    const footfall = await serve({ site });
    const env = await environmentAt(footfall, { FOOTFALL_WAYS: 'server', FOOTFALL_BATCH_SECONDS: '0.05' });
    const begun = performance.now();
    let pages = await startSite({ ...env, FOOTFALL_INGEST_TOKEN: env.FOOTFALL_READ_TOKEN });
    await visitAll(pages, 0, 50);
    await until(() => spilled(env), 'something in the spool', patience_ms);
    await pages.stop();
    assert.equal((await footfall.rows(site)).length, 0);
    isToldOnce(pages, begun, /403/);
    pages = await startSite(env);
    await visitAll(pages, 50, 60);
    assert.deepEqual(await seen(footfall, 60, pages), numbers(60));
    await pages.stop();
    await footfall.stop();
  });

  for (const preload of [false, true]) {
    const requests = preload ? 2_000 : 10_000;
    test(`${requests} requests under four workers${preload ? ' forked late' : ''}, Footfall killed and started again midway: exactly ${requests} rows`, async (t) => {
      const at_once = 16;
      let footfall = await serve({ site });
      const { data, port } = footfall;
      const env = await environmentAt(footfall, { FOOTFALL_WAYS: 'server' });
      const pages = await startSite(env, { workers: 4, preload });
      let next = 0, answered = 0;
      const begun = performance.now();
      const visitor = async () => {
        while (next < requests) {
          const number = next++;
          const answer = await fetch(`${pages.local}/?n=${number}`, { headers: { 'user-agent': `${browser_agent} ${number % 50}` } });
          await answer.text();
          assert.equal(answer.status, 200);
          ++answered;
        }
      };
      const visitors = Promise.all(Array.from({ length: at_once }, visitor));
      const reached = (share) => within(10 * patience_ms, Promise.race([visitors,
        until(() => answered > requests * share, `${share} of the requests`, 10 * patience_ms)]), 'the requests');
      await reached(1 / 3);
      await footfall.kill();
      await reached(2 / 3);
      footfall = await serve({ data, site, port });
      await visitors;
      const seconds = (performance.now() - begun) / 1_000;
      assert.equal(answered, requests);
      await pages.stop();
      // What the workers left behind, another one delivers.
      const again = await startSite(env);
      const rows = await seen(footfall, requests, again);
      await again.stop();
      assert.equal((await footfall.rows(site)).length, requests, 'and nothing more came');
      assert.equal(new Set(rows).size, requests);
      assert.equal(await footfall.count('/', site), requests);
      t.diagnostic(`${requests} requests in ${seconds.toFixed(0)} s, ${rows.length} rows`);
      await footfall.stop();
    });
  }
});
