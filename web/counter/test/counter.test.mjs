// The element <footfall-counter>: what it shows, how it follows, and that everyone can read it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzippedBytes } from '../build.mjs';
import { hide, openSite, script, seen, show, shows, sleep, spoken, until, visitor } from './harness.mjs';

const strict = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
  + "require-trusted-types-for 'script'";

test('it is small', () => {
  assert.ok(gzippedBytes(script) < 3_000, `${gzippedBytes(script)} bytes`);
});

test('it shows its number, in the visitor\'s way, and follows it', async (t) => {
  const site = await openSite({ body: '<footfall-counter key="/a b" label="visits">many</footfall-counter>', counters: { '/a b': 1_234 } });
  const page = await visitor(t);
  await page.goto(site.origin);
  await shows(page, '1,234');
  assert.equal(await spoken(page), 'visits: 1,234');
  assert.deepEqual(site.asked.slice(0, 2), ['/api/counters/%2Fa%20b?site=example.com', '/api/counters/%2Fa%20b/live?site=example.com']);
  site.set('/a b', 1_235);
  await shows(page, '1,235');
  site.set('/a b', 10_000);
  await shows(page, '10,000');
  assert.deepEqual(page.said, []);
});

test('without a key it is about the page it stands on', async (t) => {
  const site = await openSite({ body: '<footfall-counter>–</footfall-counter>', counters: { '/caf%C3%A9': 7 } });
  const page = await visitor(t);
  await page.goto(site.origin + '/café?q=1');
  await shows(page, '7');
});

test('a script from another origin, under a prefix, asks where it came from', async (t) => {
  const stats = await openSite({ counters: { likes: 5 } });
  const site = await openSite({ body: '<footfall-counter key="likes" site="other.example">–</footfall-counter>',
    tag: `<script defer src="${stats.origin}/stats/js/counter.js" data-site="example.com"></script>` });
  const page = await visitor(t);
  await page.goto(site.origin);
  await shows(page, '5');
  assert.equal(stats.asked[0], '/stats/api/counters/likes?site=other.example');
  assert.deepEqual(site.asked, []);
});

test('it works under a strict policy', async (t) => {
  const site = await openSite({ body: '<footfall-counter key="likes" label="likes">–</footfall-counter>', counters: { likes: 41 }, policy: strict });
  const page = await visitor(t);
  await page.goto(site.origin);
  await shows(page, '41');
  assert.deepEqual(page.said, []);
});

test('without JavaScript its own text stands there', async (t) => {
  const site = await openSite({ body: '<footfall-counter key="likes">many</footfall-counter>', counters: { likes: 41 } });
  const page = await visitor(t, { javaScriptEnabled: false });
  await page.goto(site.origin);
  assert.equal(await page.locator('footfall-counter').innerText(), 'many');
  assert.deepEqual(site.asked, []);
});

test('a number that cannot be had leaves its text, and comes when it can be', async (t) => {
  const site = await openSite({ body: '<footfall-counter key="likes">many</footfall-counter>', counters: { likes: 41 } });
  site.failing = true;
  const page = await visitor(t);
  await page.goto(site.origin);
  await until(() => site.asked.length > 0, 'a request');
  await sleep(200);
  assert.equal(await page.locator('footfall-counter').evaluate((e) => getComputedStyle(e).display), 'inline-flex');
  assert.equal(await page.getByText('many').isVisible(), true);
  assert.equal(await spoken(page), '');
  site.failing = false;
  await shows(page, '41');
  assert.equal(page.said.some((line) => line.startsWith('error')), false, page.said.join('\n'));
});

test('it asks less and less often while nobody answers', async (t) => {
  const site = await openSite({ body: '<footfall-counter key="likes">many</footfall-counter>' });
  site.failing = true;
  const page = await visitor(t);
  await page.clock.install({ time: 0 });
  await page.goto(site.origin);
  await until(() => site.asked.length === 1, 'the first request');
  for (let minute = 0; minute < 10; ++minute) {
    await page.clock.runFor(60_000);
    await sleep(50);
  }
  assert.ok(site.asked.length >= 5 && site.asked.length <= 20, `${site.asked.length} requests in ten minutes`);
});

test('an element that holds nothing hides itself until its number is there', async (t) => {
  const site = await openSite({ body: '<footfall-counter key="likes" label="likes"></footfall-counter>', counters: { likes: 1 } });
  site.failing = true;
  const page = await visitor(t);
  await page.goto(site.origin);
  await until(() => page.$eval('footfall-counter', (e) => e.hidden), 'it to hide');
  site.failing = false;
  await until(() => page.$eval('footfall-counter', (e) => !e.hidden), 'it to come back');
  await shows(page, '1');
});

test('a counter that nobody has counted is 0, until somebody does', async (t) => {
  const site = await openSite({ body: '<footfall-counter key="new">–</footfall-counter>' });
  const page = await visitor(t);
  await page.goto(site.origin);
  await shows(page, '0');
  await until(() => site.streams.size === 1, 'the stream');
  site.set('new', 1);
  await shows(page, '1');
});

test('elements of one counter share what is asked, and few streams are open at a time', async (t) => {
  const keys = ['a', 'b', 'c', 'd'];
  const site = await openSite({ counters: { a: 1, b: 2, c: 3, d: 4 },
    body: [...keys, ...keys].map((key, i) => `<footfall-counter id="e${i}" key="${key}">–</footfall-counter>`).join(' ') });
  const page = await visitor(t);
  await page.goto(site.origin);
  for (let i = 0; i < 8; ++i) await shows(page, String(i % 4 + 1), `#e${i}`);
  assert.equal(site.asked.filter((url) => !url.includes('/live')).length, 4);
  await until(() => site.streams.size === 2, 'two streams');
  await sleep(200);
  assert.equal(site.streams.size, 2);
});

test('nothing is open while nobody looks', async (t) => {
  const site = await openSite({ body: '<footfall-counter key="likes">–</footfall-counter>', counters: { likes: 1 } });
  const page = await visitor(t);
  await page.goto(site.origin);
  await until(() => site.streams.size === 1, 'the stream');
  await hide(page);
  await until(() => site.streams.size === 0, 'the stream to close');
  const asked = site.asked.length;
  site.set('likes', 9);
  await sleep(500);
  assert.equal(site.asked.length, asked);
  await show(page);
  await shows(page, '9');
  await until(() => site.streams.size === 1, 'the stream again');
});

test('an element that is taken off the page asks no more, and one that is put back does', async (t) => {
  const site = await openSite({ body: '<footfall-counter key="likes">–</footfall-counter>', counters: { likes: 1 } });
  const page = await visitor(t);
  await page.goto(site.origin);
  await until(() => site.streams.size === 1, 'the stream');
  await page.evaluate(() => (window.taken = document.querySelector('footfall-counter')).remove());
  await until(() => site.streams.size === 0, 'the stream to close');
  site.set('likes', 2);
  await page.evaluate(() => document.querySelector('main').append(window.taken));
  await shows(page, '2');
});

test('a lost connection is taken up again', async (t) => {
  const site = await openSite({ body: '<footfall-counter key="likes">–</footfall-counter>', counters: { likes: 1 } });
  const page = await visitor(t);
  await page.goto(site.origin);
  await until(() => site.streams.size === 1, 'the stream');
  site.counters.likes = 5;
  for (const stream of site.streams) stream.response.destroy();
  await shows(page, '5');
  assert.equal(site.streamsEver, 2);
});

test('its attributes may change', async (t) => {
  const site = await openSite({ body: '<footfall-counter key="a">–</footfall-counter>', counters: { a: 1, b: 22 } });
  const page = await visitor(t);
  await page.goto(site.origin);
  await shows(page, '1');
  const set = (name, value) => page.$eval('footfall-counter', (e, [name, value]) => e.setAttribute(name, value), [name, value]);
  await set('digits', '5');
  await shows(page, '00001');
  await set('key', 'b');
  await shows(page, '00022');
  await set('label', '<b>x</b>');
  assert.equal(await page.$eval('footfall-counter', (e) => e.shadowRoot.querySelector('.label').textContent), '<b>x</b>');
});

test('it shows unique visitors, and hides where the server does not count them', async (t) => {
  const site = await openSite({ counters: { a: 9 }, visitors: { a: 4 },
    body: '<footfall-counter id="known" key="a" unique></footfall-counter> <footfall-counter id="unknown" key="b" unique></footfall-counter>' });
  site.counters.b = 3;
  const page = await visitor(t);
  await page.goto(site.origin);
  await shows(page, '4', '#known');
  assert.ok(site.asked.includes('/api/counters/a?site=example.com&unique=1'));
  assert.equal(await page.$eval('#known', (e) => e.hidden), false);
  assert.equal(await page.$eval('#unknown', (e) => e.hidden), true);
  assert.equal(site.streamsEver, 0);
});

test('the page is told of each number', async (t) => {
  const site = await openSite({ body: '<footfall-counter key="a">–</footfall-counter>', counters: { a: 3 } });
  const page = await visitor(t);
  await page.addInitScript(() => {
    window.told = [];
    addEventListener('footfall-count', (event) => window.told.push(event.detail.value));
  });
  await page.goto(site.origin);
  await until(() => page.evaluate(() => window.told.length > 0), 'the news');
  assert.equal(await page.evaluate(() => window.told[0]), 3);
  assert.equal(await page.$eval('footfall-counter', (e) => e.value), 3);
});

test('a digit rolls calmly, and not for whoever asked for less motion', async (t) => {
  const site = await openSite({ body: '<footfall-counter key="a">–</footfall-counter>', counters: { a: 3 } });
  for (const [reducedMotion, moves] of [['no-preference', true], ['reduce', false]]) {
    const page = await visitor(t, { reducedMotion });
    await page.goto(site.origin);
    await until(async () => (await seen(page)) !== '', 'a number');
    await sleep(200);
    site.set('a', site.counters.a + 1);
    await shows(page, String(site.counters.a));
    const running = await page.$eval('footfall-counter', (e) =>
      e.shadowRoot.querySelector('.digit > span').getAnimations().length);
    assert.equal(running > 0, moves, reducedMotion);
    await page.close();
  }
});

test('a screen reader hears the number at once, and changes now and then', async (t) => {
  const site = await openSite({ body: '<footfall-counter key="a" label="likes">–</footfall-counter>', counters: { a: 1 } });
  const page = await visitor(t);
  await page.clock.install();
  await page.goto(site.origin);
  await shows(page, '1');
  await until(() => site.streams.size === 1, 'the stream');
  assert.equal(await spoken(page), 'likes: 1');
  for (let value = 2; value <= 20; ++value) site.set('a', value);
  await shows(page, '20');
  await page.clock.runFor(10_000);
  assert.equal(await spoken(page), 'likes: 1');
  await page.clock.runFor(25_000);
  assert.equal(await spoken(page), 'likes: 20');
});

test('nothing moves on the page when the number comes', async (t) => {
  const site = await openSite({ counters: { a: 123_456 },
    body: '<p>Seen <footfall-counter key="a" digits="6">000000</footfall-counter> times, <span id="next">by people</span></p><p id="below">Below</p>' });
  const page = await visitor(t);
  await page.addInitScript(() => {
    window.shifts = [];
    new PerformanceObserver((list) => list.getEntries().forEach(({ value, sources }) => window.shifts.push([value,
      ...sources.map(({ node, previousRect, currentRect }) => [node?.outerHTML ?? node?.nodeValue, previousRect.toJSON(), currentRect.toJSON()])]))).observe({ type: 'layout-shift', buffered: true });
  });
  await page.goto(site.origin);
  await shows(page, '123456');
  const place = () => page.evaluate(() => ['#next', '#below'].map((s) => document.querySelector(s).getBoundingClientRect().toJSON()));
  const before = await place();
  site.set('a', 123_457);
  await shows(page, '123457');
  await sleep(1_000);
  assert.deepEqual(await place(), before);
  assert.deepEqual(await page.evaluate(() => window.shifts), []);
});

for (const colorScheme of ['light', 'dark'])
  test(`axe finds no fault, ${colorScheme}`, async (t) => {
    const site = await openSite({ counters: { a: 1_234, b: 7 }, head: '<style>:root{color-scheme:light dark}</style>',
      body: '<p><footfall-counter key="a" label="visits">–</footfall-counter></p><p><footfall-counter key="b" digits="6">–</footfall-counter></p>' });
    const page = await visitor(t, { colorScheme });
    await page.goto(site.origin);
    await shows(page, '1,234');
    await page.evaluate(readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8'));
    const { violations, passes } = await page.evaluate(() => window.axe.run());
    assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), []);
    assert.ok(passes.length > 5);
    const tree = await page.locator('main').ariaSnapshot();
    assert.match(tree, /status: .*visits: 1,234/);
  });
