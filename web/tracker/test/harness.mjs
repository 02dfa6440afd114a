// A site with the script on its pages, a server that writes down what the script sends, and a real Chromium.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { buildScript as buildElement } from '../../counter/build.mjs';
import { buildScript } from '../build.mjs';

export { sleep };
export const script = await buildScript();
const element = await buildElement();

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const args = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

const patience_ms = 20_000; // for what must come
const quiet_ms = 300; // for what must not: well over the script's own wait for a title

const undo = [];
after(async () => {
  for (const step of undo.reverse()) await step();
});

export const until = async (condition, what) => {
  const end = Date.now() + patience_ms;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what()}`);
    await sleep(10);
  }
};

export const tag = (attributes = 'data-site="example.com"', src = '/js/footfall.js') =>
  `<script defer src="${src}" ${attributes}></script>`;

// A site: `pages` maps a path to what its body holds, to {body, head, headers} or to a whole file {file, type, headers};
// `counters` maps a key to its value, or to a function that answers. Everything that arrives is in `messages` (bodies)
// and `requests` (all but pages).
export const openSite = async ({ pages = {}, counters = {}, prefix = '', answer_ms = 0 } = {}) => {
  const site = { messages: [], requests: [], pagesAsked: [], pages, counters };

  const page = (path, entry) => {
    const { body = '', head = tag(), headers = {}, file, type = 'text/html; charset=utf-8' } =
      typeof entry === 'string' ? { body: entry } : entry;
    return [type, headers, file ?? `<!doctype html><html lang="en"><meta charset="utf-8"><title>Page ${path}</title>
      <link rel="icon" href="data:,">${head}<body>${body}`];
  };

  const server = createServer(async (request, response) => {
    const { method, headers } = request;
    const address = new URL(request.url, 'http://site');
    const reply = (status, type, body, more = {}) =>
      response.writeHead(status, { 'content-type': type, 'access-control-allow-origin': '*', ...more }).end(body);

    if (address.pathname === `${prefix}/js/footfall.js`) return reply(200, 'text/javascript', script);
    if (address.pathname === `${prefix}/js/counter.js`) return reply(200, 'text/javascript', element);
    if (method === 'GET' && address.pathname in site.pages) {
      site.pagesAsked.push({ path: address.pathname, headers });
      const [type, more, content] = page(address.pathname, site.pages[address.pathname]);
      if (more.etag && headers['if-none-match'] === more.etag) return response.writeHead(304, more).end();
      return reply(200, type, content, more);
    }

    let body = '';
    for await (const part of request) body += part;
    const seen = { method, url: request.url, path: address.pathname, headers, body, answered: false };
    site.requests.push(seen);
    if (method === 'POST') {
      site.messages.push(JSON.parse(body));
      await sleep(answer_ms);
      seen.answered = true;
      return reply(202, 'text/plain', 'ok');
    }
    const key = decodeURIComponent(address.pathname.split('/counters/')[1] ?? '');
    // A live counter that stays as it is.
    if (key.endsWith('/live')) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      return response.write(`event: value\ndata: ${JSON.stringify({ value: site.counters[key.slice(0, -'/live'.length)] })}\n\n`);
    }
    const counter = site.counters[key];
    if (typeof counter === 'function') return counter(reply, seen);
    if (counter === undefined) return reply(404, 'application/problem+json', '{"code":"unknown_counter"}');
    reply(200, 'application/json', JSON.stringify({ site: address.searchParams.get('site'), key, value: counter }));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  undo.push(() => new Promise((done) => (server.close(done), server.closeAllConnections())));

  site.origin = `http://127.0.0.1:${server.address().port}`;
  site.named = (name) => site.messages.filter((message) => message.n === name);
  site.counterRequests = () => site.requests.filter((request) => request.path.includes('/counters/'));
  // Waits for so many messages, and a little longer, so that one too many is seen.
  site.arrived = async (count, name) => {
    const messages = () => (name ? site.named(name) : site.messages);
    await until(() => messages().length >= count, () =>
      `${count} ${name ?? 'messages'}; came: ${JSON.stringify(site.messages)}`);
    await sleep(quiet_ms);
    return messages();
  };
  return site;
};

let browser;
const launched = async () => {
  if (!browser) {
    browser = await chromium.launch({ executablePath, args, ignoreDefaultArgs: ['--disable-back-forward-cache'] });
    undo.push(() => browser.close());
  }
  return browser;
};

// A new visitor: an empty profile and one tab. Errors and the console are kept in `page.said`.
export const visitor = async (test, options = {}) => {
  const context = await (await launched()).newContext(options);
  test.after(() => context.close());
  const page = await context.newPage();
  page.said = [];
  page.on('console', (message) => page.said.push(message.text()));
  page.on('pageerror', (error) => page.said.push(`error: ${error}`));
  return page;
};

const visibility = (state) => {
  Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
  document.dispatchEvent(new Event('visibilitychange'));
};
// Headless Chromium shows every tab that a driver holds, so the driver's tests tell the page that it is hidden; what
// really happens to a hidden tab is seen in unattended.test.mjs.
export const hide = (page) => page.evaluate(visibility, 'hidden');
export const show = (page) => page.evaluate(visibility, 'visible');
export const bornHidden = (page) => page.addInitScript(visibility, 'hidden');

// Time stands still until `page.clock.runFor`.
export const stopClock = async (page) => {
  await page.clock.install({ time: 0 });
  await page.clock.pauseAt(1_000);
};

// A Chromium that nobody drives: its pages must do everything themselves. A driver switches prerendering off and keeps
// every tab visible and focused; here both are as they are for a person.
export const unattended = (test, url) => {
  const profile = mkdtempSync(join(tmpdir(), 'footfall-tracker-'));
  const child = spawn(executablePath,
    ['--headless', ...args, '--disable-popup-blocking', `--user-data-dir=${profile}`, url],
    { stdio: 'ignore' });
  const gone = new Promise((done) => child.once('exit', done));
  test.after(async () => {
    child.kill();
    await gone;
    // Its child processes write for a moment longer.
    for (let tries_left = 50; ; tries_left--) {
      try {
        return rmSync(profile, { recursive: true, force: true });
      } catch (error) {
        if (tries_left === 0) throw error;
        await sleep(100);
      }
    }
  });
};
