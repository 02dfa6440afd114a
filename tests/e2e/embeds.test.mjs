// Counters shown elsewhere, by the real program: badges in a real browser, live numbers, the element, the dialects.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { atEnd, folder, serve, sleep, until, within } from './program.mjs';

const styles = ['flat', 'flat-square', 'plastic', 'for-the-badge', 'digits', 'plain', 'card'];
const page_key = encodeURIComponent('/about');

let server;
let browser;
before(async () => {
  server = await serve();
  await server.ask('/api/sites', { method: 'POST', body: { site: 'goat.example', dialects: ['goatcounter'] } });
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const ask = (path, options = {}) => server.ask(path, { token: null, ...options });
const badge = (rest, options) => ask(`/counter/${rest}${rest.includes('?') ? '&' : '?'}site=example.com`, options);
const increment = (key, by = 1) => server.ask(`/api/counters/${encodeURIComponent(key)}/increment?site=example.com`, { method: 'POST', body: { by } });

// Reads server-sent events until it is closed: {events, close}.
const follow = async (url) => {
  const leave = new AbortController();
  const response = await fetch(url, { signal: leave.signal, headers: { accept: 'text/event-stream' } });
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type'), /^text\/event-stream/);
  const events = [];
  const done = (async () => {
    let text = '';
    for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
      text += piece;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const lines = text.slice(0, end).split('\n');
        text = text.slice(end + 2);
        const data = lines.find((line) => line.startsWith('data: '));
        if (data) events.push({ event: lines.find((line) => line.startsWith('event: '))?.slice(7), at: performance.now(), ...JSON.parse(data.slice(6)) });
      }
    }
  })().catch(() => {});
  return { events, last: () => events.at(-1)?.value, close: async () => (leave.abort(), await done) };
};

describe('Badges', () => {
  test('are valid SVG in every style and theme, whatever is written into them', async () => {
    await server.visit('/about');
    const out = folder();
    const files = [];
    for (const style of styles) {
      for (const theme of ['auto', 'light', 'dark']) {
        for (const [name, more] of [['given', ''], ['coloured', '&color=b03a2e&label_color=fff&text_color=222&digits=7'], ['visitors', '&unique=1'], ['bare', '&label=']]) {
          const label = more.includes('label=') ? '' : `&label=${encodeURIComponent('</text><script>x</script> & "more" \u00e9\u{1f41a}')}`;
          const { status, text, headers } = await badge(`${page_key}.svg?style=${style}&theme=${theme}${label}${more}`);
          assert.equal(status, 200);
          assert.equal(headers.get('set-cookie'), null);
          files.push(join(out, `${style}-${theme}-${name}.svg`));
          writeFileSync(files.at(-1), text);
        }
      }
    }
    // Well-formed, and made of nothing but what badge.rng lets a badge be made of.
    const valid = (...some) => execFileSync('xmllint', ['--nonet', '--noout', '--relaxng', join(import.meta.dirname, 'badge.rng'), ...some], { stdio: 'pipe' });
    valid(...files);
    for (const [whole, broken] of [['<title>', '<title onclick="x()">'], ['</g>', '<script>x()</script></g>'], [' width="', ' width="-'], ['</g>', '<a href="x"><text>x</text></a></g>']]) {
      const file = join(out, 'broken.svg');
      writeFileSync(file, readFileSync(files[0], 'utf8').replace(whole, broken));
      assert.throws(() => valid(file), /fails to validate/, broken);
    }
  });

  test('are seen in a real browser, the PNG like the SVG, and neither blank', async (t) => {
    await increment('shown', 1_284);
    const page = await browser.newPage();
    t.after(() => page.close());
    await page.goto(`${server.url}/livez`);
    for (const style of styles) {
      const pixels = await page.evaluate(async (style) => {
        const read = async (url, scale) => {
          const image = new Image();
          image.src = url;
          await image.decode();
          const canvas = document.createElement('canvas');
          [canvas.width, canvas.height] = [image.naturalWidth * scale, image.naturalHeight * scale];
          const pen = canvas.getContext('2d');
          pen.drawImage(image, 0, 0, canvas.width, canvas.height);
          return { width: canvas.width, height: canvas.height, data: [...pen.getImageData(0, 0, canvas.width, canvas.height).data] };
        };
        const query = `?site=example.com&label=visitors&theme=light&style=${style}`;
        return [await read(`/counter/shown.svg${query}`, 2), await read(`/counter/shown.png${query}&scale=2`, 1)];
      }, style);
      const [svg, png] = pixels;
      assert.deepEqual([svg.width, svg.height], [png.width, png.height], style);
      for (const { data } of pixels) assert.ok(new Set(data).size > 20, `${style} is blank`);
      // The two are painted by different programs: letters differ at their edges, and nothing else does.
      const different = svg.data.reduce((sum, value, i) => sum + Math.abs(value - png.data[i]), 0) / svg.data.length;
      assert.ok(different < 8, `${style}: ${different.toFixed(1)} of 255 apart on average`);
    }
  });

  test('may be shown on a page of another origin, and do nothing there', async (t) => {
    const context = await browser.newContext();
    t.after(() => context.close());
    const page = await context.newPage();
    const label = encodeURIComponent('"><script>window.parent.broken = 1</script><img src=x onerror="window.broken=1">');
    const elsewhere = createServer((_, response) => response.setHeader('content-type', 'text/html').end(`<!doctype html><meta charset="utf-8"><title>Elsewhere</title>
      <img src="${server.url}/counter/shown.svg?site=example.com&label=${label}" alt="">
      <iframe title="a counter" src="${server.url}/counter/shown.html?site=example.com&label=${label}"></iframe>`));
    await new Promise((done) => elsewhere.listen(0, '127.0.0.1', done));
    atEnd(() => (elsewhere.close(), elsewhere.closeAllConnections()));
    await page.goto(`http://localhost:${elsewhere.address().port}/`);
    assert.ok(await page.locator('img').evaluate((image) => image.decode().then(() => image.naturalWidth > 100)));
    const frame = page.frameLocator('iframe');
    assert.match(await frame.getByRole('img').getAttribute('aria-label'), /^">.*: 1284$/);
    assert.equal(await frame.locator('script, img').count(), 0);
    assert.equal(await page.evaluate(() => window.broken), undefined);
    assert.deepEqual(await context.cookies(), []);
  });

  test('count what a proxy fetches for people, and its pairs and retries once', async () => {
    const camo = { 'user-agent': 'github-camo (876de43e)' };
    const shown = async () => (await badge('%2Freadme.svg?count=1&label=', { headers: camo })).text.match(/aria-label="(\d+)"/)[1];
    const together = await Promise.all(Array.from({ length: 5 }, shown));
    assert.deepEqual(together, ['1', '1', '1', '1', '1']);
    await sleep(1_050);
    assert.equal(await shown(), '2');
    const rows = (await server.rows()).filter(({ path }) => path === '/readme');
    assert.deepEqual(rows.map(({ source }) => source), ['pixel', 'pixel']);
  });

  test('are asked for again, and not sent again', async () => {
    const { headers } = await badge('shown.png?scale=2');
    assert.equal(headers.get('cache-control'), 'no-cache, max-age=0, s-maxage=0');
    assert.equal((await badge('shown.png?scale=2', { headers: { 'if-none-match': headers.get('etag') } })).status, 304);
    await increment('shown');
    assert.equal((await badge('shown.png?scale=2', { headers: { 'if-none-match': headers.get('etag') } })).status, 200);
  });

  test('show visitors in place of views, and the numbers of a time, in every format', async () => {
    for (const visitor of ['ann', 'ann', 'bob']) await server.visit('/people', { visitor });
    const people = encodeURIComponent('/people');
    const shown = async (rest) => (await badge(rest)).text.match(/aria-label="([^"]*)"/)?.[1];
    await until(async () => (await shown(`${people}.svg?unique=1`)) === 'visitors: 2', 'both');
    assert.equal(await shown(`${people}.svg`), 'visits: 3');
    assert.equal(await shown(`${people}.html?unique=1&label=People`), 'People: 2');
    assert.deepEqual((await badge(`${people}.json?unique=1`)).json, { site: 'example.com', key: '/people', value: 3, visitors: 2 });
    assert.equal((await badge(`${people}.json?unique=1&format=shields`)).json.message, '2');
    assert.equal((await badge(`${people}.png?unique=1`)).headers.get('content-type'), 'image/png');
    assert.equal(await shown(`${people}.svg?to=2020-01-01`), 'visits: 0');
    const today = new Date().toISOString().slice(0, 10);
    await until(async () => (await shown(`${people}.svg?from=2020-01-01&to=${today}&unique=1`)) === 'visitors: 2', 'today');
  });

  test('count their own view among the visitors before they are shown', async () => {
    const answer = await badge('%2Fcounted.svg?count=1&unique=1', { headers: { 'user-agent': 'one of a kind' } });
    assert.match(answer.text, /aria-label="visitors: 1"/);
  });
});

describe('A live number', () => {
  test('is told now, then with each change, together where they come fast', async () => {
    await increment('live');
    const watcher = await follow(`${server.url}/api/counters/live/live?site=example.com`);
    await until(() => watcher.last() === 1, 'the number now');
    await increment('live');
    await until(() => watcher.last() === 2, 'the change');
    const begun = performance.now();
    const before = watcher.events.length;
    for (let round = 0; round < 20; ++round) await Promise.all(Array.from({ length: 10 }, () => increment('live')));
    await until(() => watcher.last() === 202, () => `202, it is ${watcher.last()}`);
    const seconds = (performance.now() - begun) / 1_000;
    const told = watcher.events.length - before;
    assert.ok(told <= Math.ceil(seconds * 10) + 1, `${told} events in ${seconds.toFixed(2)} s`);
    const values = watcher.events.map(({ value }) => value);
    assert.deepEqual(values, [...values].sort((a, b) => a - b), 'it never goes back');
    assert.deepEqual([watcher.events[0].event, watcher.events[0].site, watcher.events[0].key], ['value', 'example.com', 'live']);
    await watcher.close();
    await until(async () => /^footfall_counter_watchers 0$/m.test((await server.ask('/metrics')).text), 'its place to be given away');
  });

  test('that was told is never lost, whenever the power goes', async () => {
    const data = join(folder(), 'data');
    let one = await serve({ data });
    const watcher = await follow(`${one.url}/api/counters/kept/live?site=example.com`);
    let running = true;
    const counting = Array.from({ length: 8 }, async () => {
      while (running) await one.ask('/api/counters/kept/increment?site=example.com', { method: 'POST', token: null }).catch(() => {});
    });
    await until(() => watcher.last() > 200, 'some numbers');
    await one.kill();
    running = false;
    await Promise.all(counting);
    await watcher.close();
    one = await serve({ data });
    const kept = await one.count('kept');
    assert.ok(kept >= watcher.last(), `${watcher.last()} was told, ${kept} was kept`);
    await one.stop();
  });
});

describe('The element', () => {
  test('shows and follows a counter of the real program, and everyone can read it', async (t) => {
    const root = folder();
    mkdirSync(root, { recursive: true });
    writeFileSync(join(root, 'index.html'), `<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,">
      <script defer src="/js/counter.js" data-site="example.com"></script><main><h1>A page</h1><p><footfall-counter key="likes" label="likes">some</footfall-counter></p></main>`);
    const site = await serve({ args: ['--root', root] });
    const grow = () => site.ask('/api/counters/likes/increment?site=example.com', { method: 'POST', token: null });
    const page = await browser.newPage();
    t.after(() => page.close());
    const said = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(String(error)));
    await grow();
    await page.goto(site.url);
    const number = () => page.$eval('footfall-counter', (element) => element.value);
    await until(async () => (await number()) === 1, 'the number');
    await grow();
    await until(async () => (await number()) === 2, 'the change');
    await page.evaluate(readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8'));
    const { violations } = await page.evaluate(() => window.axe.run());
    assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), []);
    assert.deepEqual(said, []);
    await page.close();
    await within(10_000, site.stop(), 'a stop while somebody had watched');
  });
});

describe('Dialects', () => {
  const speak = (...dialects) => server.ask('/api/sites', { method: 'POST', body: { site: 'example.com', dialects } });

  test('come and go with the setting of a site, without a restart', async () => {
    assert.equal((await ask('/hit/example.com/visits')).status, 404);
    await speak('countapi', 'busuanzi', 'hit-counter', 'moe');
    assert.deepEqual((await ask('/hit/example.com/visits')).json, { value: 1 });
    await speak();
    assert.equal((await ask('/hit/example.com/visits')).status, 404);
    await speak('countapi', 'busuanzi', 'hit-counter', 'moe');
    assert.deepEqual((await ask('/hit/example.com/visits')).json, { value: 2 });
  });

  test('CountAPI: hit, get and stream agree', async () => {
    const watcher = await follow(`${server.url}/stream/example.com/streamed`);
    await until(() => watcher.last() === 0, 'the number now');
    for (let value = 1; value <= 3; ++value) assert.deepEqual((await ask('/hit/example.com/streamed')).json, { value });
    await until(() => watcher.last() === 3, 'the change');
    assert.deepEqual((await ask('/get/example.com/streamed')).json, { value: 3 });
    await watcher.close();
  });

  test('CountAPI: hits at the same time are all different', async () => {
    const values = await Promise.all(Array.from({ length: 200 }, async () => (await ask('/hit/example.com/raced')).json.value));
    assert.deepEqual(values.sort((a, b) => a - b), Array.from({ length: 200 }, (_, i) => i + 1));
  });

  test('CountAPI: who makes or sets the same at the same time gets the same, and no hit is lost', async () => {
    const owner = (path) => server.ask(path);
    const made = await Promise.all(Array.from({ length: 50 }, () => owner('/create?namespace=example.com&key=made-once&value=7')));
    assert.deepEqual(made.map(({ status }) => status).sort(), [201, ...Array(49).fill(409)]);
    const hits = [];
    await Promise.all(Array.from({ length: 100 }, async (_, i) => {
      if (i % 2) return hits.push((await ask('/hit/example.com/made-once')).json.value);
      const { status, json } = await owner('/set/example.com/made-once?value=5000');
      if (status === 200) assert.equal(json.value, 5_000);
      else assert.equal(status, 403, 'somebody had gone on by then');
    }));
    assert.equal(new Set(hits).size, 50, 'each hit has a number of its own');
    const after = hits.filter((value) => value > 5_000).length;
    assert.equal((await ask('/get/example.com/made-once')).json.value, 5_000 + after, 'set once, and counted from there');
  });

  test('GoatCounter: texts with thin spaces, and a zero that is not found', async () => {
    const missing = await ask('/counter/%2Fnew.json?site=goat.example');
    assert.deepEqual([missing.status, missing.json], [404, { count: '0', count_unique: '0' }]);
    await server.ask('/api/counters/%2Fpost/increment?site=goat.example', { method: 'POST', body: { by: 1_234 } });
    assert.equal((await ask('/counter/%2Fpost.json?site=goat.example')).json.count, '1\u202f234');
    const gif = await fetch(`${server.url}/count?p=/post&site=goat.example`);
    assert.deepEqual([gif.status, gif.headers.get('content-type'), (await gif.arrayBuffer()).byteLength], [200, 'image/gif', 43]);
    assert.equal((await ask('/counter/%2Fpost.json?site=goat.example')).json.count, '1\u202f235');
    await until(async () => (await ask('/counter/%2Fpost.json?site=goat.example')).json.count_unique === '1', 'the one visitor');
    await until(async () => (await ask('/counter/%2Fpost.json?site=goat.example&start=week')).json.count === '1\u202f235', 'all of this week');
    assert.equal((await ask('/counter/%2Fpost.json?site=goat.example&end=2020-01-01')).json.count, '0');
  });

  test('Busuanzi: a page counts and hears its numbers', async () => {
    const bsz = { method: 'POST', headers: { 'x-bsz-referer': 'https://example.com/bsz' } };
    const first = (await ask('/api', bsz)).json;
    const second = (await ask('/api', bsz)).json;
    assert.equal(first.success, true);
    assert.deepEqual([first.data.page_pv, second.data.page_pv], [1, 2]);
    assert.equal(second.data.site_pv, first.data.site_pv + 1);
    const read = async () => (await ask('/api', { headers: bsz.headers })).json.data;
    await until(async () => (await read()).page_uv === 1, 'the one visitor of the page');
    assert.ok((await read()).site_uv > 1);
  });

  test('hit-counter and Moe: images that count', async () => {
    const hits = await ask(`/api/count/incr/badge.svg?url=${encodeURIComponent('https://github.com/me/project')}`);
    assert.match(hits.text, /aria-label="hits: 1"/);
    assert.match((await ask('/@me')).text, /aria-label="1"/);
    assert.deepEqual((await ask('/record/@me')).json, { name: 'me', num: 1 });
  });
});
