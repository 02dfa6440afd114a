// Elements that show a count.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSite, sleep, tag, until, visitor } from './harness.mjs';

const text = (page, selector) => page.textContent(selector);
const shows = (page, selector, wanted) =>
  page.waitForFunction(([selector, wanted]) => document.querySelector(selector).textContent === wanted, [selector, wanted]);

test('a page shows its own count and named ones, asked for after its view was answered, each once', async (t) => {
  const site = await openSite({
    answer_ms: 150,
    pages: { '/caf%C3%A9': `<span id="page" data-footfall-count>–</span> <span id="total" data-footfall-count="TOTAL">–</span>
      <span id="again" data-footfall-count="TOTAL">–</span> <span id="named" data-footfall-count="a/b c?&">–</span>` },
    counters: { '/caf%C3%A9': 1_234, TOTAL: 56_789, 'a/b c?&': 7 },
  });
  const page = await visitor(t, { locale: 'en-GB' });
  await page.goto(site.origin + '/café?q=1');
  await shows(page, '#named', '7');
  assert.equal(await text(page, '#page'), '1,234');
  assert.equal(await text(page, '#total'), '56,789');
  assert.equal(await text(page, '#again'), '56,789');

  assert.deepEqual(site.counterRequests().map(({ url }) => url).sort(), [
    '/api/counters/%2Fcaf%25C3%25A9?site=example.com',
    '/api/counters/TOTAL?site=example.com',
    '/api/counters/a%2Fb%20c%3F%26?site=example.com',
  ]);
  assert.equal(site.requests[0].method, 'POST');
  assert.equal(site.requests[0].answered, true);
});

test('an element may show visitors in place of views, the two asked for once each', async (t) => {
  const site = await openSite({
    pages: { '/': `<i id="views" data-footfall-count>–</i> <i id="people" data-footfall-count data-footfall-unique>–</i>
      <i id="all" data-footfall-count="TOTAL" data-footfall-unique>–</i> <i id="same" data-footfall-count="TOTAL" data-footfall-unique>–</i>` },
    counters: {
      '/': (reply, { url }) => reply(200, 'application/json', url.endsWith('&unique=1') ? '{"value":9,"visitors":4}' : '{"value":9}'),
      TOTAL: (reply) => reply(200, 'application/json', '{"value":5000,"visitors":1234}'),
    },
  });
  const page = await visitor(t, { locale: 'en-GB' });
  await page.goto(site.origin);
  for (const [id, wanted] of [['views', '9'], ['people', '4'], ['all', '1,234'], ['same', '1,234']]) await shows(page, `#${id}`, wanted);
  assert.deepEqual(site.counterRequests().map(({ url }) => url).sort(), [
    '/api/counters/%2F?site=example.com', '/api/counters/%2F?site=example.com&unique=1', '/api/counters/TOTAL?site=example.com&unique=1']);
});

test('the number is asked for only when the view has been answered', async (t) => {
  const site = await openSite({ answer_ms: 400, pages: { '/': '<i data-footfall-count></i>' }, counters: {
    '/': (reply) => reply(200, 'application/json', JSON.stringify({ value: site.requests[0].answered ? 1 : 0 })) } });
  const page = await visitor(t);
  await page.goto(site.origin);
  await shows(page, 'i', '1');
});

test('numbers are written as the visitor writes them', async (t) => {
  const site = await openSite({ pages: { '/': '<i data-footfall-count>–</i>' }, counters: { '/': 1_234_567 } });
  const page = await visitor(t, { locale: 'de-DE' });
  await page.goto(site.origin);
  await shows(page, 'i', '1.234.567');
});

test('a number that cannot be had leaves the text that was there', async (t) => {
  const site = await openSite({
    pages: { '/': ['unknown', 'broken', 'failing', 'empty', 'good'].map((key) => `<i id="${key}" data-footfall-count="${key}">many</i>`).join(' ') },
    counters: {
      broken: (reply) => reply(200, 'text/html', '<p>not json'),
      failing: (reply) => reply(503, 'application/problem+json', '{"code":"unavailable"}'),
      empty: (reply) => reply(200, 'application/json', '{}'),
      good: 3,
    },
  });
  const page = await visitor(t);
  await page.goto(site.origin);
  await shows(page, '#good', '3');
  await until(() => site.counterRequests().length === 5, () => 'all counters');
  await sleep(200);
  for (const key of ['unknown', 'broken', 'failing', 'empty']) assert.equal(await text(page, '#' + key), 'many', key);
  assert.equal(page.said.some((line) => line.startsWith('error')), false, page.said.join('\n'));
});

test('a server that is gone leaves the page as it is', async (t) => {
  const site = await openSite({ pages: { '/': { head: tag('data-site="example.com" data-api="http://127.0.0.1:9/api/event"'), body: '<i data-footfall-count>many</i>' } } });
  const page = await visitor(t);
  await page.goto(site.origin);
  await sleep(500);
  assert.equal(await text(page, 'i'), 'many');
  assert.equal(page.said.some((line) => line.startsWith('error')), false, page.said.join('\n'));
});

test('each single-page view fills what is there by then', async (t) => {
  const site = await openSite({ pages: { '/': '<i id="head" data-footfall-count>–</i>' }, counters: { '/': 10, '/next': 20 } });
  const page = await visitor(t);
  await page.goto(site.origin);
  await shows(page, '#head', '10');
  await page.evaluate(() => {
    history.pushState(null, '', '/next');
    document.body.insertAdjacentHTML('beforeend', '<i id="new" data-footfall-count>–</i>');
  });
  await shows(page, '#new', '20');
  assert.equal(await text(page, '#head'), '20');
});

test('an answer for the page before does not overwrite the number of this one', async (t) => {
  const site = await openSite({ pages: { '/': '<i data-footfall-count>–</i>' }, counters: {
    '/': async (reply) => {
      await sleep(700);
      reply(200, 'application/json', '{"value":10}');
    },
    '/next': 20,
  } });
  const page = await visitor(t);
  await page.goto(site.origin);
  await until(() => site.counterRequests().length === 1, () => 'the slow count');
  await page.evaluate(() => history.pushState(null, '', '/next'));
  await shows(page, 'i', '20');
  await sleep(900);
  assert.equal(await text(page, 'i'), '20');
});

test('a page restored from the back/forward cache shows the new number', async (t) => {
  let count = 0;
  const site = await openSite({ pages: { '/': '<i data-footfall-count>–</i>', '/away': '' }, counters: {
    '/': (reply) => reply(200, 'application/json', `{"value":${++count}}`) } });
  const page = await visitor(t);
  await page.goto(site.origin);
  await shows(page, 'i', '1');
  await page.goto(site.origin + '/away');
  await page.goBack({ waitUntil: 'commit' });
  await shows(page, 'i', '2');
});

test('an owner who is not counted sees the numbers', async (t) => {
  const site = await openSite({ pages: { '/': '<i data-footfall-count>–</i>' }, counters: { '/': 5 } });
  const page = await visitor(t);
  await page.addInitScript(() => (localStorage.footfall_ignore = 'true'));
  await page.goto(site.origin);
  await shows(page, 'i', '5');
  assert.deepEqual(site.messages, []);
});

test('with data-hash the page is counted under its fragment', async (t) => {
  const site = await openSite({ pages: { '/app': { head: tag('data-site="example.com" data-hash'), body: '<i data-footfall-count>–</i>' } }, counters: { '/app#/inbox': 8 } });
  const page = await visitor(t);
  await page.goto(site.origin + '/app#/inbox');
  await shows(page, 'i', '8');
});
