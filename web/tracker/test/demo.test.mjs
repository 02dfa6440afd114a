// The demo in examples/site: it shows its numbers, keeps to a strict policy, and can be used by everyone.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { extname } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openSite, visitor } from './harness.mjs';

const folder = new URL('../../../examples/site/', import.meta.url);
const types = { '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.svg': 'image/svg+xml' };
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
