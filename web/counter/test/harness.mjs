// Pages with the element, a server of counters that can be watched and made to fail, and a real Chromium.

import { createServer } from 'node:http';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { buildScript } from '../build.mjs';

export { sleep };
export const script = await buildScript();

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const args = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

const undo = [];
after(async () => {
  for (const step of undo.reverse()) await step();
});

export const until = async (condition, what, ms = 20_000) => {
  const end = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await sleep(10);
  }
};

// `counters` maps a key to its value; what is not there is 404. `failing` answers everything about counters with 503.
export const openSite = async ({ body = '', counters = {}, visitors = {}, policy, tag = '<script defer src="/js/counter.js" data-site="example.com"></script>', head = '' } = {}) => {
  const site = { counters, failing: false, asked: [], streams: new Set(), streamsEver: 0 };
  const value = (stream) => `event: value\ndata: ${JSON.stringify({ site: 'example.com', key: stream.key, value: site.counters[stream.key] ?? 0 })}\n\n`;

  const server = createServer((request, response) => {
    const address = new URL(request.url, 'http://site');
    const reply = (status, type, text, more = {}) => response.writeHead(status, { 'content-type': type, 'access-control-allow-origin': '*', ...more }).end(text);
    if (address.pathname.endsWith('/js/counter.js')) return reply(200, 'text/javascript', script);
    const [, api] = address.pathname.split('/api/counters/');
    if (api === undefined) {
      return reply(200, 'text/html; charset=utf-8', `<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title>
        <link rel="icon" href="data:,">${head}${tag}<body><main><h1>A page</h1>${body}</main>`, policy ? { 'content-security-policy': policy } : {});
    }
    site.asked.push(request.url);
    const live = api.endsWith('/live');
    const key = decodeURIComponent(live ? api.slice(0, -'/live'.length) : api);
    if (site.failing) return reply(503, 'application/problem+json', '{"code":"unavailable"}');
    if (!live) {
      if (!(key in site.counters)) return reply(404, 'application/problem+json', '{"code":"not_found"}');
      return reply(200, 'application/json', JSON.stringify({ site: address.searchParams.get('site'), key, value: site.counters[key],
        ...(address.searchParams.has('unique') ? { visitors: visitors[key] } : {}) }));
    }
    const stream = { key, response };
    site.streams.add(stream);
    ++site.streamsEver;
    response.writeHead(200, { 'content-type': 'text/event-stream', 'access-control-allow-origin': '*' });
    response.write('retry: 200\n\n' + value(stream));
    response.on('close', () => site.streams.delete(stream));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  undo.push(() => new Promise((done) => (server.close(done), server.closeAllConnections())));

  site.origin = `http://127.0.0.1:${server.address().port}`;
  site.set = (key, number) => {
    site.counters[key] = number;
    for (const stream of site.streams) if (stream.key === key) stream.response.write(value(stream));
  };
  return site;
};

let browser;
export const visitor = async (test, options = {}) => {
  if (!browser) {
    browser = await chromium.launch({ executablePath, args });
    undo.push(() => browser.close());
  }
  const context = await browser.newContext({ locale: 'en-GB', ...options });
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
export const hide = (page) => page.evaluate(visibility, 'hidden');
export const show = (page) => page.evaluate(visibility, 'visible');

// What an element says to the eye (its digits, as they stand) and to a screen reader.
export const seen = (page, selector = 'footfall-counter') => page.$eval(selector, (element) =>
  [...element.shadowRoot.querySelector('.number').children].map((column) =>
    column.className === 'digit' ? column.firstChild.style.getPropertyValue('--digit') : column.textContent).join(''));
export const spoken = (page, selector = 'footfall-counter') =>
  page.$eval(selector, (element) => element.shadowRoot.querySelector('[role=status]').textContent);
export const shows = (page, wanted, selector) =>
  until(async () => (await seen(page, selector)) === wanted, `${wanted}, it shows ${JSON.stringify(wanted)}`);
