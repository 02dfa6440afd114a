// The tag and the file: where messages go, what the script leaves alone, what it may cost.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzippedBytes } from '../build.mjs';
import { openSite, script, tag, visitor } from './harness.mjs';

const gzipped_bytes_max = 2_048;

test(`the script is under ${gzipped_bytes_max} bytes gzipped`, (t) => {
  t.diagnostic(`${gzippedBytes(script)} bytes gzipped`);
  assert.ok(gzippedBytes(script) < gzipped_bytes_max, `${gzippedBytes(script)}`);
});

test('its types hold', () => {
  const folder = fileURLToPath(new URL('..', import.meta.url));
  const compiler = join(fileURLToPath(import.meta.resolve('typescript/package.json')), '../bin/tsc');
  execFileSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8', stdio: 'pipe' });
});

test('the site is the host name of the page unless the tag names one', async (t) => {
  const site = await openSite({ pages: { '/': { head: tag('') } } });
  const page = await visitor(t);
  await page.goto(site.origin);
  assert.equal((await site.arrived(1))[0].d, '127.0.0.1');
});

test('what the page was told goes along with every message: by its head, else by its tag, else nothing', async (t) => {
  const tagged = tag('data-token="-.a.tag"');
  const site = await openSite({ pages: {
    '/untold': '', '/tagged': { head: tagged }, '/told': { head: tagged, headers: { 'server-timing': 'db;dur=5, ff;desc="-.a.head"' } } } });
  const page = await visitor(t);
  for (const [path, token] of [['/untold', undefined], ['/tagged', '-.a.tag'], ['/told', '-.a.head']]) {
    const before = site.messages.length;
    await page.goto(site.origin + path);
    await page.evaluate(() => footfall('Signup'));
    const messages = (await site.arrived(before + 2)).slice(before);
    for (const message of messages.filter(({ n }) => n !== 'engagement')) {
      assert.equal(message.tk, token);
      assert.equal(typeof message.b, token ? 'string' : 'undefined');
    }
  }
});

test('a script from another origin, under a prefix, reports to where it came from, without a preflight', async (t) => {
  const stats = await openSite({ prefix: '/stats', counters: { '/': 12 } });
  const site = await openSite({ pages: { '/': {
    head: tag('data-site="example.com"', stats.origin + '/stats/js/footfall.js'), body: '<i data-footfall-count>–</i>' } } });
  const page = await visitor(t);
  await page.goto(site.origin);
  await page.waitForFunction(() => document.querySelector('i').textContent === '12');
  assert.deepEqual(stats.requests.map(({ method, path }) => `${method} ${path}`),
    ['POST /stats/api/event', 'GET /stats/api/counters/%2F']);
  assert.equal(stats.requests[0].headers.origin, site.origin);
  assert.deepEqual(site.requests, []);
});

test('data-api names another place, and counts are asked for beside it', async (t) => {
  const site = await openSite({ pages: { '/deep/page': { head: tag('data-site="example.com" data-api="/numbers/event"'), body: '<i data-footfall-count="TOTAL"></i>' } }, counters: { TOTAL: 4 } });
  const page = await visitor(t);
  await page.goto(site.origin + '/deep/page');
  await page.waitForFunction(() => document.querySelector('i').textContent === '4');
  assert.deepEqual(site.requests.map(({ path }) => path), ['/numbers/event', '/numbers/counters/TOTAL']);
});

test('a tag put in by another script works like one in the page', async (t) => {
  const site = await openSite({ pages: { '/': { head: `<script>
    const tag = document.createElement('script');
    tag.src = '/js/footfall.js';
    tag.dataset.site = 'other.example';
    document.head.append(tag);</script>` } } });
  const page = await visitor(t);
  await page.goto(site.origin);
  assert.equal((await site.arrived(1))[0].d, 'other.example');
});

test('the marker of the edge leaves the address bar and the report, and the rest stays as it was written', async (t) => {
  const site = await openSite({ pages: { '/': '' } });
  const page = await visitor(t);
  for (const [because, opened, shown, sent] of [
    ['alone', '/?ff=1', '/', '/'],
    ['before a fragment', '/?ff=1#a?ff=1', '/#a?ff=1', '/'],
    ['last', '/?q=a+b%20c&ff=1', '/?q=a+b%20c', '/?q=a+b%20c'],
    ['first', '/?ff=1&q=%C3%A9', '/?q=%C3%A9', '/?q=%C3%A9'],
    ['in the middle', '/?a&ff=1&b=&&c#top', '/?a&b=&&c#top', '/?a&b=&&c'],
    ['something else', '/?ff=10&off=1&ff', '/?ff=10&off=1&ff', '/?ff=10&off=1&ff'],
    ['an empty query', '/?', '/?', '/?'],
  ]) {
    const before = site.messages.length;
    await page.goto('about:blank');
    await page.goto(site.origin + opened);
    await site.arrived(before + 1);
    assert.equal(await page.evaluate(() => location.href.slice(location.origin.length)), shown, because);
    const views = site.messages.slice(before).filter(({ n }) => n === 'pageview');
    assert.deepEqual(views.map(({ u }) => u.slice(site.origin.length)), [sent], because);
  }
});

test('removing the marker keeps the state of the history entry and adds none', async (t) => {
  const site = await openSite({ pages: { '/': { head: `<script>history.replaceState({ kept: true }, '')</script>` + tag() } } });
  const page = await visitor(t);
  await page.goto(site.origin + '/?ff=1');
  assert.deepEqual(await page.evaluate(() => [history.state, location.search]), [{ kept: true }, '']);
  const length = await page.evaluate(() => history.length);
  await page.reload();
  assert.equal(await page.evaluate(() => history.length), length);
});

test('a referrer that still carries the marker is sent without it', async (t) => {
  const site = await openSite({ pages: { '/from': { head: '', body: '<a href="/to">to</a>' }, '/to': '' } });
  const page = await visitor(t);
  await page.goto(site.origin + '/from?ff=1&a=1');
  await page.click('a');
  assert.equal((await site.arrived(1))[0].r, site.origin + '/from?a=1');
});

test('an owner can leave their own visits out, and come back in', async (t) => {
  const site = await openSite({ pages: { '/': '<button data-footfall-event="Click">x</button>' } });
  const page = await visitor(t);
  await page.goto(site.origin);
  await site.arrived(1);
  await page.evaluate(() => (localStorage.footfall_ignore = 'true'));
  await page.reload();
  await page.click('button');
  await page.evaluate(() => history.pushState(null, '', '/soft'));
  assert.deepEqual((await site.arrived(1, 'pageview')).length, 1);
  assert.deepEqual(site.named('Click'), []);
  assert.ok(page.said.some((line) => line.includes('footfall_ignore')), page.said.join('\n'));

  await page.evaluate(() => delete localStorage.footfall_ignore);
  await page.goto(site.origin);
  await site.arrived(2, 'pageview');
});

test('nothing is kept in the browser', async (t) => {
  const site = await openSite({ pages: { '/': '<i data-footfall-count></i>' }, counters: { '/': 1 } });
  const page = await visitor(t);
  await page.goto(site.origin);
  await page.evaluate(() => footfall('Event'));
  await site.arrived(2);
  const kept = await page.evaluate(async () => [document.cookie, localStorage.length, sessionStorage.length,
    (await indexedDB.databases()).length, (await caches.keys()).length]);
  assert.deepEqual(kept, ['', 0, 0, 0, 0]);
  assert.deepEqual(await page.context().cookies(), []);
});

test('it works under a strict content security policy', async (t) => {
  const site = await openSite({ pages: { '/': {
    headers: { 'content-security-policy':
      `default-src 'none'; script-src 'self'; connect-src 'self'; img-src data:; require-trusted-types-for 'script'; trusted-types 'none'` },
    body: '<i data-footfall-count>–</i><button data-footfall-event="Click">x</button>' } }, counters: { '/': 9 } });
  const page = await visitor(t);
  await page.goto(site.origin);
  await page.waitForFunction(() => document.querySelector('i').textContent === '9');
  await page.click('button');
  assert.deepEqual((await site.arrived(2)).map(({ n }) => n), ['pageview', 'Click']);
  assert.deepEqual(page.said, []);
});

test('a page from a file is not counted, says so, and its calls do no harm', async (t) => {
  const site = await openSite();
  const folder = mkdtempSync(join(tmpdir(), 'footfall-tracker-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'page.html');
  writeFileSync(file, `<!doctype html>${tag('data-site="example.com"', site.origin + '/js/footfall.js')}<i data-footfall-count>many</i>`);
  const page = await visitor(t);
  await page.goto('file://' + file);
  await page.evaluate(() => footfall('Event'));
  await site.arrived(0);
  assert.deepEqual(site.requests, []);
  assert.equal(await page.textContent('i'), 'many');
  assert.deepEqual(page.said, ['footfall: a page without a host (a file?) is not counted']);
});

test('storage that is closed to the page does not keep it from being counted', async (t) => {
  const site = await openSite({ pages: { '/': { headers: { 'content-security-policy': 'sandbox allow-scripts' } } } });
  const page = await visitor(t);
  await page.goto(site.origin);
  assert.equal((await site.arrived(1))[0].n, 'pageview');
});
