// What only happens to tabs that no driver holds: rendering ahead, and being hidden behind another tab.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSite, sleep, tag, unattended, until } from './harness.mjs';

const run = (code) => `<script>${code}</script>`;
const of = (site, path) => site.messages.filter(({ u }) => new URL(u).pathname === path);

test('a page rendered ahead is counted when it is shown, with its events, and one that never is, is not', async (t) => {
  const early = run('window.footfall = function () { (footfall.q = footfall.q || []).push(arguments) }; footfall("Ready")');
  const ahead = ['/target', '/never'];
  const site = await openSite({
    pages: {
      '/start': '<script type="speculationrules">{"prerender":[{"source":"list","urls":["/target","/never"]}]}</script>' +
        run('fetch("/api/counters/go").then(() => (location.href = "/target"))'),
      '/target': { head: early + tag() },
      '/never': { head: early + tag() },
    },
    counters: {
      go: async (reply) => {
        await until(() => ahead.every((path) => site.pagesAsked.some((asked) => asked.path === path)), () => 'Chromium to render ahead');
        await sleep(1_000); // long enough for a script that did not wait to have reported
        reply(200, 'application/json', JSON.stringify(site.messages.length));
      },
    },
  });
  unattended(t, site.origin + '/start');

  await until(() => of(site, '/target').length >= 2, () => `the view of /target; came: ${JSON.stringify(site.messages)}`);
  await sleep(300);
  for (const path of ahead) {
    const asked = site.pagesAsked.filter((each) => each.path === path);
    assert.match(asked[0].headers['sec-purpose'] ?? '', /prerender/, 'this Chromium did not render ahead: nothing was tried');
    assert.equal(asked.length, 1);
  }
  assert.deepEqual(of(site, '/target').map(({ n, k }) => [n, k]).sort(), [['Ready', undefined], ['pageview', 'prerendered']]);
  assert.deepEqual(of(site, '/never'), []);
  assert.deepEqual(of(site, '/start').map(({ n, k }) => [n, k]), [['pageview', 'load'], ['engagement', undefined]]);
});

test('a page opened behind another tab is counted when that tab is closed', async (t) => {
  let shown_at = 0;
  const site = await openSite({
    pages: {
      '/opener': run('window.open("/front")'),
      '/front': { head: '', body: run('opener.location = "/behind"; fetch("/api/counters/close").then(() => window.close())') },
      '/behind': '',
    },
    counters: {
      close: async (reply) => {
        await until(() => site.pagesAsked.some(({ path }) => path === '/behind'), () => 'the page behind');
        await sleep(1_000);
        assert.deepEqual(of(site, '/behind'), []);
        shown_at = Date.now();
        reply(200, 'application/json', '1');
      },
    },
  });
  unattended(t, site.origin + '/opener');
  await until(() => of(site, '/behind').length, () => `the view of /behind; came: ${JSON.stringify(site.messages)}`);
  await sleep(300);
  assert.ok(shown_at > 0, 'counted before it was shown');
  assert.deepEqual(of(site, '/behind').map(({ n, k }) => [n, k]), [['pageview', 'load']]);
});

test('time behind another tab is not engagement, and what is read before and after adds up', async (t) => {
  const read_ms = 4_000; // with room for a slow machine above the 3 s that are worth a message
  const hidden_ms = 2_500;
  const site = await openSite({ pages: {
    '/read': run(`
      addEventListener('DOMContentLoaded', () => setTimeout(() => window.open('/over'), ${read_ms}));
      document.addEventListener('visibilitychange', () => {
        if (document.visibilityState === 'visible') setTimeout(() => (location.href = '/end'), ${read_ms});
      });`),
    '/over': { head: '', body: run(`setTimeout(() => window.close(), ${hidden_ms})`) },
    '/end': { head: '' },
  } });
  const began = Date.now();
  unattended(t, site.origin + '/read');
  await until(() => site.named('engagement').length >= 1, () => 'the first part');
  await until(() => site.named('engagement').length >= 2, () => 'the second part');
  const wall_ms = Date.now() - began;
  await sleep(300);

  const parts = of(site, '/read').filter(({ n }) => n === 'engagement').map(({ e }) => e);
  assert.equal(parts.length, 2, `${parts}`);
  for (const e of parts) assert.ok(e >= 3_000, `${parts}`);
  assert.ok(parts[0] + parts[1] <= wall_ms - hidden_ms, `${parts} of ${wall_ms}`);
});
