// Who may record, with the real program: what a forger sends is refused, counted by its reason, and kept where the owner can
// look at it and take it back, once, whatever happens meanwhile. A real browser tries from a page of somebody else's.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { after, afterEach, describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import { folder, run, serve, sleep, until } from './program.mjs';

const site = 'example.com';
const strangers = 'evil.test';

const servers = [];
const start = async (options = {}) => {
  const server = await serve({ site, ...options });
  servers.push(server);
  return server;
};
afterEach(async () => {
  for (const server of servers.splice(0)) if (server.isRunning) await server.stop();
});

const event = (server, path, { headers = {}, body = {} } = {}) =>
  server.ask('/api/event', { method: 'POST', token: null, headers, body: { n: 'pageview', u: `https://${site}${path}`, d: site, ...body } });
const reason = (answer) => answer.headers.get('x-footfall-dropped');
const dropped = async (server, parameters = '') => (await server.ask(`/api/dropped?site=${site}&fresh=true${parameters}`)).json;
const readmit = async (server, body) => (await server.ask('/api/dropped/readmit', { method: 'POST', body: { site, ...body } })).json.readmitted;
const count = async (server, label) =>
  Number((await server.ask('/metrics')).text.match(new RegExp(`^footfall_events_dropped_total\\{reason="${label}"\\} (\\d+)$`, 'm'))[1]);

describe('A strict site', () => {
  // A site with a page, whose answer brings the token that its script would send.
  const strict = async (more = []) => {
    const root = folder();
    writeFileSync(join(root, 'index.html'), '<!doctype html><title>Page</title>');
    return start({ args: ['--root', root, '--protect', 'strict', ...more] });
  };
  const open = async (server) => {
    const page = await server.ask('/', { token: null, headers: { accept: 'text/html' } });
    assert.equal(page.status, 200);
    // The browser says the host that it asked for; here that is what the server is called.
    return page.headers.get('server-timing')?.match(/ff;desc="([^"]+)"/)?.[1];
  };

  test('refuses what is forged, foreign, replayed or without a token, each with its reason', async () => {
    const server = await strict();
    const tokens = { none: undefined, nonsense: 'x', forged: '-.zzzz.AAAAAAAAAAAAAAAAAAAAAA' };
    assert.equal(reason(await event(server, '/a')), 'no_token');
    assert.equal(reason(await event(server, '/a', { body: { tk: tokens.nonsense } })), 'bad_token');
    assert.equal(reason(await event(server, '/a', { body: { tk: tokens.forged } })), 'bad_token');
    assert.equal(reason(await event(server, '/a', { headers: { origin: 'https://evil.example' } })), 'foreign_origin');
    assert.equal(reason(await event(server, '/a', { headers: { referer: 'https://evil.example/' } })), 'foreign_referrer');
    assert.equal(reason(await event(server, '/a', { headers: { 'sec-fetch-site': 'cross-site' } })), 'cross_site');
    assert.equal((await server.rows()).length, 0);
    assert.equal(await server.count(), 0);
    assert.deepEqual((await dropped(server)).counts, { no_token: 1, bad_token: 2, foreign_origin: 1, foreign_referrer: 1, cross_site: 1 });
    for (const [label, times] of Object.entries((await dropped(server)).counts)) assert.equal(await count(server, label), times);
  });

  test('takes a message with a page’s own token once, however often it is sent', async () => {
    const server = await strict();
    const key = await server.ask(`/api/page-key?site=${site}`);
    assert.equal(key.status, 200, key.text);
    const { createHmac } = await import('node:crypto');
    const hour = Math.floor(Date.now() / 3_600_000) + 1;
    const text = `-.${hour.toString(36)}`;
    const mac = createHmac('sha256', Buffer.from(key.json.key, 'base64url')).update(text).digest().subarray(0, 16).toString('base64url');
    const tk = `${text}.${mac}`;
    assert.equal(reason(await event(server, '/a', { body: { tk, b: 'first' } })), null);
    for (let i = 0; i < 5; i += 1) assert.equal(reason(await event(server, '/a', { body: { tk, b: 'first' } })), 'replayed');
    assert.equal(reason(await event(server, '/a', { body: { tk, b: 'second' } })), null);
    const again = JSON.stringify({ n: 'pageview', u: `https://${site}/a`, d: site, tk, b: 'third' });
    const together = await Promise.all(Array.from({ length: 8 }, () => server.ask('/api/event', { method: 'POST', token: null, body: again })));
    assert.equal(together.filter((answer) => reason(answer) === null).length, 1, 'of all at once, one');
    assert.equal(await server.count('/a'), 3);
    assert.equal(await count(server, 'replayed'), 12);

    await server.kill();
    const next = await start({ data: server.data, args: ['--protect', 'strict'] });
    assert.equal(reason(await event(next, '/a', { body: { tk, b: 'first' } })), 'replayed', 'a restart does not forget');
    assert.equal(await next.count('/a'), 3);
  });

  test('tells pages that it serves their token, and takes no forged session cookie for one', async () => {
    const root = folder();
    writeFileSync(join(root, 'index.html'), '<!doctype html><title>Page</title>');
    const server = await start({ site: '127.0.0.1', args: ['--root', root, '--protect', 'strict'] });
    const tk = await open(server);
    assert.ok(tk, 'the page came without a token');
    const body = { n: 'pageview', k: 'restored', u: `${server.url}/`, d: '127.0.0.1', tk, b: 'one' };
    const cookie = `footfall=1.1.${'A'.repeat(22)}.${Math.floor(Date.now() / 1000).toString(36)}.${Math.floor(Date.now() / 1000).toString(36)}.${'A'.repeat(22)}`;
    const send = (more) => server.ask('/api/event', { method: 'POST', token: null, headers: { cookie }, body: { ...body, ...more } });
    assert.equal(reason(await send({ tk: undefined })), 'no_token', 'a cookie is no token');
    assert.equal(reason(await send({})), null);
    const row = (await server.rows('127.0.0.1')).at(-1);
    assert.notEqual(row.session, 'A'.repeat(22), 'a forged cookie is no session');
  });
});

describe('Dropped hits', () => {
  test('are found by reason, path, address and time, and re-admitted by any of them, once', async () => {
    const server = await start();
    for (const path of ['/a', '/a', '/b']) await event(server, path, { headers: { origin: 'https://evil.example' } });
    await event(server, '/c', { headers: { referer: 'https://evil.example/' } });
    const all = await dropped(server);
    assert.equal(all.dropped.length, 4);
    assert.deepEqual(Object.keys(all.dropped[0]).slice(0, 5), ['id', 'time', 'site', 'reason', 'rules']);
    assert.equal((await dropped(server, '&path=/a')).dropped.length, 2);
    assert.equal((await dropped(server, '&ip=127.0.0.1&reason=foreign_referrer')).dropped.length, 1);
    assert.equal((await dropped(server, '&ip=127.0.0.2')).dropped.length, 0);

    assert.equal(await readmit(server, { path: '/a' }), 2);
    assert.equal(await readmit(server, { path: '/a' }), 0);
    assert.equal(await server.count('/a'), 2);
    assert.equal(await readmit(server, { ids: [all.dropped[0].id] }), 1);
    assert.equal(await readmit(server, { from: '2001-01-01' }), 1);
    const rows = await server.rows();
    assert.deepEqual(rows.map(({ path }) => path).sort(), ['/a', '/a', '/b', '/c']);
    const times = new Map(all.dropped.map(({ path, time }) => [path, time]));
    assert.equal(rows.find(({ path }) => path === '/b').time, times.get('/b'), 'at the time at which it came');
    const stats = await server.ask('/api/v2/query', { method: 'POST', body: { site_id: site, metrics: ['pageviews'], date_range: 'all', include: { bots: true } } });
    assert.deepEqual(stats.json.results[0].metrics, [4]);
    assert.deepEqual((await dropped(server)).counts, {});
  });

  test('count once each when re-admission is killed in the middle, again and again', async () => {
    let server = await start();
    const hits = 400;
    await Promise.all(Array.from({ length: hits }, (_, i) => event(server, `/p${i % 7}`, { headers: { origin: 'null' }, body: { t: `hit ${i}` } })));
    assert.equal((await dropped(server)).counts.foreign_origin, hits);
    for (let round = 0; round < 6; round += 1) {
      const asked = Promise.all([1, 2].map(() => readmit(server, { reason: 'foreign_origin' }).catch(() => 0)));
      await sleep(3 * round * round);
      await server.kill();
      await asked;
      server = await start({ data: server.data });
    }
    await readmit(server, { reason: 'foreign_origin' });
    assert.equal(await server.count(), hits);
    const rows = await server.rows();
    assert.equal(rows.length, hits);
    assert.equal(new Set(rows.map(({ title }) => title)).size, hits, 'none twice, none lost');
    assert.deepEqual((await dropped(server)).counts, {});
    await server.stop();
    server = await start({ data: server.data });
    assert.equal(await server.count(), hits);
  });

  test('of yesterday’s settings are told apart from those of today’s', async () => {
    const server = await start();
    const headers = { origin: 'https://shop.example' };
    await event(server, '/a', { headers });
    const [{ rules }] = (await dropped(server)).dropped;
    await server.ask('/api/sites', { method: 'POST', body: { site, hosts: ['other.example'] } });
    await event(server, '/b', { headers });
    assert.notEqual((await dropped(server, '&path=/b')).dropped[0].rules, rules);
    await server.ask('/api/sites', { method: 'POST', body: { site, hosts: ['shop.example'] } });
    assert.equal(reason(await event(server, '/c', { headers })), null, 'a host of the settings may record');
  });

  test('are nobody’s business who may not read, and nobody’s to take back who is no admin', async () => {
    const server = await start();
    assert.equal((await server.ask(`/api/dropped?site=${site}`, { token: null })).status, 401);
    const made = await run(['token', 'add', '--role', 'read', '--data', server.data]);
    const read = made.out.match(/ff_\S+|[A-Za-z0-9_-]{40,}/)?.[0];
    if (made.code === 0 && read) {
      assert.equal((await server.ask(`/api/dropped?site=${site}`, { token: read })).status, 200);
      assert.equal((await server.ask('/api/dropped/readmit', { method: 'POST', token: read, body: { site, reason: 'no_token' } })).status, 403);
    }
    assert.equal((await server.ask('/api/dropped/readmit', { method: 'POST', token: null, body: { site, reason: 'no_token' } })).status, 401);
    assert.equal((await server.ask('/api/dropped/readmit', { method: 'POST', body: { site } })).status, 400);
  });
});

describe('A browser', () => {
  let browser;
  let elsewhere;
  after(async () => {
    await browser?.close();
    elsewhere?.close();
  });
  // Names of the internet lead to this machine.
  const launch = async () => (browser ??= await chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
      `--host-resolver-rules=MAP ${site} 127.0.0.1,MAP www.${site} 127.0.0.1,MAP ${strangers} 127.0.0.1`],
  }));
  const serveElsewhere = async (html) => {
    elsewhere?.close();
    elsewhere = http.createServer((request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(html));
    await new Promise((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    return `http://${strangers}:${elsewhere.address().port}/`;
  };
  const visit = async (url) => {
    const context = await (await launch()).newContext();
    const page = await context.newPage();
    await page.goto(url);
    return { page, close: () => context.close() };
  };
  const withSite = async () => {
    const root = join(folder(), 'site');
    mkdirSync(root);
    writeFileSync(join(root, 'index.html'), `<!doctype html><title>Own</title><script defer src="/js/footfall.js" data-site="${site}"></script>`);
    return start({ args: ['--root', root] });
  };

  test('on the site’s own page records, with www. before its name too', async () => {
    const server = await withSite();
    for (const host of [site, `www.${site}`]) {
      const before = await server.count();
      const { close } = await visit(`http://${host}:${server.port}/`);
      await until(async () => (await server.count()) > before, `the view of ${host}`);
      await close();
    }
    assert.deepEqual((await dropped(server)).counts, {});
  });

  test('on a page of somebody else’s cannot, whatever the page tries', async () => {
    const server = await withSite();
    const at = `http://${site}:${server.port}`;
    const body = JSON.stringify({ n: 'pageview', u: `https://${site}/forged`, d: site });
    const { page, close } = await visit(await serveElsewhere(`<!doctype html><title>Elsewhere</title>
      <script defer src="${at}/js/footfall.js" data-site="${site}"></script><img src="${at}/pixel.gif?site=${site}&p=/forged">`));
    await page.evaluate(async ([where, message, name]) => {
      navigator.sendBeacon(`${where}/api/event`, message);
      await fetch(`${where}/api/event`, { method: 'POST', body: message, mode: 'no-cors', referrerPolicy: 'no-referrer' });
      await fetch(`${where}/api/visits`, { method: 'POST', body: JSON.stringify({ site: name, path: '/forged' }), mode: 'no-cors' });
      await fetch(`${where}/api/counters/likes/increment?site=${name}`, { method: 'POST', mode: 'no-cors' });
      await fetch(`${where}/api/counters/likes/increment?site=${name}`, { mode: 'no-cors' });
      const frame = document.body.appendChild(document.createElement('iframe'));
      frame.sandbox = 'allow-scripts';
      frame.srcdoc = `<script>fetch('${where}/api/event', { method: 'POST', mode: 'no-cors', body: '${message}' })</script>`;
    }, [at, body, site]);
    // A page cannot hide where it is from where the browser tells it by itself, on HTTPS and on this machine's own names.
    await page.evaluate(([port, name]) => new Promise((resolve) => {
      const image = new Image();
      image.referrerPolicy = 'no-referrer';
      image.onload = image.onerror = resolve;
      image.src = `http://localhost:${port}/pixel.gif?site=${name}&p=/forged`;
    }), [server.port, site]);
    await until(async () => (await count(server, 'foreign_origin')) >= 6, 'all that the page tried to arrive');
    await sleep(200);
    await close();
    assert.equal(await server.count(), 0);
    assert.equal(await server.count('likes'), 0);
    assert.equal((await server.rows()).length, 0);
    const { counts } = await dropped(server);
    assert.ok(counts.foreign_origin >= 4 && counts.foreign_referrer >= 1 && counts.cross_site >= 1, JSON.stringify(counts));
  });
});
