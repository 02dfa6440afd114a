// The whole way, once and for real: a person opens a page in a browser, and sees the visit counted on the page, in the
// API and in the charts. Screenshots of what a person sees are left in build/test-results.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import { checkout, serve, sleep, until } from './program.mjs';
import { randomOf } from './random.mjs';

const results = join(checkout, 'build/test-results');
const person = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';
const live_ms_max = 1_000;

let browser;
let server;
let context;
let complaints = [];
// The browser itself complains of every answer of 400 and more: of the question who is logged in, before anyone is.
const allowed = ['status of 401'];

before(async () => {
  mkdirSync(results, { recursive: true });
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    // A headless browser says what it is, and would be marked. (One that is told to say something else by its driver still
    // says the truth in what a page sends as it ends.)
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', `--user-agent=${person}`],
    // A driver switches off what visitors have.
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  });
});
after(() => browser?.close());

// The demo, with a data folder of its own.
const demo = async () => (server = await serve({ site: 'localhost', args: ['--root', join(checkout, 'examples/site')] }));

// A visitor with an empty profile, whose browser tells when it finds something wrong.
const visitor = async (options = {}) => {
  context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', ...options });
  const listen = (page) => {
    page.on('pageerror', (error) => complaints.push(String(error.stack)));
    page.on('console', (message) => message.type() === 'error' && complaints.push(`${message.text()} (${message.location().url})`));
    page.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
  };
  context.on('page', listen);
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  return page;
};

const contexts = [];
const leave = async () => {
  if (context) contexts.push(context);
  context = undefined;
};
afterEach(async () => {
  await leave();
  for (const one of contexts.splice(0)) await one.close();
  await server?.stop();
  server = undefined;
  const found = complaints;
  complaints = [];
  assert.deepEqual(found.filter((text) => !allowed.some((words) => text.includes(words))), [], 'the browser complained');
});

const numberOn = (page) => page.locator('[data-footfall-count=""]');
const shows = (page, number) => page.waitForFunction((wanted) => document.querySelector('[data-footfall-count=""]')?.textContent === wanted, String(number));
const screenshot = (page, name, options) => page.screenshot({ path: join(results, `${name}.png`), ...options });
const rows = () => server.rows('localhost');

describe('The demo page', () => {
  test('counts every load, shows the number, and the row says who, what and how', async () => {
    await demo();
    const page = await visitor();
    await page.goto(server.url);
    await shows(page, 1);
    for (const number of [2, 3]) {
      await page.reload();
      await shows(page, number);
    }
    await page.getByRole('link', { name: 'Projects' }).click();
    await shows(page, 1);
    await page.waitForFunction(() => document.querySelector('[data-footfall-count=TOTAL]').textContent === '4');

    const found = await rows();
    assert.deepEqual(found.map(({ path }) => path), ['/', '/', '/', '/projects.html']);
    for (const row of found) {
      assert.deepEqual([row.site, row.kind, row.source, row.event, row.ip, row.bot], ['localhost', 'load', 'edge', null, '127.0.0.1', null]);
      assert.deepEqual([row.browser, row.browser_version.split('.')[0], row.os, row.device, row.user_agent], ['Chrome', '131', 'GNU/Linux', 'desktop', person]);
      assert.equal(row.session, found[0].session);
      assert.equal(row.visitor, found[0].visitor);
      assert.ok(Math.abs(Date.parse(row.time) - Date.now()) < 60_000, row.time);
    }
    assert.match(found[0].title, /^Ines Halvorsen/);
    assert.equal(found[3].referrer, `${server.url}/`);

    const answer = await server.ask('/api/visits?site=localhost&path=/projects.html');
    assert.deepEqual(answer.json.visits.map(({ id }) => id), [found[3].id]);
    assert.equal((await server.ask(`/api/visits/${found[3].id}?site=localhost`)).json.path, '/projects.html');
  });

  test('tells two visitors apart, and counts both', async () => {
    await demo();
    for (const [number, options] of [{}, { userAgent: `${person} OPR/115.0.0.0` }].entries()) {
      const page = await visitor(options);
      await page.goto(server.url);
      await shows(page, number + 1);
      await leave();
    }
    const found = await rows();
    assert.notEqual(found[0].visitor, found[1].visitor);
    assert.notEqual(found[0].session, found[1].session);
  });

  test('counts a restore from the back/forward cache as such, and shows the new number without a load', async () => {
    await demo();
    const page = await visitor();
    await page.goto(server.url);
    await shows(page, 1);
    await page.evaluate(() => (window.isStillHere = true));
    await page.getByRole('link', { name: 'Projects' }).click();
    await shows(page, 1);
    await page.goBack({ waitUntil: 'commit' });
    await shows(page, 2);
    assert.equal(await page.evaluate(() => window.isStillHere), true, 'the page did not come from the cache');
    const found = await rows();
    assert.deepEqual(found.map(({ kind, path }) => [kind, path]), [['load', '/'], ['load', '/projects.html'], ['restored', '/']]);
  });

  test('counts soft navigation, with the title and the page before', async () => {
    await demo();
    const page = await visitor();
    await page.goto(server.url);
    await shows(page, 1);
    await page.evaluate(() => {
      history.pushState(null, '', '/soft?tab=1');
      document.title = 'Softly';
    });
    await until(async () => (await server.count('/soft', 'localhost')) === 1, 'the soft view to be counted');
    await page.waitForFunction(() => document.querySelector('[data-footfall-count=TOTAL]').textContent === '2');
    const [, soft] = await rows();
    assert.deepEqual([soft.kind, soft.path, soft.query, soft.title, soft.referrer], ['soft', '/soft', 'tab=1', 'Softly', `${server.url}/`]);
    assert.equal(await numberOn(page).textContent(), '1', 'the first view of this path');
  });

  test('tells how long and how far it was read', async () => {
    await demo();
    const page = await visitor({ viewport: { width: 1280, height: 400 } });
    await page.goto(server.url);
    await shows(page, 1);
    await page.waitForLoadState('networkidle'); // the page is as long as it will be
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    await sleep(1_500);
    await page.getByRole('link', { name: 'Projects' }).click();
    await shows(page, 1);
    const read = await until(async () => (await rows()).find(({ path, engaged_ms }) => path === '/' && engaged_ms > 0), 'the engagement to reach the store');
    assert.ok(read.engaged_ms >= 1_400 && read.engaged_ms < 20_000, `${read.engaged_ms} ms`);
    assert.equal(read.scroll_depth, 100);
    assert.equal((await rows()).length, 2, 'engagement is no row of its own');
  });

  test('counts a click on what is marked as an event, with its props', async () => {
    await demo();
    const page = await visitor();
    await page.goto(server.url);
    await shows(page, 1);
    await page.evaluate(() => addEventListener('click', (event) => event.preventDefault())); // no mail program here
    await page.getByRole('link', { name: 'Write to me' }).click();
    await until(async () => (await rows()).length === 2, 'the event to be stored');
    const event = (await rows())[1];
    assert.deepEqual([event.event, event.kind, event.path, event.props], ['Contact', 'event', '/', { from: 'navigation' }]);
    assert.equal(await server.count('TOTAL', 'localhost'), 1, 'an event is no view');
  });

  test('marks what is no person, and keeps it', async () => {
    await demo();
    const page = await visitor({ userAgent: person.replace('Chrome', 'HeadlessChrome') });
    await page.goto(server.url);
    await shows(page, 1);
    const [row] = await rows();
    assert.ok(row.bot, row.user_agent);
  });

  test('goes on without its counter when the server is too busy to answer', async () => {
    await demo();
    const page = await visitor();
    await page.route('**/api/**', (route) => route.abort());
    await page.goto(server.url);
    await sleep(500);
    assert.equal(await numberOn(page).textContent(), '–');
    complaints = complaints.filter((text) => !text.includes('ERR_FAILED')); // of the requests that were cut off here
  });
});

// --- the charts ---

const login = async (page, token = server.token) => {
  await page.goto(`${server.url}/dashboard`);
  await page.getByLabel('Access token').fill(token);
  await page.getByRole('button', { name: 'Show the charts' }).click();
};
const tile = (page, name) => page.locator('.tile', { has: page.locator('.tile-name', { hasText: new RegExp(`^${name}$`) }) }).locator('.tile-value');
const tileNumber = async (page, name) => Number((await tile(page, name).getAttribute('title')).replaceAll(',', ''));
const panel = (page, name) => page.locator('.panel', { has: page.getByRole('heading', { name, exact: true }) });
const rowOf = (page, name, text) => panel(page, name).locator('.row').filter({ has: page.getByText(text, { exact: true }) });
// Panels are asked for when they come into view, so the page is walked through once.
const settled = async (page) => {
  await page.evaluate(async () => {
    for (let at = 0; at < document.body.scrollHeight; at += 400) {
      scrollTo(0, at);
      await new Promise((done) => setTimeout(done, 30));
    }
    scrollTo(0, 0);
  });
  await page.waitForFunction(() => document.querySelector('.tile-value') && !document.querySelector('.is-stale, .waiting, .chart-waiting, [aria-busy=true]'));
};

// A month of visits that look like visits: by the API, with the owner's token, because they are history.
const fillMonth = async (count) => {
  const random = randomOf(7);
  const agents = [person, person.replace('X11; Linux x86_64', 'Windows NT 10.0; Win64; x64'), person.replace('X11; Linux x86_64', 'Macintosh; Intel Mac OS X 10_15_7'),
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
    'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0', 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'];
  const networks = ['84.211.5', '91.198.174', '81.169.144', '193.0.6', '8.8.8', '133.11.4', '200.160.2'];
  const pages = [['/', 'Ines Halvorsen'], ['/', 'Ines Halvorsen'], ['/projects.html', 'Projects'], ['/about', 'About me'], ['/talks/a-coastline-is-a-rumour', 'A coastline is a rumour'], ['/cv.json', '']];
  const referrers = ['', '', '', 'https://www.google.com/', 'https://news.ycombinator.com/item?id=1', 'https://github.com/ines', 'https://www.linkedin.com/', 'https://mastodon.social/@ines'];
  const hits = [];
  const people = Array.from({ length: 300 }, () => ({ ip: `${random.pick(networks)}.${random.between(1, 250)}`, user_agent: random.pick(agents), referrer: random.pick(referrers) }));
  while (hits.length < count) {
    const back = random.below(30) + random.below(100) / 100;
    const someone = random.pick(people);
    for (let page = random.between(1, 4), at = Date.now() - back * 86_400_000; page > 0 && at < Date.now(); page -= 1, at += 30_000) {
      const [path, title] = random.pick(pages);
      hits.push({ site: 'localhost', path, title, ...someone, timestamp: new Date(at).toISOString() });
    }
    if (random.chance(0.1)) hits.push({ site: 'localhost', path: '/', event: random.pick(['Contact', 'Download']), ...someone, timestamp: new Date(Date.now() - back * 86_400_000).toISOString() });
  }
  for (let from = 0; from < hits.length; from += 100) {
    const answer = await server.ask('/api/visits', { method: 'POST', body: hits.slice(from, from + 100) });
    assert.deepEqual([answer.status, answer.json.refused], [202, []], answer.text);
  }
  await rows();
  return hits;
};

describe('The charts page', () => {
  test('is opened by the token, and by no other', async () => {
    await demo();
    const page = await visitor();
    await login(page, 'wrong');
    await page.getByRole('alert').waitFor();
    await screenshot(page, 'charts-login');
    assert.equal(await page.locator('.tile').count(), 0);
    await page.getByLabel('Access token').fill(server.token);
    await page.getByRole('button', { name: 'Show the charts' }).click();
    await page.waitForFunction(() => document.title === 'localhost – Footfall');
    assert.doesNotMatch(await page.evaluate(() => JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }, location.href])), new RegExp(server.token));
    await page.reload();
    await page.waitForFunction(() => document.title === 'localhost – Footfall'); // the login lasts
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Access token').waitFor();
    assert.equal((await page.request.get(`${server.url}/api/me`)).status(), 401);
  });

  test('of a new site says how to begin, and begins with the first visit', async () => {
    await demo();
    const charts = await visitor();
    await login(charts);
    await charts.getByText('data-site').first().waitFor();
    await screenshot(charts, 'charts-of-a-new-site', { fullPage: true });
    const page = await context.newPage();
    await page.goto(server.url);
    await charts.bringToFront();
    await tile(charts, 'Page views').filter({ hasText: '1' }).waitFor();
  });

  test(`shows a new view within ${live_ms_max} ms`, async (t) => {
    await demo();
    await fillMonth(500);
    const charts = await visitor();
    await login(charts);
    await settled(charts);
    const times = [];
    for (let sample = 0; sample < 5; sample += 1) {
      const before = await tileNumber(charts, 'Page views');
      const changed = charts.waitForFunction((number) => Number([...document.querySelectorAll('.tile')].find((one) => one.querySelector('.tile-name').textContent === 'Page views')
        .querySelector('.tile-value').title.replaceAll(',', '')) === number, before + 1, { polling: 'raf' });
      const begun = performance.now();
      const answer = await fetch(`${server.url}/api/event`, { method: 'POST', headers: { 'user-agent': person }, body: JSON.stringify({ n: 'pageview', d: 'localhost', u: 'http://localhost/' }) });
      assert.equal(answer.status, 202);
      await changed;
      times.push(performance.now() - begun);
      await sleep(300);
    }
    const whole = times.map(Math.round);
    t.diagnostic(`from the report of a view to its being in the charts: ${whole.join(', ')} ms`);
    assert.ok(times.sort((a, b) => a - b)[2] < live_ms_max, `half of them took longer: ${whole.join(', ')} ms`);
  });

  test('shows a visit that a browser makes, in the numbers, the lists and the log', async (t) => {
    await demo();
    const page = await visitor();
    await page.goto(server.url);
    await shows(page, 1);
    await leave();
    const charts = await visitor();
    await login(charts);
    await settled(charts);
    await charts.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await panel(charts, 'Latest visits').getByText('127.0.0.1').first().waitFor();
    const visiting = contexts[0].pages()[0];
    const begun = performance.now();
    await visiting.goto(`${server.url}/projects.html`);
    await rowOf(charts, 'Pages', '/projects.html').waitFor();
    t.diagnostic(`from opening a page to its row in the charts: ${Math.round(performance.now() - begun)} ms`);
    // The panels are asked for one by one: the tiles may come a moment behind the rows.
    await charts.waitForFunction(() => [...document.querySelectorAll('.tile-value')].some((value) => value.getAttribute('title') === '2'));
    assert.deepEqual([await tileNumber(charts, 'Page views'), await tileNumber(charts, 'Visitors'), await tileNumber(charts, 'Sessions')], [2, 1, 1]);
    await rowOf(charts, 'Technology', 'Chrome').waitFor();
    await panel(charts, 'Latest visits').getByText('/projects.html').first().waitFor();
  });

  test('agrees with the API, and a click on a page filters everything by it', async () => {
    await demo();
    const hits = await fillMonth(800);
    const charts = await visitor({ colorScheme: 'light' });
    await login(charts);
    await charts.getByRole('button', { name: /^30 d/ }).click();
    await settled(charts);
    const ask = async (filters) => (await server.ask('/api/v2/query', { method: 'POST', body: {
      site_id: 'localhost', metrics: ['visitors', 'visits', 'pageviews'], filters,
      date_range: [new Date(Date.now() - 29 * 86_400_000).toISOString().slice(0, 10), new Date().toISOString().slice(0, 10)] } })).json.results[0].metrics;
    const tiles = async () => [await tileNumber(charts, 'Visitors'), await tileNumber(charts, 'Sessions'), await tileNumber(charts, 'Page views')];
    assert.deepEqual(await tiles(), await ask([]));
    const first = new Date(Date.now() - 29 * 86_400_000).toISOString().slice(0, 10);
    const people = hits.filter((hit) => !hit.event && !hit.user_agent.includes('Googlebot') && hit.timestamp >= first);
    assert.equal(await tileNumber(charts, 'Page views'), people.length);
    await screenshot(charts, 'charts', { fullPage: true });

    await rowOf(charts, 'Pages', '/about').locator('.row-main').click();
    await charts.locator('.chip', { hasText: 'Page is /about' }).waitFor();
    await settled(charts);
    const wanted = await ask([['is', 'event:page', ['/about']]]);
    assert.deepEqual(await tiles(), wanted);
    assert.equal(wanted[2], people.filter((hit) => hit.path === '/about').length);
    await screenshot(charts, 'charts-filtered', { fullPage: true });

    await rowOf(charts, 'Technology', 'Firefox').locator('.row-main').click();
    await charts.locator('.chip', { hasText: 'Browser is Firefox' }).waitFor();
    await settled(charts);
    assert.deepEqual(await tiles(), await ask([['is', 'event:page', ['/about']], ['is', 'visit:browser', ['Firefox']]]));

    await charts.getByRole('button', { name: 'Remove the filter: Page is /about' }).click();
    await charts.getByRole('button', { name: 'Remove the filter: Browser is Firefox' }).click();
    await settled(charts);
    assert.deepEqual(await tiles(), await ask([]));

    await charts.getByRole('button', { name: 'Dark colours' }).click();
    await screenshot(charts, 'charts-dark', { fullPage: true });
    await charts.setViewportSize({ width: 390, height: 844 });
    await settled(charts);
    await screenshot(charts, 'charts-on-a-phone', { fullPage: true });
  });

  test('runs nothing that a visitor wrote', async () => {
    await demo();
    const hostile = ['<img src=x onerror=alert(1)>', '"><script>alert(1)</script>', "javascript:alert(1)//'", '{{constructor.constructor("alert(1)")()}}', '\u202egnp.exe'];
    for (const text of hostile) {
      const answer = await server.ask('/api/visits', { method: 'POST', body: { site: 'localhost', path: `/${text}?utm_source=${encodeURIComponent(text)}`, title: text, referrer: text, user_agent: text, ip: '192.0.2.1', props: { [text]: text } } });
      assert.equal(answer.status, 202, answer.text);
      assert.equal((await server.ask('/api/visits', { method: 'POST', body: { site: 'localhost', path: '/', event: text, user_agent: person } })).status, 202);
    }
    await server.ask('/api/visits', { method: 'POST', body: { site: 'localhost', path: '/', referrer: 'https://evil.example/<script>alert(1)</script>', user_agent: person } });
    await rows();
    const charts = await visitor({ viewport: { width: 1280, height: 4_000 } });
    await login(charts);
    await charts.getByRole('switch', { name: 'Bots' }).click();
    await settled(charts);
    await panel(charts, 'Latest visits').getByText('onerror').first().waitFor();
    assert.equal(await charts.evaluate(() => document.querySelectorAll('main script, main img[src=x], a[href^="javascript:"]').length), 0);
  });
});

test('The demo looks as it should', async () => {
  await demo();
  for (let count = 0; count < 41; count += 1) await server.ask('/api/event', { method: 'POST', token: null, body: { n: 'pageview', u: 'http://localhost/' } });
  for (const [name, options] of [['demo', {}], ['demo-dark', { colorScheme: 'dark' }], ['demo-on-a-phone', { viewport: { width: 390, height: 844 }, isMobile: true }]]) {
    const page = await visitor(options);
    await page.goto(server.url);
    await page.waitForFunction(() => /^\d+$/.test(document.querySelector('[data-footfall-count=""]').textContent));
    await screenshot(page, name, { fullPage: true });
    await leave();
  }
});
