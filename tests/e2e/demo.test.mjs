// The demo as ./run starts it, in a real Chromium: the numbers of the page, and a win for whoever comes often enough.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { checkout, folder, serve, until } from './program.mjs';

const config = 'examples/demo.toml';
const data = join(folder(), 'data');
const start = () => serve({ site: null, data, cwd: checkout, args: ['--config', config] });

let server;
let browser;
before(async () => {
  server = await start();
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const visitor = async (t, options = {}) => {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  t.after(() => context.close());
  const page = await context.newPage();
  page.said = [];
  page.on('console', (message) => page.said.push(message.text()));
  page.on('pageerror', (error) => page.said.push(String(error)));
  return page;
};
const told = (page) => page.locator('.lucky [role=status]');
const press = (page, name) => page.getByRole('button', { name }).click();
// Loads the page and presses the button; what it says then.
const play = async (page) => {
  await page.goto(server.url);
  await press(page, 'Did I win?');
  await told(page).filter({ hasText: /win|Nobody/ }).waitFor();
  return told(page).textContent();
};
const lucky = async () => (await server.ask('/api/counters/lucky/wins?site=localhost')).json;

// ./run with all it calls replaced by nothing, and the program by one that says what it was given.
const given = (args, env = {}) => {
  const place = folder();
  mkdirSync(join(place, 'scripts'));
  mkdirSync(join(place, 'build/release'), { recursive: true });
  cpSync(join(checkout, 'run'), join(place, 'run'));
  const script = (name, text) => writeFileSync(join(place, name), text, { mode: 0o755 });
  script('scripts/setup.sh', '#!/bin/sh\n');
  script('scripts/lib.sh', 'use_node() { :; }\nbuild() { :; }\n');
  script('build/release/footfall', '#!/bin/sh\necho "$@"\n');
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('FOOTFALL_')));
  return execFileSync(join(place, 'run'), args, { encoding: 'utf8', env: { ...clean, ...env } }).trim();
};

test('./run starts it with this configuration, unless it is told of another site or file', () => {
  const usual = 'serve --data footfall-data --listen 127.0.0.1:8080';
  assert.equal(given([]), `${usual} --config ${config}`);
  assert.equal(given(['--rate-limit', 'off']), `${usual} --config ${config} --rate-limit off`);
  assert.equal(given(['--listen', 'x']), `serve --data footfall-data --config ${config} --listen x`);
  assert.equal(given(['--config', 'my.toml']), `${usual} --config my.toml`);
  assert.equal(given([], { FOOTFALL_CONFIG: 'my.toml', FOOTFALL_DATA: 'd' }), 'serve --listen 127.0.0.1:8080');
  assert.equal(given(['--site', 'example.com']), `${usual} --root examples/site --site example.com`);
  assert.equal(given(['--upstream=http://127.0.0.1:1']), `${usual} --site localhost --upstream=http://127.0.0.1:1`);
  assert.equal(given([], { FOOTFALL_ROOT: 'public' }), `${usual} --site localhost`);
});

test('shows the visit, the site\'s visits and how many people they were, and goes on counting', async (t) => {
  const one = await visitor(t);
  await one.goto(server.url);
  const number = one.locator('.big [data-footfall-count]');
  await number.filter({ hasText: '1' }).waitFor();
  const element = (page, place) => page.$eval(`${place} footfall-counter`, (counter) => counter.value);
  await until(async () => (await element(one, '.live')) === 1, 'the live number');
  await until(async () => (await element(one, '.people')) === 1, 'the number of people');
  assert.equal(await one.locator('.people').isVisible(), true);

  // The same person again: a visit more, and nobody more. Somebody else: one more of both.
  await one.reload();
  await number.filter({ hasText: '2' }).waitFor();
  await until(async () => (await element(one, '.people')) === 1, 'still one person');
  const other = await visitor(t, { userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' });
  await other.goto(server.url);
  await until(async () => (await element(other, '.people')) === 2, 'another person');
  await until(async () => (await element(one, '.live')) === 3, 'the number on the page that is open');
  assert.deepEqual([...one.said, ...other.said], []);
});

test('whoever loads the page often enough wins, and takes the surprise once', async (t) => {
  const page = await visitor(t);
  for (let number = 1; number < 7; number += 1) assert.match(await play(page), new RegExp(`^No\\. ${number} does not win`));
  assert.equal(await play(page), 'No. 7 wins!');
  assert.equal(await play(page), 'No. 7 wins!', 'a win that was not taken is not lost by a reload');
  await press(page, 'Take the surprise');
  await told(page).filter({ hasText: 'paper boat' }).waitFor();
  assert.match(await play(page), /^No\. 8 does not win/);
  const { wins, prizes_left } = await lucky();
  assert.deepEqual(wins.map(({ number, rule, surprise }) => [number, rule, /paper boat/.test(surprise.text)]), [[7, 'every', true]]);
  assert.equal(prizes_left, 2);
  assert.deepEqual(page.said, []);
});

test('a restart sets the same rule again, and changes nothing by that', async (t) => {
  await server.kill();
  server = await start();
  const { rules, prizes_left, value } = await lucky();
  assert.deepEqual(rules, [{ id: 1, rule: 'every', since: 0, until: null, every: 7 }]);
  assert.equal(prizes_left, 2, 'the pool goes on where it was');
  for (let number = value + 1; number < 14; number += 1) {
    await server.ask('/api/counters/lucky/increment?site=localhost', { method: 'POST', token: null });
  }
  const page = await visitor(t);
  assert.equal(await play(page), 'No. 14 wins!');
  await press(page, 'Take the surprise');
  await told(page).filter({ hasText: '69.65N' }).waitFor();
});
