// How long and how far a view was read: that the sums are right and nothing is told twice.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hide, openSite, show, stopClock, until, visitor } from './harness.mjs';

const tall = '<div style="height: 4000px"></div>';
const sum = (messages) => messages.reduce((all, { e }) => all + e, 0);
// The whole page: a viewport is 720 high, so 18 % of `tall` shows at first.
const scrollTo = (page, y) =>
  page.evaluate((y) => new Promise((done) => {
    addEventListener('scroll', () => requestAnimationFrame(done), { once: true });
    scrollTo(0, y);
  }), y);

test('what was read is told when the tab is hidden', async (t) => {
  const site = await openSite({ pages: { '/': tall } });
  const page = await visitor(t);
  await stopClock(page);
  await page.goto(site.origin + '/?a=1');
  await page.clock.runFor(4_200);
  await hide(page);
  assert.deepEqual(await site.arrived(1, 'engagement'),
    [{ n: 'engagement', v: 1, d: 'example.com', u: site.origin + '/?a=1', e: 4_200, sd: 18 }]);
});

test('time goes on after a return, and each message tells only what is new', async (t) => {
  const site = await openSite({ pages: { '/': tall } });
  const page = await visitor(t);
  await stopClock(page);
  await page.goto(site.origin);
  for (const read_ms of [4_000, 5_000, 3_000]) {
    await page.clock.runFor(read_ms);
    await hide(page);
    await page.clock.runFor(60_000); // not read
    await show(page);
  }
  const messages = await site.arrived(3, 'engagement');
  assert.deepEqual(messages.map(({ e }) => e), [4_000, 5_000, 3_000]);
});

test('under three seconds and no deeper scroll waits for the next message and is not lost', async (t) => {
  const site = await openSite({ pages: { '/': tall } });
  const page = await visitor(t);
  await stopClock(page);
  await page.goto(site.origin);
  for (let i = 0; i < 4; i++) {
    await page.clock.runFor(1_000);
    await hide(page);
    await show(page);
  }
  // The first tells the first depth; then 1 s, 2 s: silence; 3 s: told.
  assert.deepEqual((await site.arrived(2, 'engagement')).map(({ e }) => e), [1_000, 3_000]);
});

test('a deeper scroll is told although little time has passed, and a scroll back is not', async (t) => {
  const site = await openSite({ pages: { '/': tall } });
  const page = await visitor(t);
  await page.goto(site.origin);
  await hide(page);
  await show(page);
  await site.arrived(1, 'engagement');

  await scrollTo(page, 2_000);
  await scrollTo(page, 0);
  await hide(page);
  await show(page);
  await site.arrived(2, 'engagement');

  await scrollTo(page, 1_000);
  await hide(page);
  await show(page);
  await scrollTo(page, 10_000);
  await hide(page);
  const messages = await site.arrived(3, 'engagement');
  const [first, deeper, deepest] = messages.map(({ sd }) => sd);
  assert.equal(first, 18);
  assert.ok(deeper >= 66 && deeper <= 70, `${deeper}`);
  assert.equal(deepest, 100);
});

test('a page that grew while it was read is measured as long as it is when left', async (t) => {
  const site = await openSite({ pages: { '/': '<div id="all" style="height: 1440px"></div>' } });
  const page = await visitor(t);
  await page.goto(site.origin);
  await scrollTo(page, 5_000); // all of it
  await page.evaluate(() => (document.querySelector('#all').style.height = '14400px'));
  await hide(page);
  assert.equal((await site.arrived(1, 'engagement'))[0].sd, 10);
});

test('only time in the focused window counts', async (t) => {
  const site = await openSite({ pages: { '/': tall, '/other': '' } });
  const page = await visitor(t);
  const other = await page.context().newPage();
  await stopClock(page);
  await page.goto(site.origin);
  // Let the focus be what it is; the driver pretends that every tab has it.
  const driver = await page.context().newCDPSession(page);
  await driver.send('Emulation.setFocusEmulationEnabled', { enabled: false });
  const focus = (wanted) => page.evaluate((wanted) => document.hasFocus() === wanted ||
    new Promise((done) => addEventListener(wanted ? 'focus' : 'blur', done, { once: true })).then(() => true), wanted);

  await page.bringToFront();
  await focus(true);
  await page.clock.runFor(3_000);
  await other.bringToFront();
  await focus(false);
  assert.deepEqual(await page.evaluate(() => [document.visibilityState, document.hasFocus()]), ['visible', false]);
  await page.clock.runFor(60_000); // seen, not focused
  await page.bringToFront();
  await focus(true);
  await page.clock.runFor(1_500);
  assert.deepEqual(await site.arrived(0, 'engagement'), [], 'losing the focus is not leaving');
  await hide(page);
  assert.deepEqual((await site.arrived(1, 'engagement')).map(({ e }) => e), [4_500]);
});

test('a single-page navigation tells of the view that ends, and the next begins from nothing', async (t) => {
  const site = await openSite({ pages: { '/one': tall } });
  const page = await visitor(t);
  await stopClock(page);
  await page.goto(site.origin + '/one');
  await page.clock.runFor(5_000);
  await page.evaluate(() => history.pushState(null, '', '/two'));
  await page.clock.runFor(7_000);
  await hide(page);
  const messages = await site.arrived(2, 'engagement');
  assert.deepEqual(messages.map(({ u, e }) => [new URL(u).pathname, e]), [['/one', 5_000], ['/two', 7_000]]);
});

for (const way of ['keepalive', 'beacon']) {
  test(`a closed tab still tells (${way}), and the messages of a view add up`, async (t) => {
    const site = await openSite({ pages: { '/': tall } });
    const page = await visitor(t);
    if (way === 'beacon') await page.addInitScript(() => delete Request.prototype.keepalive);
    await stopClock(page);
    await page.goto(site.origin);
    await page.clock.runFor(3_500);
    await hide(page);
    await show(page);
    await page.clock.runFor(10_250);
    await page.close({ runBeforeUnload: true });

    const messages = await site.arrived(2, 'engagement');
    assert.equal(sum(messages), 13_750);
    const modes = site.requests.map(({ headers }) => headers['sec-fetch-mode']);
    assert.deepEqual(modes, way === 'beacon' ? ['cors', 'no-cors', 'no-cors'] : ['cors', 'cors', 'cors']);
    for (const { headers } of site.requests) assert.match(headers['content-type'], /^text\/plain\b/);
  });
}

test('leaving for another document tells once', async (t) => {
  const site = await openSite({ pages: { '/one': tall, '/two': '' } });
  const page = await visitor(t);
  await stopClock(page);
  await page.goto(site.origin + '/one');
  await page.clock.runFor(6_000);
  await page.goto(site.origin + '/two');
  const messages = (await site.arrived(1, 'engagement')).filter(({ u }) => u.endsWith('/one'));
  assert.deepEqual(messages.map(({ e }) => e), [6_000]);
});

test('the time a page lay in the back/forward cache is nobody\'s', async (t) => {
  const site = await openSite({ pages: { '/one': tall, '/two': '' } });
  const page = await visitor(t);
  await page.goto(site.origin + '/one');
  await site.arrived(1, 'pageview');
  await page.goto(site.origin + '/two');
  await site.arrived(2, 'pageview');
  await new Promise((done) => setTimeout(done, 3_200));
  const before = Date.now();
  await page.goBack({ waitUntil: 'commit' });
  await site.arrived(3, 'pageview');
  await page.goto('about:blank');
  await until(() => site.named('engagement').filter(({ u }) => u.endsWith('/one')).length === 2, () => 'both views of /one');
  const [first, restored] = site.named('engagement').filter(({ u }) => u.endsWith('/one'));
  assert.ok(first.e < 3_000, `${first.e}`);
  assert.ok(restored.e <= Date.now() - before && restored.e < 3_000, `${restored.e}`);
});

test('the clock stands from the end of the page on, also where a browser does not call it hidden then', async (t) => {
  const site = await openSite({ pages: { '/': tall } });
  const page = await visitor(t);
  await stopClock(page);
  await page.goto(site.origin);
  await page.clock.runFor(4_000);
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })));
  await page.clock.runFor(60_000); // in the back/forward cache
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
  await page.clock.runFor(5_000);
  await hide(page);
  assert.deepEqual((await site.arrived(2, 'engagement')).map(({ e }) => e), [4_000, 5_000]);
});

test('every message is sent so that it outlives the page', async (t) => {
  const site = await openSite({ pages: { '/': tall } });
  const page = await visitor(t);
  await page.addInitScript(() => {
    window.outliving = [];
    const original = window.fetch;
    window.fetch = (address, options) => (outliving.push(new Request(address, options).keepalive), original(address, options));
  });
  await page.goto(site.origin);
  await page.evaluate(() => footfall('Event'));
  await hide(page);
  await site.arrived(3);
  assert.deepEqual(await page.evaluate(() => window.outliving), [true, true, true]);
});

test('a view that was not counted has no engagement', async (t) => {
  const site = await openSite({ pages: { '/': tall } });
  const page = await visitor(t);
  await page.addInitScript(() => (localStorage.footfall_ignore = 'true'));
  await page.goto(site.origin);
  await hide(page);
  await page.close({ runBeforeUnload: true });
  assert.deepEqual(await site.arrived(0), []);
});
