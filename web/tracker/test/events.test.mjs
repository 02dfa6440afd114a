// Custom events: called, waiting from before the script came, and by attribute.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSite, tag, visitor } from './harness.mjs';

const early = '<script>window.footfall = window.footfall || function () { (footfall.q = footfall.q || []).push(arguments) }</script>';
const names = (messages) => messages.map(({ n }) => n);

test('a call reports its name and props, from the page as it is now', async (t) => {
  const site = await openSite({ pages: { '/': '' } });
  const page = await visitor(t);
  await page.goto(site.origin, { referer: 'https://news.example/' });
  await page.evaluate(() => footfall('Signup', { props: { plan: 'free', seats: 3, trial: true } }));
  assert.deepEqual((await site.arrived(2))[1], {
    n: 'Signup', v: 1, d: 'example.com', u: site.origin + '/', t: 'Page /', r: 'https://news.example/',
    p: { plan: 'free', seats: 3, trial: true },
  });
});

test('a call without props sends none', async (t) => {
  const site = await openSite({ pages: { '/': '' } });
  const page = await visitor(t);
  await page.goto(site.origin);
  await page.evaluate(() => footfall('Plain'));
  assert.equal('p' in (await site.arrived(2))[1], false);
});

// What the page sent, in the order it sent it: on the way, messages may overtake each other.
const noted = `<script>window.sent = [];
  const original = window.fetch;
  window.fetch = (address, options) => (sent.push(JSON.parse(options.body)), original(address, options))</script>`;

test('calls made before the script came are sent in their order, after the view', async (t) => {
  const site = await openSite({ pages: { '/': {
    head: noted + early + '<script>footfall("One"); footfall("Two", { props: { a: "b" } })</script>' + tag() } } });
  const page = await visitor(t);
  await page.goto(site.origin);
  await site.arrived(3);
  const sent = await page.evaluate(() => window.sent);
  assert.deepEqual(names(sent), ['pageview', 'One', 'Two']);
  assert.deepEqual(sent[2].p, { a: 'b' });
});

test('an event after a single-page navigation belongs to the new page, whose view goes first', async (t) => {
  const site = await openSite({ pages: { '/': { head: noted + tag() } } });
  const page = await visitor(t);
  await page.goto(site.origin);
  await page.evaluate(() => {
    history.pushState(null, '', '/next');
    footfall('There');
  });
  await site.arrived(4);
  const sent = await page.evaluate(() => window.sent);
  assert.deepEqual(names(sent), ['pageview', 'engagement', 'pageview', 'There']);
  assert.equal(sent[3].u, site.origin + '/next');
});

test('a call that cannot be sent does not break the page that made it', async (t) => {
  const site = await openSite({ pages: { '/': '' } });
  const page = await visitor(t);
  await page.goto(site.origin);
  const went_on = await page.evaluate(() => {
    footfall('Circle', { props: { window } });
    return true;
  });
  assert.ok(went_on);
  assert.deepEqual(names(await site.arrived(1)), ['pageview']);
});

test('a click on an element with the attribute, or inside it, is an event with its props', async (t) => {
  const site = await openSite({ pages: { '/': `
    <button data-footfall-event="Buy" data-footfall-prop-plan="pro" data-footfall-prop-from-page="pricing"><b>Buy</b></button>
    <button id="plain">No</button>
    <script>document.querySelector('[data-footfall-event]').addEventListener('click', (e) => e.stopPropagation())</script>` } });
  const page = await visitor(t);
  await page.goto(site.origin);
  await page.click('b');
  await page.click('#plain');
  const messages = await site.arrived(2);
  assert.deepEqual(names(messages), ['pageview', 'Buy']);
  assert.deepEqual(messages[1].p, { plan: 'pro', 'from-page': 'pricing' });
});

test('a link that leads away is still told, once, also with the middle button and the keyboard, not with the right one', async (t) => {
  const site = await openSite({ pages: { '/': '<a href="/away" data-footfall-event="Away">away</a>', '/away': { head: '' } } });
  const page = await visitor(t);
  const events = [];
  for (const act of [() => page.click('a'), () => page.click('a', { button: 'middle' }),
    () => page.press('a', 'Enter'), () => page.click('a', { button: 'right' })]) {
    await page.goto(site.origin);
    const before = site.named('Away').length;
    await act();
    await site.arrived(0);
    events.push(site.named('Away').length - before);
  }
  assert.deepEqual(events, [1, 1, 1, 0]);
});

test('a form is an event when it is sent, not when it is clicked', async (t) => {
  const site = await openSite({ pages: {
    '/': `<div data-footfall-event="Around"><form action="/sent" data-footfall-event="Contact" data-footfall-prop-form="footer">
      <input name="mail" required><button>Send</button></form></div>`,
    '/sent': { head: '' } } });
  const page = await visitor(t);
  await page.goto(site.origin);
  await page.click('input');
  await page.click('button'); // refused: the field is empty
  assert.deepEqual((await site.arrived(1)).filter(({ n }) => n === 'Contact'), []);
  await page.fill('input', 'a@b.example');
  await page.press('input', 'Enter');
  await page.waitForURL('**/sent*');
  const [contact, ...more] = await site.arrived(1, 'Contact');
  assert.deepEqual([contact.p, more], [{ form: 'footer' }, []]);
  assert.deepEqual(site.named('Around'), []);
});
