// What an owner does with the page, and finds there.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { browser, chip, context, expected, fake, login, made, open, other, page, panel, row, settled, tile, tileNumber } from './browser_page.mjs';
import { answerQuery } from './fake_visits.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const live_ms_max = 1000;

describe('Login', () => {
  test('refuses a wrong token with the words of the server, and takes the right one', async () => {
    await open({ token: 'wrong' });
    await page.getByRole('alert').filter({ hasText: 'The token is not valid' }).waitFor();
    assert.match(await page.getByRole('alert').textContent(), /No token of this server is spelled like that/);
    await login('admin');
    assert.equal(await page.title(), 'localhost – Footfall');
  });

  test('leaves nothing secret where a script could find it', async () => {
    await open();
    const found = await page.evaluate(() => JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }, location.href]));
    assert.doesNotMatch(found, /admin|dash=/);
  });

  test('comes back when the session has ended, and leads to the same view', async () => {
    await open({ hash: '#range=30d' });
    fake.sessions.clear();
    await page.getByRole('button', { name: '24 h' }).click();
    await page.getByText('The session has ended').waitFor();
    await login('admin');
    assert.equal(await page.getByRole('button', { name: '24 h' }).getAttribute('aria-pressed'), 'true');
  });

  test('can be left', async () => {
    await open();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Access token').waitFor();
    assert.equal(fake.sessions.size, 0);
  });

  test('says how long to wait when there were too many tries', async () => {
    await open({ token: null });
    fake.fail('/api/login', 429, { code: 'too_many_tries', title: 'Too many tries' }, { headers: { 'Retry-After': '30' } });
    await login('wrong');
    await page.getByText('Too many tries').waitFor();
    await page.getByText('wait 30 seconds').waitFor();
  });
});

describe('The page', () => {
  test('shows the numbers that the visits come to', async () => {
    await open();
    const [visitors, visits, pageviews] = expected(['visitors', 'visits', 'pageviews'])[0].metrics;
    assert.deepEqual([await tileNumber('Visitors'), await tileNumber('Sessions'), await tileNumber('Page views')], [visitors, visits, pageviews]);
    await row('Pages', '/about').waitFor();
    for (const [name, dimension, value, shown] of [
      ['Pages', 'event:page', '/about', '/about'],
      ['Sources', 'visit:source', 'Google', 'Google'],
      ['Places', 'visit:country', 'DE', 'Germany'],
      ['Technology', 'visit:browser', 'Firefox', 'Firefox'],
    ]) {
      const amount = expected(['visitors'], { dimensions: [dimension] }).find((one) => one.dimensions[0] === value).metrics[0];
      assert.match(await row(name, shown).locator('.row-value').textContent(), new RegExp(`^${amount}\\b`));
    }
  });

  test('has the lists that the owner asked for', async () => {
    await open({ browserContext: { viewport: { width: 1280, height: 2600 } } });
    for (const [name, tabs] of [
      ['Pages', ['Top', 'Entry', 'Exit']],
      ['Sources', ['Sources', 'Channels', 'Referrers', 'Campaigns']],
      ['Technology', ['Browsers', 'Systems', 'Devices']],
      ['Who', ['IP addresses', 'Sessions', 'Visitors']],
      ['How counted', ['Kinds', 'Reported by', 'Bots']],
    ]) {
      for (const label of tabs) {
        await panel(name).getByRole('tab', { name: label, exact: true }).click();
        await settled();
        assert.ok((await panel(name).locator('.row').count()) > 0, `${name}: ${label}`);
      }
    }
    await panel('Sources').getByRole('tab', { name: 'Campaigns' }).click();
    await panel('Sources').getByLabel('Show by').selectOption('visit:utm_medium');
    await row('Sources', 'email').waitFor();
    await row('Events', 'Sign up').waitFor();
  });

  test('keeps people’s addresses from those who may only read the charts', async () => {
    await open({ token: 'reader' });
    assert.equal(await panel('Who').count(), 0);
    await panel('Pages').waitFor();
    assert.ok(!fake.queries.some((body) => body.dimensions?.some((one) => ['visit:ip', 'visit:session', 'visit:visitor'].includes(one))));
  });

  test('works under a prefix', async () => {
    await open({ server: { prefix: '/stats' } });
    await row('Pages', '/about').waitFor();
    assert.ok(fake.requests.includes('POST /api/v2/query'));
  });

  test('shows another site', async () => {
    await open();
    await page.getByLabel('Site').selectOption('blog.example');
    await page.waitForFunction(() => document.title.startsWith('blog.example'));
    await settled();
    assert.equal(await tileNumber('Visitors'), expected(['visitors'], { site: 'blog.example' })[0].metrics[0]);
    await page.goBack();
    await page.waitForFunction(() => document.title.startsWith('localhost'));
  });

  test('counts bots when asked to', async () => {
    await open();
    await page.getByRole('switch', { name: 'Bots' }).click();
    const [pageviews] = expected(['pageviews'], { bots: true })[0].metrics;
    assert.notEqual(pageviews, expected(['pageviews'])[0].metrics[0]);
    await page.waitForFunction((number) => document.querySelectorAll('.tile-value')[2].title.replaceAll(',', '') === String(number), pageviews);
  });

  test('compares with the period before', async () => {
    await open();
    await tile('Visitors').locator('.change').waitFor();
    await page.getByRole('switch', { name: 'Compare' }).click();
    await page.waitForFunction(() => !document.querySelector('.change'));
    assert.match(page.url(), /compare=0/);
  });

  test('remembers light or dark', async () => {
    await open();
    await page.getByRole('button', { name: 'Dark colours' }).click();
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const dark = await ground();
    await page.reload();
    await tile('Visitors').waitFor();
    assert.equal(await ground(), dark);
    await page.getByRole('button', { name: 'Light colours' }).click();
    assert.notEqual(await ground(), dark);
  });
});

describe('A filter', () => {
  test('is a row that was chosen, a chip that can be taken away, and a step that can be gone back', async () => {
    await open();
    await row('Places', 'Germany').locator('.row-main').click();
    await chip('Country is Germany').waitFor();
    await settled();
    assert.equal(await tileNumber('Visitors'), expected(['visitors'], { filters: [['is', 'visit:country', ['DE']]] })[0].metrics[0]);

    await row('Pages', '/about').locator('.row-main').click();
    await chip('Page is /about').waitFor();
    await settled();
    const both = [['is', 'visit:country', ['DE']], ['is', 'event:page', ['/about']]];
    assert.equal(await tileNumber('Visitors'), expected(['visitors'], { filters: both })[0].metrics[0]);

    await page.goBack();
    await page.waitForFunction(() => document.querySelectorAll('.chip').length === 1);
    await page.goForward();
    await page.waitForFunction(() => document.querySelectorAll('.chip').length === 2);

    await page.getByRole('button', { name: 'Remove the filter: Country is Germany' }).click();
    await page.waitForFunction(() => document.querySelectorAll('.chip').length === 1);
    await settled();
    assert.equal(await tileNumber('Visitors'), expected(['visitors'], { filters: [both[1]] })[0].metrics[0]);

    await row('Pages', '/about').locator('.row-main').click();
    await page.waitForFunction(() => document.querySelectorAll('.chip').length === 0);
  });

  test('travels in a link', async () => {
    await open();
    await row('Sources', 'Hacker News').locator('.row-main').click();
    await chip('Source is Hacker News').waitFor();
    const link = page.url();
    assert.match(link, /#site=localhost&f=is~visit:source~Hacker%20News$/);
    const second = await context.newPage();
    await second.goto(link);
    await second.locator('.chip', { hasText: 'Source is Hacker News' }).waitFor();
  });

  test('can be written by hand, in the words of the page', async () => {
    await open();
    await page.getByRole('button', { name: 'Filter', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Add a filter' });
    await dialog.getByLabel('Dimension').selectOption('visit:country');
    await dialog.getByLabel('Condition').selectOption('is_not');
    await dialog.getByLabel('Value').fill('germany');
    await page.waitForFunction(() => document.querySelectorAll('datalist option').length > 3);
    await dialog.getByRole('button', { name: 'Apply' }).click();
    await chip('Country is not Germany').waitFor();
    await settled();
    assert.equal(await tileNumber('Visitors'), expected(['visitors'], { filters: [['is_not', 'visit:country', ['DE']]] })[0].metrics[0]);
  });

  test('by a browser opens it up into its versions', async () => {
    await open();
    await row('Technology', 'Firefox').locator('.row-main').click();
    await row('Technology', '145').waitFor();
  });

  test('that nothing matches says so, and how to get out', async () => {
    await open({ hash: '#f=is~event:page~/nowhere' });
    await page.getByText('No visits match the filters').waitFor();
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    await row('Pages', '/about').waitFor();
  });
});

describe('The period', () => {
  test('is chosen by a button, stepped, and gone back', async () => {
    await open();
    await page.getByRole('button', { name: '30 d' }).click();
    await settled();
    assert.equal(await tileNumber('Visitors'), expected(['visitors'], { days: 30 })[0].metrics[0]);
    await page.getByRole('button', { name: 'The period before' }).click();
    await page.waitForURL(/range=\d{4}-\d\d-\d\d~/);
    await page.goBack();
    await page.goBack();
    await page.waitForFunction(() => document.querySelector('.segment[title="Last 7 days"]').ariaPressed === 'true');
  });

  test('can be any two dates', async () => {
    await open();
    const day = (back) => new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10);
    await page.getByRole('button', { name: 'Dates…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Between two dates' });
    await dialog.getByLabel('From').fill(day(3));
    await dialog.getByLabel('To').fill(day(9));
    assert.ok(await dialog.getByRole('button', { name: 'Show' }).isDisabled());
    await dialog.getByLabel('From').fill(day(20));
    await dialog.getByRole('button', { name: 'Show' }).click();
    await page.waitForURL(new RegExp(`range=${day(20)}~${day(9)}`));
    await settled();
    const { metrics } = answerQuery(made, { site_id: 'localhost', metrics: ['pageviews'], date_range: [day(20), day(9)] }).results[0];
    assert.equal(await tileNumber('Page views'), metrics[0]);
  });

  test('may be all time, divided as it suits', async () => {
    await open();
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await settled();
    assert.equal(await tileNumber('Visitors'), expected(['visitors'], { days: 45 })[0].metrics[0]);
    assert.equal(await page.getByRole('button', { name: 'Days', exact: true }).getAttribute('aria-pressed'), 'true');
    await page.getByRole('button', { name: 'Weeks', exact: true }).click();
    await page.waitForURL(/by=week/);
  });

  test('without visits leads to one that has some', async () => {
    await open({ hash: '#range=2020-01-01~2020-01-07' });
    await page.getByText('No visits in this period: 1 – 7 Jan 2020').waitFor();
    await page.getByRole('button', { name: 'Show all time' }).click();
    await row('Pages', '/about').waitFor();
  });
});

describe('The chart', () => {
  test('shows one of the rates alone, or some of the counts', async () => {
    await open();
    await settled();
    await tile('Bounce rate').click();
    assert.match(page.url(), /show=bounce_rate/);
    await tile('Visitors').click();
    await tile('Page views').click();
    assert.match(page.url(), /show=visitors,pageviews/);
    assert.equal(await tile('Sessions').getAttribute('aria-pressed'), 'false');
  });

  test('is a table as well', async () => {
    await open();
    await page.getByRole('button', { name: 'Table', exact: true }).click();
    const rows = page.locator('.timeline-table tbody tr');
    await page.waitForFunction(() => document.querySelectorAll('.timeline-table tbody tr').length === 7);
    const today = expected(['visitors', 'visits', 'pageviews'], { days: 1 })[0].metrics;
    const cells = await rows.last().locator('td').allTextContents();
    assert.deepEqual(cells.slice(0, 3), today.map(String));
  });

  test('is walked through with arrow keys, and speaks', async () => {
    await open();
    const chart = page.getByRole('slider');
    await chart.focus();
    await page.keyboard.press('End');
    const said = await chart.getAttribute('aria-valuetext');
    assert.match(said, new RegExp(`${new Date().getUTCFullYear()}: Visitors \\d+, Sessions \\d+, Page views \\d+`));
    await page.keyboard.press('ArrowLeft');
    assert.notEqual(await chart.getAttribute('aria-valuetext'), said);
    await page.locator('.chart-tip').waitFor();
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => !document.querySelector('.chart-tip'));
  });

  test('is zoomed into by dragging across it', async () => {
    await open({ hash: '#range=30d' });
    await settled();
    const box = await page.locator('.u-over').boundingBox();
    await page.mouse.move(box.x + box.width * 0.2, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, box.y + 60, { steps: 5 });
    await page.mouse.up();
    await page.waitForURL(/range=\d{4}-\d\d-\d\d~\d{4}-\d\d-\d\d/);
    await settled();
    const [, from, to] = /range=([\d-]+)~([\d-]+)/.exec(page.url());
    assert.ok((Date.parse(to) - Date.parse(from)) / 86_400_000 >= 7);
    assert.equal(await tileNumber('Visitors'), answerQuery(made, { site_id: 'localhost', metrics: ['visitors'], date_range: [from, to] }).results[0].metrics[0]);
  });
});

describe('A new visit', () => {
  // How long three visits took to be seen, shortest first. The one in the middle counts: this machine has other work.
  async function threeTimes(visit) {
    const took = [];
    for (let round = 0; round < 3; round += 1) {
      const before = await tileNumber('Page views');
      const start = Date.now();
      visit();
      await page.waitForFunction((number) => document.querySelectorAll('.tile-value')[2].title.replaceAll(',', '') === String(number), before + 1);
      took.push(Date.now() - start);
      await new Promise((resolve) => setTimeout(resolve, 1500));
    }
    return took.sort((a, b) => a - b);
  }

  test('is on the charts within a second', async () => {
    await open();
    await settled();
    const took = await threeTimes(() => fake.add({ path: '/brand-new', country: 'NZ' }));
    assert.ok(took[1] < live_ms_max, `${took} ms`);
    await page.locator('.ticker', { hasText: '/brand-new from New Zealand' }).waitFor();
    await page.locator('.hits').waitFor({ state: 'attached' });
  });

  test('is on the charts within a second also while the store lags behind', async () => {
    await open();
    await settled();
    const took = await threeTimes(() => {
      fake.tell('hit', { site: 'localhost', path: '/late' }, 'localhost');
      setTimeout(() => fake.visits.push({ ...made.at(-1), id: `late-${Math.random()}`, bot: null, kind: 'load', time: Date.now(), path: '/late' }), 400);
    });
    assert.ok(took[1] < live_ms_max, `${took} ms`);
  });

  test('moves the list of pages and the log, and the number of those who are here', async () => {
    await open({ browserContext: { viewport: { width: 1280, height: 2600 } } });
    await settled();
    for (let number = 0; number < 400; number += 1) fake.visits.push({ ...made.at(-1), id: `many-${number}`, session: `s${number}`, visitor: `v${number}`, bot: null, kind: 'load', time: Date.now(), path: '/popular' });
    fake.add({ path: '/popular', visitor: 'v-last', session: 's-last' });
    await row('Pages', '/popular').waitFor();
    await page.locator('.hits .linkish', { hasText: '/popular' }).first().waitFor();
    await page.locator('.live b', { hasText: /^40\d$/ }).waitFor();
  });

  test('by the hundred does not make the page ask by the hundred', async () => {
    await open();
    await settled();
    const before = fake.queries.length;
    const begun = performance.now();
    // A hundred in a second; a slow machine makes fewer, not a longer flood.
    for (let number = 0; number < 100 && performance.now() - begun < 1000; number += 1) {
      fake.add({ path: '/flood' });
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const rounds = fake.queries.slice(before).filter((body) => !body.dimensions).length;
    assert.ok(rounds >= 2 && rounds <= 6, `${rounds} rounds`);
    assert.equal(await tileNumber('Page views'), expected(['pageviews'])[0].metrics[0]);
  });

  test('is missed by nobody when the line was down', async () => {
    await open();
    await settled();
    const before = await tileNumber('Page views');
    for (const stream of [...fake.streams]) stream.response.destroy();
    fake.visits.push({ ...made.at(-1), id: 'unseen', bot: null, kind: 'load', time: Date.now() });
    await page.waitForFunction((number) => document.querySelectorAll('.tile-value')[2].title.replaceAll(',', '') === String(number), before + 1);
  });
});

describe('The long lists', () => {
  test('sort by any number, search, page, and filter', async () => {
    await open({ hash: '#rows=visit:ip' });
    const dialog = page.getByRole('dialog', { name: 'IP addresses' });
    await dialog.getByText(/^1–50 of \d+$/).waitFor();
    const total = expected(['pageviews'], { dimensions: ['visit:ip'] }).length;
    assert.match(await dialog.getByText(/^1–50 of/).textContent(), new RegExp(`of ${total}$`));
    const seen = new Set(await dialog.locator('tbody th').allTextContents());
    await dialog.getByRole('button', { name: 'Next' }).click();
    await dialog.getByText(/^51–/).waitFor();
    for (const name of await dialog.locator('tbody th').allTextContents()) assert.ok(!seen.has(name), name);
    await dialog.getByRole('button', { name: 'Sessions' }).click();
    await dialog.locator('th[aria-sort=descending]', { hasText: 'Sessions' }).waitFor();
    await settled();
    const numbers = (await dialog.locator('tbody tr td:nth-child(3)').allTextContents()).map(Number);
    assert.deepEqual(numbers, numbers.toSorted((a, b) => b - a));
    await dialog.getByRole('searchbox').fill('2001:db8');
    await page.waitForFunction(() => [...document.querySelectorAll('dialog tbody th')].every((cell) => cell.textContent.includes('2001:db8')));
    const chosen = (await dialog.locator('tbody th .linkish').first().textContent()).trim();
    await dialog.locator('tbody th .linkish').first().click();
    await chip(`IP address is ${chosen}`).waitFor();
    assert.equal(await page.getByRole('dialog').count(), 0);
  });

  test('close on Escape and on "back", and give the focus back', async () => {
    await open();
    const more = panel('Pages').locator('.more');
    await more.click();
    await page.getByRole('dialog', { name: 'Pages' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.ok(await more.evaluate((element) => element === document.activeElement));
    assert.doesNotMatch(page.url(), /rows=/);
    await more.click();
    await page.getByRole('dialog').waitFor();
    await page.goBack();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });
});

describe('The visits', () => {
  test('are listed newest first, and page by page without a gap', async () => {
    await open({ browserContext: { viewport: { width: 1280, height: 2600 } } });
    await page.getByRole('button', { name: 'Older visits' }).click();
    await page.waitForFunction(() => document.querySelectorAll('.hits tbody tr').length === 30);
    fake.add({ path: '/in-between' });
    await page.locator('.hits tbody tr').first().filter({ hasText: '/in-between' }).waitFor();
    await page.getByRole('button', { name: 'Older visits' }).click();
    await page.waitForFunction(() => document.querySelectorAll('.hits tbody tr').length >= 45);
    const shown = await page.locator('.hits time').evaluateAll((list) => list.map((one) => one.dateTime));
    const times = fake.visits.filter((hit) => hit.site === 'localhost').map((hit) => new Date(hit.time).toISOString()).sort().reverse();
    assert.deepEqual(shown, times.slice(0, shown.length));
  });

  test('lead from a visit to its session, on to its address, and into the filters', async () => {
    await open({ browserContext: { viewport: { width: 1280, height: 2600 } } });
    await page.locator('.hits tbody tr').first().waitFor();
    await page.locator('.hits tbody tr').first().getByRole('button', { name: /^Session / }).click();
    const session = page.getByRole('dialog', { name: /^Session / });
    await session.locator('.facts').waitFor();
    await session.locator('.hits tbody .mono').first().click();
    const address = page.getByRole('dialog', { name: /^IP address / });
    await address.locator('.facts').waitFor();
    assert.match(page.url(), /hits=ip~/);
    await page.goBack();
    await session.waitFor();
    await session.getByRole('button', { name: 'Filter the charts by it' }).click();
    await page.locator('.chip', { hasText: 'Session is' }).waitFor();
    await settled();
    assert.equal(await tileNumber('Sessions'), 1);
  });

  test('can be taken home as CSV', async () => {
    await open({ browserContext: { viewport: { width: 1280, height: 2600 } }, hash: '#f=is~event:page~/about' });
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'CSV' }).click();
    const file = await download;
    assert.equal(file.suggestedFilename(), 'localhost-visits.csv');
    assert.match(file.url(), /\/api\/visits\.csv\?site=localhost&path=%2Fabout&from=/);
  });

  test('say which filters they cannot follow', async () => {
    await open({ browserContext: { viewport: { width: 1280, height: 2600 } }, hash: '#f=is~visit:country~DE' });
    await page.getByText('not Country.').waitFor();
  });
});

describe('Everybody', () => {
  async function violations(what) {
    await page.evaluate(axe);
    const { violations: found } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
    assert.deepEqual(found.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target} ${node.failureSummary}`).join(' | ').slice(0, 800)}`), [], what);
  }

  for (const colorScheme of ['light', 'dark']) {
    test(`can use it: axe finds nothing in ${colorScheme}`, async () => {
      await open({ browserContext: { colorScheme, viewport: { width: 1280, height: 2600 }, reducedMotion: 'reduce' }, token: null });
      await violations('login');
      await login('admin');
      await settled();
      await violations('page');
      await row('Places', 'Germany').locator('.row-main').click();
      await page.getByRole('button', { name: 'Table', exact: true }).click();
      await page.getByRole('switch', { name: 'Bots' }).click();
      await settled();
      await violations('filtered, as a table, with bots');
      await panel('Pages').locator('.more').click();
      await page.getByRole('dialog', { name: 'Pages' }).locator('tbody tr').first().waitFor();
      await violations('long list');
      await page.keyboard.press('Escape');
      await page.locator('.hits').getByRole('button', { name: /^Session / }).first().click();
      await page.getByRole('dialog', { name: /^Session/ }).locator('.facts').waitFor();
      await violations('session');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Filter', exact: true }).click();
      await page.getByRole('dialog').waitFor();
      await violations('filter form');
    });

    test(`can use it: axe finds nothing in ${colorScheme} when things are empty or wrong`, async () => {
      await open({ browserContext: { colorScheme, reducedMotion: 'reduce' }, server: { visits: [] }, token: null });
      await page.getByLabel('Access token').fill('admin');
      await page.keyboard.press('Enter');
      await page.getByText('No visits yet').waitFor();
      await violations('new site');
      fake.fail('/api/v2/query', 500, { code: 'x', title: 'The store failed', detail: 'Why.' }, { times: 9 });
      await page.getByRole('button', { name: '24 h' }).click();
      await page.getByRole('alert').first().waitFor();
      await violations('failed');
    });
  }

  test('can use it with the keyboard alone', async () => {
    await open({ token: null });
    await page.keyboard.type('admin');
    await page.keyboard.press('Enter');
    await tile('Visitors').locator('.tile-value', { hasText: /\d/ }).waitFor();
    const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '');
    const tabTo = async (matches) => {
      for (let step = 0; step < 80; step += 1) {
        await page.keyboard.press('Tab');
        const seen = await page.evaluate(() => {
          const element = document.activeElement;
          const style = getComputedStyle(element);
          return { text: element.textContent, label: element.getAttribute('aria-label') ?? '', outline: style.outlineStyle };
        });
        assert.notEqual(seen.outline, 'none', `the focus is seen on ${seen.text}`);
        if (matches(seen)) return;
      }
      assert.fail('the keyboard does not get there');
    };
    await tabTo(({ text }) => text === 'Skip to the charts');
    await page.keyboard.press('Enter');
    await tabTo(({ text }) => text === '30 d');
    await page.keyboard.press('Enter');
    await page.waitForURL(/range=30d/);
    await settled();
    await tabTo(({ label }) => label.includes('Arrow keys'));
    await page.keyboard.press('ArrowLeft');
    await page.locator('.chart-tip').waitFor();
    await tabTo(({ text }) => text === 'Top');
    await page.keyboard.press('ArrowRight');
    assert.equal(await focused(), 'Entry');
    await settled();
    await tabTo(({ text }) => text === '/about');
    await page.keyboard.press('Enter');
    await chip('Entry page is /about').waitFor();
    await page.getByRole('button', { name: /^Remove the filter/ }).focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelectorAll('.chip').length === 0);
    assert.match(await focused(), /Filter/);
  });

  test('can use it on a phone', async () => {
    await open({ browserContext: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }, hash: '#f=is~visit:country~DE' });
    await settled();
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(await overflow(), 0);
    await panel('Latest visits').scrollIntoViewIfNeeded();
    await page.locator('.hits tbody tr').first().waitFor();
    assert.equal(await overflow(), 0);
    await page.locator('.hits').getByRole('button', { name: /^Session / }).first().tap();
    await page.getByRole('dialog').locator('.facts').waitFor();
    assert.equal(await overflow(), 0);
    const small = await page.evaluate(() =>
      [...document.querySelectorAll('button, a, select')].filter((one) => {
        const box = one.getBoundingClientRect();
        return box.width > 0 && box.height > 0 && (box.width < 24 || box.height < 24) && !one.matches('.skip, .linkish');
      }).map((one) => one.outerHTML.slice(0, 120)),
    );
    assert.deepEqual(small, []);
  });

  test('is spared motion who does not want it', async () => {
    const moving = async (reducedMotion) => {
      await open({ browserContext: { reducedMotion } });
      await settled();
      fake.add({ path: '/about' });
      await page.locator('.ticker').waitFor();
      return page.evaluate(() => document.getAnimations().length);
    };
    assert.ok((await moving('no-preference')) > 0);
    await context.close();
    await fake.stop();
    assert.equal(await moving('reduce'), 0);
  });
});

describe('What was not counted', () => {
  test('is shown by reason, and re-admitted after one more question', async () => {
    await open();
    assert.equal(await panel('Not counted').count(), 0, 'there is no card for nothing');
    await context.close();
    await fake.stop();

    await open({ token: null });
    fake.dropped = { foreign_origin: 1_234, replayed: 5 };
    await login('admin');
    const card = panel('Not counted');
    await card.scrollIntoViewIfNeeded();
    assert.deepEqual(await card.locator('.row-name').allTextContents(), ['Sent by a page of another site', 'Sent again']);
    await card.getByRole('button', { name: /Re-admit.*another site/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Leave them out' }).click();
    assert.deepEqual(fake.readmissions, []);
    await card.getByRole('button', { name: /Re-admit.*another site/ }).click();
    await dialog.getByRole('button', { name: 'Count 1,234' }).click();
    await card.getByText('1,234 hits count now.').waitFor();
    assert.equal(fake.readmissions.length, 1);
    assert.equal(fake.readmissions[0].reason, 'foreign_origin');
    assert.ok(fake.readmissions[0].from && fake.readmissions[0].to, 'no more than the period that was looked at');
    await card.locator('.row-name', { hasText: 'another site' }).waitFor({ state: 'detached' });
    await page.evaluate(axe);
    const found = await page.evaluate(() => window.axe.run(document.querySelector('.panels'), { runOnly: ['wcag2a', 'wcag2aa'] }));
    assert.deepEqual(found.violations.map(({ id, nodes }) => [id, nodes[0].html]), []);
  });

  test('is shown to whoever may only read, who cannot take it back', async () => {
    await open({ token: null });
    fake.dropped = { no_token: 3 };
    await login('reader');
    await panel('Not counted').locator('.row-name').first().waitFor();
    assert.equal(await panel('Not counted').getByRole('button', { name: /Re-admit/ }).count(), 0);
  });
});
