// The page in a real browser, against a server whose answers are computed from made-up visits: what every test of it
// opens and looks for. Importing it starts the browser, and gives each test a server and a page of its own.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach } from 'node:test';
import { chromium } from 'playwright-core';
import { buildPage } from './build.mjs';
import { FakeServer } from './fake_server.mjs';
import { answerQuery, makeVisits } from './fake_visits.mjs';

// Whatever the hour, the newest visit is a person's: many tests begin with it.
const walks = makeVisits({ days: 45, per_day: 30 });
const person = walks.findLast((visit) => visit.bot === null && visit.kind !== 'event');
export const made = [...walks, { ...person, id: 'the-newest-visit-of-all', session: 'theNewestSessionOfThem', kind: 'load', time: Date.now() }];
export const other = makeVisits({ site: 'blog.example', seed: 11, days: 10, per_day: 9 });

let built;
export let browser;
export let fake;
export let context;
export let page;
let complaints;

before(async () => {
  built = await buildPage();
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
});
after(async () => {
  await browser?.close();
  built?.remove();
});

// A server and a page of their own for every test.
export async function open({ server = {}, browserContext = {}, hash = '', token = 'admin' } = {}) {
  fake = await new FakeServer({ dist: built.dist, visits: [...made, ...other], ...server }).start();
  // Without motion, because drawing it in software is most of what these tests would otherwise wait for.
  context = await browser.newContext({ viewport: { width: 1280, height: 900 }, colorScheme: 'light', reducedMotion: 'reduce', ...browserContext });
  page = await context.newPage();
  page.setDefaultTimeout(8000);
  complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error.stack)));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    const text = message.text();
    // The browser itself reports every answer of 400 and more; the tests cause those on purpose.
    if (message.type() === 'error' && !/Failed to load resource|ERR_/.test(text)) complaints.push(text);
  });
  await page.goto(`${fake.url}${hash}`);
  if (token) {
    await login(token);
    // A question still under way would meet what the test is about to do to the server.
    if (token !== 'wrong') await settled();
  } else await page.getByLabel('Access token').waitFor();
}

export async function login(token) {
  await page.getByLabel('Access token').fill(token);
  await page.getByRole('button', { name: 'Show the charts' }).click();
  if (token !== 'wrong') await page.locator('.tile-value').first().filter({ hasText: /\d/ }).waitFor();
}

beforeEach(() => {
  fake = context = undefined;
});
afterEach(async () => {
  await context?.close();
  await fake?.stop();
  assert.deepEqual(complaints ?? [], [], 'the browser complained');
});

export const panel = (name) => page.locator('.panel', { has: page.getByRole('heading', { name, exact: true }) });
export const row = (name, text) => panel(name).locator('.row').filter({ has: page.locator('.row-name', { hasText: new RegExp(`^${RegExp.escape?.(text) ?? text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`) }) });
export const tile = (name) => page.locator('.tile', { has: page.locator('.tile-name', { hasText: new RegExp(`^${name}$`) }) });
export const tileNumber = async (name) => Number((await tile(name).locator('.tile-value').getAttribute('title')).replaceAll(',', ''));
export const chip = (text) => page.locator('.chip', { hasText: text });
export const settled = async () => {
  await page.waitForFunction(() => !document.querySelector('.is-stale, .waiting, .chart-waiting, [aria-busy=true]'));
};

export function expected(metrics, { filters = [], days = 7, dimensions, bots = false, site = 'localhost' } = {}) {
  const day = (back) => new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10);
  return answerQuery(fake.visits, { site_id: site, metrics, date_range: [day(days - 1), day(0)], filters, dimensions, include: { bots } }).results;
}
