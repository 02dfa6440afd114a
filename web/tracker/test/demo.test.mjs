// The demo in examples/site: it shows its numbers, keeps to a strict policy, and can be used by everyone.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { extname } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openSite, visitor } from './harness.mjs';

const folder = new URL('../../../examples/site/', import.meta.url);
const types = { '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml' };
const headers = { 'content-security-policy':
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'" };

const openDemo = async () => {
  const pages = {};
  for (const name of readdirSync(folder)) {
    const type = types[extname(name)];
    assert.ok(type, `${name}: a kind of file this test does not know`);
    pages[`/${name}`] = { file: readFileSync(new URL(name, folder)), type, headers };
  }
  pages['/'] = pages['/index.html'];
  return openSite({ pages, counters: { '/': 1_284, '/projects.html': 311, TOTAL: 48_210 } });
};

for (const [path, own] of [['/', '1,284'], ['/projects.html', '311']]) {
  test(`${path} shows its own number and the site's, under a strict content security policy`, async (t) => {
    const site = await openDemo();
    const page = await visitor(t, { locale: 'en-GB' });
    await page.goto(site.origin + path);
    await page.waitForFunction((own) => document.querySelector('[data-footfall-count=""]').textContent === own, own);
    assert.equal(await page.textContent('[data-footfall-count="TOTAL"]'), '48,210');
    assert.deepEqual(site.messages.map(({ n, d, u }) => [n, d, u]), [['pageview', 'localhost', site.origin + path]]);
    assert.deepEqual(page.said, []);
  });
}

test('the number of the whole site goes on counting, and people are told where they are counted', async (t) => {
  const site = await openDemo();
  const page = await visitor(t, { locale: 'en-GB' });
  await page.goto(site.origin);
  await page.getByText('On the whole site so far: 48,210').waitFor({ state: 'attached' });
  assert.equal(await page.locator('.people').isVisible(), false);
});

// Answers to what the box asks, in its own words; what was asked is in `asked`.
const playing = async (page, answers) => {
  const asked = [];
  await page.route('**/api/counters/lucky/**', (route) => {
    const request = route.request();
    const what = new URL(request.url()).pathname.split('/').at(-1);
    asked.push({ what, method: request.method(), receipt: request.headers()['footfall-receipt'], key: request.headers()['idempotency-key'] });
    const [status, body] = answers[what];
    return status ? route.fulfill({ status, contentType: 'application/json', body: JSON.stringify(body) }) : route.abort();
  });
  return asked;
};
const number = { value: 777, receipt: 'the-receipt' };
const press = (page, name) => page.getByRole('button', { name }).click();
const told = (page, text) => page.locator('.lucky [role=status]', { hasText: text }).waitFor();

test('a number that wins can be claimed, once', async (t) => {
  const site = await openDemo();
  const page = await visitor(t, { locale: 'en-GB' });
  const answers = {
    increment: [200, number],
    winner: [200, { winner: true, number: 777, rule: 'every', claimed: false }],
    claim: [200, { number: 777, surprise: { text: 'A map of nowhere', url: 'https://example.com/map' } }],
  };
  const asked = await playing(page, answers);
  await page.goto(site.origin);
  await press(page, 'Did I win?');
  await told(page, 'No. 777 wins!');
  await press(page, 'Take the surprise');
  await told(page, 'A map of nowhere');
  assert.equal(await page.getByRole('link', { name: 'Open it' }).getAttribute('href'), 'https://example.com/map');
  assert.deepEqual(asked.map(({ what, method, receipt }) => [what, method, receipt]), [
    ['increment', 'POST', undefined], ['winner', 'GET', 'the-receipt'], ['claim', 'POST', 'the-receipt']]);
  assert.ok(asked[0].key && asked[2].key && asked[0].key !== asked[2].key);

  // What was taken is no longer kept: the next visit takes a new number.
  answers.winner[1] = { winner: false, number: 778, rule: null, claimed: false };
  await page.reload();
  await press(page, 'Did I win?');
  await told(page, 'No. 778 does not win');
  assert.deepEqual(asked.slice(3).map(({ what }) => what), ['increment', 'winner']);
});

test('a win that was not taken is there after a reload', async (t) => {
  const site = await openDemo();
  const page = await visitor(t, { locale: 'en-GB' });
  const asked = await playing(page, { increment: [200, number], claim: [200, { surprise: { code: 'ABC' } }],
    winner: [200, { winner: true, number: 777, rule: 'every', claimed: false }] });
  await page.goto(site.origin);
  await press(page, 'Did I win?');
  await told(page, 'No. 777 wins!');
  await page.reload();
  await press(page, 'Did I win?');
  await press(page, 'Take the surprise');
  await told(page, 'ABC');
  assert.deepEqual(asked.map(({ what, receipt }) => [what, receipt]), [['increment', undefined], ['winner', 'the-receipt'],
    ['winner', 'the-receipt'], ['claim', 'the-receipt']]);
});

test('a number that does not win says so, and the next visit is a new try', async (t) => {
  const site = await openDemo();
  const page = await visitor(t);
  const asked = await playing(page, { increment: [200, number], winner: [200, { winner: false, number: 778, rule: null, claimed: false }] });
  for (const visit of [1, 2]) {
    await page.goto(site.origin);
    await press(page, 'Did I win?');
    await told(page, 'No. 778 does not win');
    assert.equal(asked.filter(({ what }) => what === 'increment').length, visit);
  }
});

test('a receipt that the server does not know is changed for a new number', async (t) => {
  const site = await openDemo();
  const page = await visitor(t);
  await page.addInitScript(() => localStorage.setItem('lucky-receipt', 'of another time'));
  const answers = { increment: [200, number] };
  const asked = await playing(page, answers);
  Object.defineProperty(answers, 'winner', { get: () => asked.at(-1).receipt === 'the-receipt'
    ? [200, { winner: false, number: 777, rule: null, claimed: false }] : [403, { code: 'forbidden' }] });
  await page.goto(site.origin);
  await press(page, 'Did I win?');
  await told(page, 'No. 777 does not win');
});

test('a server that is away can be asked again, and a retry counts once', async (t) => {
  const site = await openDemo();
  const page = await visitor(t);
  const answers = { increment: [0], winner: [200, { winner: true, number: 777, rule: 'every', claimed: false }],
    claim: [503, {}] };
  const asked = await playing(page, answers);
  await page.goto(site.origin);
  await press(page, 'Did I win?');
  await told(page, 'Nobody answers');
  answers.increment = [200, number];
  await press(page, 'Did I win?');
  await told(page, 'No. 777 wins!');
  assert.equal(asked[0].key, asked[1].key);
  await press(page, 'Take the surprise');
  await told(page, 'could not be had');
  answers.claim = [200, { surprise: { url: 'javascript:alert(1)', code: '<b>FOOT</b>' } }];
  await press(page, 'Take the surprise');
  await told(page, '<b>FOOT</b>');
  assert.equal(await page.locator('.lucky a').count(), 0);
});

test('somebody else may have been faster', async (t) => {
  const site = await openDemo();
  const page = await visitor(t);
  await playing(page, { increment: [200, number], claim: [409, { code: 'exists' }],
    winner: [200, { winner: true, number: 777, rule: 'every', claimed: false }] });
  await page.goto(site.origin);
  await press(page, 'Did I win?');
  await press(page, 'Take the surprise');
  await told(page, 'has been taken');
});

test('the page for what is not there counts nothing', async (t) => {
  const site = await openDemo();
  const page = await visitor(t);
  await page.goto(site.origin + '/404.html');
  await site.arrived(0);
  assert.deepEqual(site.requests, []);
});

for (const colorScheme of ['light', 'dark'])
  for (const width of [360, 1280])
    test(`every page can be read by everyone, ${colorScheme}, ${width} pixels wide`, async (t) => {
      const site = await openDemo();
      const page = await visitor(t, { colorScheme, viewport: { width, height: 800 } });
      const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
      for (const path of ['/', '/projects.html', '/404.html']) {
        await page.goto(site.origin + path);
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => window.axe.run());
        assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), [], path);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, `${path} is too wide`);
      }
    });
