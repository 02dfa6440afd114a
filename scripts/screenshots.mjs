// Takes the pictures of docs/embeds.md, in a real Chromium, from the real program: docs/images/badges.png, and
// docs/images/counter-light.png and counter-dark.png.
//
//   cmake --build --preset release && node scripts/screenshots.mjs

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const checkout = join(import.meta.dirname, '..');
const images = join(checkout, 'docs/images');
const program = process.env.FOOTFALL_PROGRAM
  ?? ['release', 'dev'].map((preset) => join(checkout, 'build', preset, 'footfall')).find((file) => existsSync(file));
const data = mkdtempSync(join(tmpdir(), 'footfall-pictures-'));

const server = spawn(program, ['serve', '--data', data, '--listen', '127.0.0.1:0', '--site', 'localhost', '--disk-reserve', '1',
  '--rate-limit', 'off', '--root', join(checkout, 'examples/site')], { stdio: ['ignore', 'pipe', 'ignore'] });
const url = await new Promise((resolve, reject) => {
  let said = '';
  server.stdout.on('data', (piece) => {
    const found = (said += piece).match(/^listening on (\S+)$/m);
    if (found) resolve(found[1]);
  });
  server.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
});
const token = readFileSync(join(data, 'admin-token'), 'utf8').trim();
const send = async (path, body) => {
  const answer = await fetch(url + path, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
};
// So many views, of about half as many people.
const views = async (path, count) => {
  for (let left = count; left > 0; left -= 100) {
    await send('/api/visits', Array.from({ length: Math.min(left, 100) }, (_, i) => (
      { site: 'localhost', path, ip: `203.0.113.${(left + i) % 250}`, user_agent: `Mozilla/5.0 (X11; Linux x86_64; rv:${100 + left % 40}.0) Firefox/${100 + left % 40}.0` })));
  }
};

const sheet = (rows) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>Badges</title><style>
  body { margin: 0; font: 13px/1 "DejaVu Sans", sans-serif; width: max-content; }
  div { display: grid; grid-template-columns: 130px 240px 240px; }
  span, p { display: flex; align-items: center; margin: 0; padding: 10px 18px; background: #fff; color: #24292f; }
  .dark { background: #0d1117; }
</style>${rows}`;

try {
  await send('/api/counters/visits/increment?site=localhost', { by: 1_284 });
  await views('/', 1_283);
  await views('/projects.html', 310);
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
  const page = await browser.newPage({ viewport: { width: 800, height: 600 } });

  await page.goto(`${url}/livez`);
  await page.setContent(sheet(['flat', 'flat-square', 'plastic', 'for-the-badge', 'digits', 'plain', 'card'].map((style) => {
    const image = (theme) => `<img alt="" src="${url}/counter/visits.svg?label=visitors&style=${style}&theme=${theme}">`;
    return `<div><span>${style}</span><p>${image('light')}</p><p class="dark">${image('dark')}</p></div>`;
  }).join('')));
  await page.waitForLoadState('networkidle');
  await page.locator('body').screenshot({ path: join(images, 'badges.png') });

  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width: 390, height: 1_000 });
    await page.goto(url);
    await page.waitForFunction(() => [...document.querySelectorAll('footfall-counter')].every((counter) => counter.value > 1));
    await page.waitForTimeout(1_000); // until the digits have come to rest
    await page.locator('.marker').screenshot({ path: join(images, `counter-${colorScheme}.png`) });
  }
  await browser.close();
} finally {
  server.kill();
  rmSync(data, { recursive: true, force: true });
}
