// Takes the pictures of docs/django.md and examples/django, in a real Chromium, from the real programs:
// docs/images/django_admin.png and django_visits.png, each also `_dark`.
//
//   cmake --build --preset release && node scripts/screenshots_django.mjs [FOLDER]

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const checkout = join(import.meta.dirname, '..');
const images = process.argv[2] ?? join(checkout, 'docs/images');
const program = process.env.FOOTFALL_PROGRAM
  ?? ['release', 'dev'].map((preset) => join(checkout, 'build', preset, 'footfall')).find((file) => existsSync(file));
const data = mkdtempSync(join(tmpdir(), 'footfall-pictures-'));
const example = join(checkout, 'examples/django');
const children = [];

const start = async (command, args, options, pattern) => {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  children.push(child);
  return new Promise((resolve, reject) => {
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (piece) => {
        const found = (said += piece).match(pattern);
        if (found) resolve(found[1]);
      });
    }
    child.once('exit', (code) => reject(new Error(`${command} ended with ${code}: ${said}`)));
  });
};

// Numbers that look like a site's, and are the same each time.
let seed = 7;
const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
const agents = ['rv:140.0) Gecko/20100101 Firefox/140.0', 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36']
  .map((rest, i) => `Mozilla/5.0 (X11; Linux x86_64${i ? ')' : ';'} ${rest}`);
const weights = { '/': 10, '/about/': 5, '/contact/': 2, '/news/storm-of-1901/': 3, '/news/new-lamp/': 1 };
const pages = Object.entries(weights).flatMap(([path, weight]) => Array(weight).fill(path));

try {
  const url = await start(program, ['serve', '--data', data, '--listen', '127.0.0.1:0', '--site', 'localhost',
    '--disk-reserve', '1', '--rate-limit', 'off'], {}, /^listening on (\S+)$/m);
  const token = readFileSync(join(data, 'admin-token'), 'utf8').trim();
  const send = async (path, body) => {
    const answer = await fetch(url + path, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  };
  const hits = [];
  for (let day = 29; day >= 0; --day) {
    const visitors = Math.round((day ? 26 : 18) * (1 + (29 - day) / 20) * (0.6 + 0.8 * random()));
    for (let i = 0; i < visitors; ++i) {
      const who = { ip: `203.0.113.${Math.floor(random() * 250)}`, user_agent: agents[Math.floor(random() * 2)] };
      const came = Date.now() - (day ? (day + random()) * 86_400_000 : random() * 20 * 3_600_000);
      for (let views = Math.ceil(random() * 4), at = came; views > 0 && at < Date.now(); --views, at += random() * 120_000)
        hits.push({ site: 'localhost', path: pages[Math.floor(random() * pages.length)], timestamp: new Date(at).toISOString(), ...who });
    }
  }
  hits.sort((a, b) => a.timestamp.localeCompare(b.timestamp));
  for (let i = 0; i < hits.length; i += 100) await send('/api/visits', hits.slice(i, i + 100));

  const env = { PATH: process.env.PATH, HOME: data, FOOTFALL_URL: url, FOOTFALL_INGEST_TOKEN: token, FOOTFALL_READ_TOKEN: token, FOOTFALL_WAYS: 'server',
    FOOTFALL_SPOOL: join(data, 'spool'), DATABASE: join(data, 'example.sqlite3'), DJANGO_SUPERUSER_PASSWORD: 'a password',
    PYTHONDONTWRITEBYTECODE: '1' };
  for (const args of [['migrate'], ['createsuperuser', '--noinput', '--username', 'keeper', '--email', 'keeper@example.com']]) {
    const { status, stderr } = spawnSync('/usr/bin/python3', ['manage.py', ...args], { cwd: example, env, encoding: 'utf8' });
    if (status) throw new Error(stderr);
  }
  const port = await start('/usr/bin/python3', ['-m', 'gunicorn', '--bind', '127.0.0.1:0', 'example.wsgi'], { cwd: example, env },
    /Listening at: http:\/\/127\.0\.0\.1:(\d+)/);
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
  const page = await browser.newPage({ viewport: { width: 1_000, height: 860 } });
  await page.goto(`http://localhost:${port}/admin/footfall/traffic/`);
  await page.fill('input[name=username]', 'keeper');
  await page.fill('input[name=password]', 'a password');
  await page.press('input[name=password]', 'Enter');
  await page.waitForSelector('.footfall-chart');
  for (const [path, name, height] of [['/admin/footfall/traffic/', 'django_admin', 760], ['/visits/', 'django_visits', 760]]) {
    await page.setViewportSize({ width: 1_000, height });
    for (const scheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.goto(`http://localhost:${port}${path}`, { waitUntil: 'networkidle' });
      await page.screenshot({ path: join(images, `${name}${scheme === 'dark' ? '_dark' : ''}.png`) });
    }
  }
  await browser.close();
} finally {
  for (const child of children) child.removeAllListeners('exit').kill('SIGTERM');
  rmSync(data, { recursive: true, force: true, maxRetries: 5 });
}
