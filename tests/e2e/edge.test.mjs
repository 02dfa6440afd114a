// The edge in a real browser: sessions, and one page view that is one hit, whoever tells of it.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { chromium } from 'playwright-core';
import { atEnd, folder, run, serve, sleep, until } from './program.mjs';

const quiet_ms = 400; // for what must not come

// A site of a few pages; `script` puts the script on them, `head` whatever else.
const siteFiles = ({ script = true, head = '' } = {}) => {
  const root = join(folder(), 'site');
  mkdirSync(root);
  const tag = script ? '<script defer src="/js/footfall.js" data-site="example.com"></script>' : '';
  for (const [file, title] of [['index', 'Home'], ['one', 'One'], ['two', 'Two'], ['three', 'Three'], ['four', 'Four']])
    writeFileSync(join(root, `${file}.html`), `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>
      <link rel="icon" href="data:,">${head}${tag}<body><h1>${title}</h1><a id="one" href="/one">one</a>
      <a id="two" href="/two">two</a>`);
  writeFileSync(join(root, 'data.json'), '{}');
  writeFileSync(join(root, 'style.css'), 'h1 {}');
  return root;
};

const edge = async ({ session = 'response', files, args = [], ...more } = {}) =>
  serve({ args: ['--root', files ?? siteFiles(), '--session', session, ...args], ...more });

let browser;
const launched = async () => {
  browser ??= await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update',
      '--disable-sync'],
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  });
  return browser;
};
after(() => browser?.close());

// A new visitor. What the server answers to pages is in `page.pages`, in order; what the script sends in `page.sent`.
const visitor = async (t, { cookies = true, ...options } = {}) => {
  const context = await (await launched()).newContext(options);
  t.after(() => context.close());
  const page = await context.newPage();
  page.pages = [];
  page.sent = [];
  page.answered = 0;
  page.on('response', async (response) => {
    if (response.request().isNavigationRequest()) page.pages.push(`${response.status()} ${new URL(response.url()).pathname}`);
    if (response.url().endsWith('/api/event')) page.answered += 1;
  });
  page.on('request', (request) => {
    if (request.url().endsWith('/api/event') && request.method() === 'POST') page.sent.push(JSON.parse(request.postData()));
  });
  // A browser whose cookies are off: none is kept, and none is sent.
  if (!cookies)
    await page.addInitScript(() => {}).then(() => context.route('**/*', async (route) => {
      const headers = { ...route.request().headers() };
      delete headers.cookie;
      await context.clearCookies();
      await route.continue({ headers });
    }));
  return page;
};

const views = (page) => page.sent.filter(({ n }) => n === 'pageview');
// All views that were sent have been answered, and no further one is on its way.
const settled = async (page, count) => {
  await until(() => views(page).length >= count && page.answered >= count, () =>
    `${count} views; sent: ${JSON.stringify(page.sent)}`);
  await sleep(quiet_ms);
  assert.equal(views(page).length, count);
};
const shape = (rows) => rows.map(({ kind, source, path }) => `${kind} ${source} ${path}`);

test('with redirect, the first visit is sent to itself once and lands with the cookie; the second is not redirected', async (t) => {
  const server = await edge({ session: 'redirect' });
  const page = await visitor(t);
  await page.goto(`${server.url}/one?a=1&b=2`);
  await settled(page, 1);
  assert.deepEqual(page.pages, ['302 /one', '200 /one']);
  assert.equal(page.url(), `${server.url}/one?a=1&b=2`, 'the marker is gone from the address bar');
  const [cookie] = await page.context().cookies();
  assert.equal(cookie.name, 'footfall');
  assert.equal(cookie.httpOnly, true);
  assert.equal(cookie.sameSite, 'Lax');

  await page.goto(`${server.url}/two`);
  await settled(page, 2);
  assert.deepEqual(page.pages, ['302 /one', '200 /one', '200 /two']);
  const rows = await server.rows();
  assert.deepEqual(shape(rows), ['load edge /one', 'load edge /two']);
  assert.equal(rows[0].query, 'a=1&b=2');
  assert.equal(rows[0].session, rows[1].session);
  assert.equal(rows[0].session, cookie.value.split('.')[2]);
  assert.deepEqual(rows.map(({ title }) => title), ['One', 'Two']);
});

for (const session of ['redirect', 'response'])
  test(`with cookies off and ${session}, a page still opens, once, and its view counts once`, async (t) => {
    const server = await edge({ session });
    const page = await visitor(t, { cookies: false });
    await page.goto(`${server.url}/one`);
    await settled(page, 1);
    assert.deepEqual(page.pages, session === 'redirect' ? ['302 /one', '200 /one'] : ['200 /one']);
    assert.equal(await page.textContent('h1'), 'One');
    assert.deepEqual(shape(await server.rows()), ['load edge /one']);
    assert.equal(await server.count('/one'), 1);
  });

test('a page with edge and script counts one view: loaded, loaded again, revalidated', async (t) => {
  const server = await edge();
  const page = await visitor(t);
  await page.goto(`${server.url}/one`);
  await settled(page, 1);
  assert.match(views(page)[0].tk, /^[0-9a-f-]{36}\.[0-9a-z]+\.[\w-]{22}$/);
  assert.equal(await server.count('/one'), 1);

  const sizes = () => page.evaluate(() => {
    const [{ transferSize, encodedBodySize }] = performance.getEntriesByType('navigation');
    return { transferSize, encodedBodySize };
  });
  const loaded = await sizes();
  await page.reload();
  await settled(page, 2);
  assert.equal((await sizes()).transferSize, loaded.transferSize - loaded.encodedBodySize, 'the server answered 304');
  assert.notEqual(views(page)[1].tk, views(page)[0].tk, 'a 304 tells a new id');
  assert.equal(await server.count('/one'), 2);

  await page.goto(`${server.url}/two`);
  await settled(page, 3);
  await page.goto(`${server.url}/one`);
  await settled(page, 4);
  const rows = await server.rows();
  assert.deepEqual(shape(rows), ['load edge /one', 'load edge /one', 'load edge /two', 'load edge /one']);
  assert.deepEqual(rows.map(({ title }) => title), ['One', 'One', 'Two', 'One']);
  assert.equal(await server.count(), 4);
});

// The edge's own files are revalidated each time; a server before it, or one behind it, may let browsers keep pages.
const keepingPages = async (server, t) => {
  // As a front should, it passes the Host on that the browser asked for.
  const front = createServer((asked, answered) => {
    const passed = request(server.url + asked.url, { method: asked.method, headers: asked.headers }, (answer) => {
      const headers = Object.fromEntries(Object.entries(answer.headers).filter(([name]) =>
        !['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'etag', 'last-modified'].includes(name)));
      if (/\/(one|two)$/.test(asked.url)) headers['cache-control'] = 'private, max-age=600';
      answered.writeHead(answer.statusCode, headers);
      answer.pipe(answered);
    });
    passed.on('error', () => answered.destroy());
    asked.pipe(passed);
  });
  await new Promise((done) => front.listen(0, '127.0.0.1', done));
  t.after(() => new Promise((done) => (front.close(done), front.closeAllConnections())));
  return `http://127.0.0.1:${front.address().port}`;
};

test('a page from the cache of the browser is a view of its own, with the session', async (t) => {
  const server = await edge();
  const url = await keepingPages(server, t);
  const page = await visitor(t);
  for (const count of [1, 3]) {
    await page.goto(url);
    await settled(page, count);
    await page.evaluate(() => document.querySelector('#one').click());
    await page.waitForURL(/one/);
    await settled(page, count + 1);
  }
  const rows = (await server.rows()).filter(({ path }) => path === '/one');
  assert.deepEqual(shape(rows), ['load edge /one', 'cached script /one']);
  assert.equal(rows[0].session, rows[1].session);
  assert.equal(await server.count('/one'), 2);
});

test('the back button adds a restored hit', async (t) => {
  const server = await edge();
  const page = await visitor(t);
  await page.goto(`${server.url}/one`);
  await settled(page, 1);
  await page.evaluate(() => (window.alive = true));
  await page.goto(`${server.url}/two`);
  await settled(page, 2);
  await page.goBack({ waitUntil: 'commit' });
  await until(() => views(page).length >= 3, 'the restored view');
  assert.equal(await page.evaluate(() => window.alive), true, 'it was the same document');
  await sleep(quiet_ms);
  const rows = await server.rows();
  assert.deepEqual(shape(rows), ['load edge /one', 'load edge /two', 'restored script /one']);
  assert.equal(new Set(rows.map(({ session }) => session)).size, 1);
  assert.equal(await server.count('/one'), 2);
});

test('one browser that walks five pages is one session of five rows, found by session, ip and path', async (t) => {
  const server = await edge({ session: 'redirect' });
  const page = await visitor(t);
  const paths = ['/', '/one', '/two', '/three', '/four'];
  for (const [at, path] of paths.entries()) {
    await page.goto(server.url + path);
    await settled(page, at + 1);
  }
  const found = async (by) => (await server.ask(`/api/visits?site=example.com&fresh=true&order=asc&${by}`)).json.visits;
  const rows = await found('');
  assert.deepEqual(rows.map(({ path }) => path), paths);
  const session = rows[0].session;
  assert.deepEqual((await found(`session=${session}`)).map(({ path }) => path), paths);
  assert.deepEqual((await found('ip=127.0.0.1')).map(({ id }) => id), rows.map(({ id }) => id));
  for (const path of paths)
    assert.deepEqual((await found(`path=${encodeURIComponent(path)}`)).map((row) => [row.path, row.session]), [[path, session]]);
});

test('without JavaScript the edge counts every page, and nothing but pages', async (t) => {
  const server = await edge({ files: siteFiles({ script: false, head: '<link rel="stylesheet" href="/style.css">' }) });
  const page = await visitor(t, { javaScriptEnabled: false });
  for (const path of ['/', '/one', '/nowhere', '/data.json']) await page.goto(server.url + path);
  assert.deepEqual(shape(await server.rows()), ['load edge /', 'load edge /one', 'load edge /data.json']);
});

test('a browser that hides Server-Timing is matched with the hit of the edge', async (t) => {
  const server = await edge();
  const page = await visitor(t);
  await page.addInitScript(() => {
    Object.defineProperty(PerformanceResourceTiming.prototype, 'serverTiming', { get: () => [] });
  });
  await page.goto(`${server.url}/one`);
  await settled(page, 1);
  assert.equal('tk' in views(page)[0], false);
  await page.reload();
  await settled(page, 2);
  const rows = await server.rows();
  assert.deepEqual(shape(rows), ['load edge /one', 'load edge /one']);
  assert.deepEqual(rows.map(({ title }) => title), ['One', 'One']);
});

test('a view counts once when the server is killed between the page and its script', async (t) => {
  const data = join(folder(), 'data');
  const files = siteFiles();
  let server = await edge({ data, files });
  const headers = { 'user-agent': 'Mozilla/5.0 test' };
  const opened = async () => {
    const answer = await fetch(`${server.url}/one`, { headers });
    await answer.text();
    return {
      token: answer.headers.get('server-timing').match(/^ff;desc="(.+)"$/)[1],
      cookie: answer.headers.get('set-cookie').split(';')[0],
    };
  };
  const report = (token, cookie) => server.ask('/api/event', {
    method: 'POST', token: null, headers: { ...headers, cookie },
    body: { n: 'pageview', u: `${server.url}/one`, d: 'example.com', t: 'Told', k: 'load', ...(token ? { tk: token } : {}) },
  });
  for (const byId of [true, false]) {
    const { token, cookie } = await opened();
    await server.kill();
    server = await edge({ data, files });
    assert.equal((await report(byId ? token : null, cookie)).text, 'ok');
    await server.kill();
    server = await edge({ data, files });
    if (byId) assert.equal((await report(token, cookie)).text, 'ok', 'and what is sent again, once');
  }
  const rows = await server.rows();
  assert.deepEqual(shape(rows), ['load edge /one', 'load edge /one']);
  assert.deepEqual(rows.map(({ title }) => title), ['Told', 'Told']);
  assert.equal(await server.count('/one'), 2);
});

test('two sites of one process are told apart by host, and a host of none is told so', async () => {
  const server = await edge({ args: ['--site', 'example.org'] });
  const at = (host) => new Promise((resolve, reject) => {
    request(`${server.url}/one`, { headers: { host } }, (answer) => resolve((answer.resume(), answer.statusCode)))
      .on('error', reject).end();
  });
  assert.equal(await at('www.example.com'), 200);
  assert.equal(await at('example.org:81'), 200);
  assert.equal(await at('elsewhere.example'), 421);
  assert.deepEqual(shape(await server.rows('example.com')), ['load edge /one']);
  assert.deepEqual(shape(await server.rows('example.org')), ['load edge /one']);
});

test('keys are shown and rotated from the command line, and sessions go on', async () => {
  const server = await edge();
  const open = async (cookie) => {
    const answer = await fetch(`${server.url}/one`, { headers: cookie ? { cookie } : {} });
    await answer.text();
    return answer.headers.get('set-cookie').split(';')[0];
  };
  const cookie = await open();
  const keys = async (command) => (await run(['key', command, '--data', server.data])).out.trim().split('\n');
  assert.match((await keys('list'))[0], /^1\t\S+Z\tsigns$/);
  const after = await keys('rotate');
  assert.equal(after.length, 2);
  assert.match(after[0], /^2\t\S+Z\tsigns$/);
  assert.match(after[1], /^1\t\S+Z\tverifies$/);
  const refreshed = await open(cookie);
  assert.equal(refreshed.split('.')[1], '2');
  assert.equal(refreshed.split('.')[2], cookie.split('.')[2]);
});
