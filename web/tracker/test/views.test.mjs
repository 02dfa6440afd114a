// What counts as a view of a page, of which kind, and that it is reported once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bornHidden, hide, openSite, show, tag, visitor } from './harness.mjs';

const kinds = (views) => views.map((view) => `${view.k} ${new URL(view.u).pathname}`);
const push = (page, path) => page.evaluate((path) => history.pushState(null, '', path), path);

test('a load is reported with all that is known of it, as text that needs no preflight', async (t) => {
  const site = await openSite({ pages: { '/': '' } });
  const page = await visitor(t);
  await page.goto(site.origin + '/?a=1#part', { referer: 'https://news.example/item?id=7' });

  assert.deepEqual(await site.arrived(1), [{
    n: 'pageview', k: 'load', v: 1, d: 'example.com', u: site.origin + '/?a=1', t: 'Page /',
    r: 'https://news.example/item?id=7',
  }]);
  assert.equal(site.requests[0].url, '/api/event');
  assert.match(site.requests[0].headers['content-type'], /^text\/plain\b/);
  assert.deepEqual(page.said, []);
});

test('a page opened without a referrer sends none', async (t) => {
  const site = await openSite({ pages: { '/': '' } });
  const page = await visitor(t);
  await page.goto(site.origin);
  assert.equal('r' in (await site.arrived(1))[0], false);
});

test('a reload is a load again', async (t) => {
  const site = await openSite({ pages: { '/': '' } });
  const page = await visitor(t);
  await page.goto(site.origin);
  await page.reload();
  assert.deepEqual(kinds(await site.arrived(2, 'pageview')), ['load /', 'load /']);
});

test('a page from the cache of the browser is told from a load, and one that was only revalidated is a load', async (t) => {
  const site = await openSite({ pages: {
    '/': '<a id="fresh" href="/fresh"></a><a id="checked" href="/checked"></a>',
    '/fresh': { headers: { 'cache-control': 'max-age=600' } },
    '/checked': { headers: { 'cache-control': 'no-cache', etag: '"1"' } },
  } });
  const page = await visitor(t);
  for (const link of ['#fresh', '#fresh', '#checked', '#checked']) {
    await page.goto(site.origin);
    await page.evaluate((link) => document.querySelector(link).click(), link);
    await page.waitForURL(/fresh|checked/);
  }
  const seen = kinds(await site.arrived(8, 'pageview')).filter((view) => view !== 'load /');
  assert.deepEqual(seen, ['load /fresh', 'cached /fresh', 'load /checked', 'load /checked']);
  assert.equal(site.pagesAsked.filter(({ path }) => path === '/fresh').length, 1);
});

test('a page restored from the back/forward cache is one view of its own kind', async (t) => {
  const site = await openSite({ pages: { '/one': '', '/two': '' } });
  const page = await visitor(t);
  await page.goto(site.origin + '/one');
  await page.evaluate(() => (window.alive = true));
  await page.goto(site.origin + '/two');
  await page.goBack({ waitUntil: 'commit' });

  const views = await site.arrived(3, 'pageview');
  assert.deepEqual(kinds(views), ['load /one', 'load /two', 'restored /one']);
  assert.equal(await page.evaluate(() => window.alive), true, 'it was the same document');
  assert.equal(site.pagesAsked.length, 2);
});

for (const api of ['the Navigation API', 'a wrapped history, without the Navigation API']) {
  test(`single-page navigation is seen by ${api}`, async (t) => {
    const site = await openSite({ pages: { '/': '' } });
    const page = await visitor(t);
    if (api !== 'the Navigation API')
      await page.addInitScript(() => Object.defineProperty(window, 'navigation', { value: undefined }));
    await page.goto(site.origin, { referer: 'https://news.example/' });
    await site.arrived(1);

    await push(page, '/pushed');
    await site.arrived(2, 'pageview');
    await page.evaluate(() => history.replaceState(null, '', '/replaced'));
    await site.arrived(3, 'pageview');
    await page.evaluate(() => history.back());
    const views = await site.arrived(4, 'pageview');
    assert.deepEqual(kinds(views), ['load /', 'soft /pushed', 'soft /replaced', 'soft /']);
    // As it would be between two documents: the page before.
    assert.deepEqual(views.map(({ r }) => r),
      ['https://news.example/', site.origin + '/', site.origin + '/pushed', site.origin + '/replaced']);
    assert.equal(site.pagesAsked.length, 1);
  });

  test(`what leaves the path as it is, is no view, with ${api}`, async (t) => {
    const site = await openSite({ pages: { '/': '<a id="part" href="#part"></a>' } });
    const page = await visitor(t);
    if (api !== 'the Navigation API')
      await page.addInitScript(() => Object.defineProperty(window, 'navigation', { value: undefined }));
    await page.goto(site.origin);
    await push(page, '/?page=2');
    await page.evaluate(() => history.replaceState({ some: 'state' }, '', '/?page=3'));
    await page.evaluate(() => document.querySelector('#part').click());
    await page.evaluate(() => (location.hash = 'other'));
    await page.evaluate(() => history.back());
    assert.deepEqual(kinds(await site.arrived(1)), ['load /']);
  });
}

test('a single-page view has the title that the router sets a moment later', async (t) => {
  const site = await openSite({ pages: { '/': '' } });
  const page = await visitor(t);
  await page.goto(site.origin);
  await page.evaluate(() => {
    history.pushState(null, '', '/next');
    setTimeout(() => (document.title = 'Next'), 30);
  });
  assert.deepEqual((await site.arrived(2, 'pageview')).map(({ t }) => t), ['Page /', 'Next']);
});

test('a single-page view is not lost when the next one, an event or the end of the page comes before its title', async (t) => {
  const site = await openSite({ pages: { '/': '', '/end': { head: '' } } });
  const page = await visitor(t);
  await page.goto(site.origin);
  await site.arrived(1);
  await page.evaluate(() => {
    history.pushState(null, '', '/one');
    history.pushState(null, '', '/two');
    footfall('Done');
    history.pushState(null, '', '/three');
    location.href = '/end';
  });
  assert.deepEqual(kinds(await site.arrived(4, 'pageview')).sort(), ['load /', 'soft /one', 'soft /three', 'soft /two']);
});

test('with data-hash the fragment is part of the path', async (t) => {
  const site = await openSite({ pages: { '/': { head: tag('data-site="example.com" data-hash'), body: '<a id="b" href="#/b">b</a>' } } });
  const page = await visitor(t);
  await page.goto(site.origin + '/#/a');
  await page.click('#b');
  await site.arrived(2, 'pageview');
  await page.evaluate(() => history.pushState(null, '', '#/c'));
  const views = await site.arrived(3, 'pageview');
  assert.deepEqual(views.map(({ k, u, h }) => [k, u, h]), [
    ['load', site.origin + '/#/a', 1], ['soft', site.origin + '/#/b', 1], ['soft', site.origin + '/#/c', 1]]);
});

test('a page opened in a hidden tab is counted once, when it is first shown, as what it is by then', async (t) => {
  const site = await openSite({ pages: { '/': '' } });
  const page = await visitor(t);
  await bornHidden(page);
  await page.goto(site.origin);
  await push(page, '/moved');
  assert.deepEqual(await site.arrived(0), []);

  await show(page);
  await hide(page);
  await show(page);
  assert.deepEqual(kinds(await site.arrived(1, 'pageview')), ['load /moved']);
});

test('a page that moves on while hidden, once it was shown, is counted at once', async (t) => {
  const site = await openSite({ pages: { '/pay': '' } });
  const page = await visitor(t);
  await page.goto(site.origin + '/pay');
  await hide(page);
  await push(page, '/thanks');
  assert.deepEqual(kinds(await site.arrived(2, 'pageview')), ['load /pay', 'soft /thanks']);
});

test('a page that carries the tag twice is counted once', async (t) => {
  const site = await openSite({ pages: { '/': { head: tag() + tag() } } });
  const page = await visitor(t);
  await page.goto(site.origin);
  await page.evaluate(() => footfall('Once'));
  assert.deepEqual((await site.arrived(2)).map(({ n }) => n), ['pageview', 'Once']);
});

test('an address longer than the server takes is cut, not lost', async (t) => {
  const site = await openSite({ pages: { '/': '' } });
  const page = await visitor(t);
  await page.goto(`${site.origin}/?q=${'x'.repeat(3_000)}`);
  assert.equal((await site.arrived(1))[0].u.length, 2_000);
});
