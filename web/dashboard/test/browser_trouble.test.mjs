// What the page makes of failing servers, empty sites and hostile texts.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { chip, context, fake, login, made, open, page, panel, row, settled, tile, tileNumber } from './browser_page.mjs';

describe('When something is wrong', () => {
  test('a part that failed says why, and the others go on', async () => {
    await open({ token: null });
    fake.fail('/api/v2/query', 500, { code: 'store_failed', title: 'The store failed', detail: 'Disk full.' }, { times: 2, when: (text) => !/"dimensions":\["visit:source/.test(text) });
    await page.getByLabel('Access token').fill('admin');
    await page.keyboard.press('Enter');
    const notice = page.getByRole('alert').filter({ hasText: 'The store failed' }).first();
    await notice.waitFor();
    assert.match(await notice.textContent(), /Disk full\..*500 store_failed/);
    await row('Sources', 'Google').waitFor();
    const again = page.getByRole('button', { name: 'Try again' });
    // One of them may vanish before it is clicked, when another part's answer came.
    while ((await again.count()) > 0) await again.first().click({ timeout: 1000 }).catch(() => {});
    await tile('Visitors').locator('.tile-value', { hasText: /\d/ }).waitFor();
    assert.equal(await page.getByRole('alert').count(), 0);
  });

  test('a busy server is asked again when it said, and nobody notices', async () => {
    await open({ token: null });
    fake.fail('/api/v2/query', 503, { code: 'busy', title: 'Busy' }, { times: 5, headers: { 'Retry-After': '1' } });
    await login('admin');
    await settled();
    assert.equal(await page.getByRole('alert').count(), 0);
  });

  test('a server that is away is told, its last numbers stay, and it is found again', async () => {
    await open();
    await settled();
    const number = await tileNumber('Visitors');
    await context.setOffline(true);
    await page.getByText('You are offline.').waitFor();
    assert.equal(await tileNumber('Visitors'), number);
    fake.add({ path: '/meanwhile' });
    await context.setOffline(false);
    await page.getByText('You are offline.').waitFor({ state: 'detached' });
    await page.waitForFunction((before) => Number(document.querySelector('.tile-value').title.replaceAll(',', '')) === before + 1, number);
  });

  test('an answer that is not what it should be breaks nothing', async () => {
    await open({ token: null });
    fake.fail('/api/v2/query', 200, {}, { times: 3, when: (text) => !/"dimensions":\["visit:source/.test(text) });
    await page.getByLabel('Access token').fill('admin');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').first().waitFor();
    await row('Sources', 'Google').waitFor();
  });
});

describe('A new site', () => {
  test('shows the script tag, and gives way to the charts when the first visit comes', async () => {
    await open({ server: { visits: [], sites: ['example.com'] }, token: null });
    await page.getByLabel('Access token').fill('admin');
    await page.keyboard.press('Enter');
    await page.getByText('No visits yet').waitFor();
    const tag = await page.getByRole('region', { name: 'The script tag' }).textContent();
    assert.equal(tag, `<script defer src="http://127.0.0.1:${fake.port}/js/footfall.js" data-site="example.com"></script>`);
    fake.add({ site: 'example.com', path: '/first' });
    await row('Pages', '/first').waitFor();
  });

  test('is asked for when there is none', async () => {
    await open({ server: { visits: [], sites: [] }, token: null });
    await page.getByLabel('Access token').fill('admin');
    await page.keyboard.press('Enter');
    await page.getByText('No site yet').waitFor();
  });
});

describe('Hostile text', () => {
  const attacks = [
    '<script>window.__run = 1</script>',
    '<img src=x onerror="window.__run = 1">',
    '"><svg onload=window.__run=1>',
    "javascript:window.__run=1",
    '{{constructor.constructor("window.__run=1")()}}',
    '__proto__',
    'constructor',
    '\u202egnp.exe\u0000\u0007',
    `/${'a'.repeat(1990)}`,
  ];

  test('from visitors is shown as text and runs nothing', async () => {
    const now = Date.now();
    const base = made.at(-1);
    const visits = attacks.flatMap((text, place) => [
      { ...base, id: `a${place}`, session: text, visitor: text, ip: text, path: text, title: text, referrer: text, referrer_source: text, channel: text, country: text, browser: text, os: text, device: text, utm_campaign: text, bot: null, kind: text, source: text, event: 'pageview', user_agent: text, time: now - place, region: '', city: '' },
      { ...base, id: `e${place}`, session: text, visitor: text, ip: text, path: text, bot: text, kind: 'event', event: text, props: { [text]: text, nested: { text } }, time: now - place },
      { ...base, id: `p${place}`, session: text, visitor: text, ip: text, path: text, bot: null, kind: 'event', event: text, props: { [text]: text }, time: now - place },
    ]);
    await open({ server: { visits, sites: ['localhost', '<b>x</b>'] }, browserContext: { viewport: { width: 1280, height: 3000 } }, hash: '#bots=1' });
    await settled();
    for (const name of ['Pages', 'Sources', 'Technology', 'Who', 'How counted']) {
      for (const label of await panel(name).getByRole('tab').allTextContents()) {
        await panel(name).getByRole('tab', { name: label, exact: true }).click();
        await settled();
      }
    }
    await panel('Pages').getByRole('tab', { name: 'Top' }).click();
    await row('Pages', attacks[0]).locator('.row-main').click();
    await chip(attacks[0]).waitFor();
    await page.goBack();
    for (const path of attacks) {
      fake.add({ path, country: path, event: path });
      await page.evaluate((value) => (location.hash = `#bots=1&hits=path~${encodeURIComponent(value)}`), path);
      await page.getByRole('dialog').waitFor();
      await settled();
    }
    await page.evaluate(() => (location.hash = '#bots=1&rows=event:name'));
    await page.getByRole('dialog', { name: 'Events' }).locator('tbody tr').first().waitFor();
    assert.equal(await page.evaluate(() => globalThis.__run), undefined);
    assert.equal(await page.locator('main script, main img, dialog script, dialog img, .row-name svg, [onload], [onerror]').count(), 0);
    for (const link of await page.locator('a[href]').evaluateAll((list) => list.map((one) => [one.href, one.target, one.rel]))) {
      assert.match(link[0], /^https?:/);
      if (link[1] === '_blank') assert.equal(link[2], 'noopener noreferrer');
    }
  });

  test('in the address bar runs nothing either', async () => {
    await open({ hash: '#site=<img src=x onerror=window.__run=1>&f=is~event:page~<script>window.__run=1</script>&range=<b>~<b>&hits=path~<svg onload=window.__run=1>' });
    await page.getByRole('dialog').waitFor();
    assert.equal(await page.evaluate(() => globalThis.__run), undefined);
  });
});
