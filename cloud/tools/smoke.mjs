// Looks at a deployment as its visitors do: one page view on its way through edge, API, queue and table.

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { outputsOf, readFile, runTool, ToolError, UsageError } from './stack.mjs';

const usage = `node cloud/tools/smoke.mjs [--stack footfall] [--region us-east-1] [--token TOKEN] [--wait SECONDS]
node cloud/tools/smoke.mjs --url URL --site HOST [--api URL] …

Asks for the front page and records one view of a page that nobody else has (/smoke/…). Each line of what it says is one promise.

  --token TOKEN     to look for the view among the rows; without it, of a stack, the admin token in its table
  --wait SECONDS    how long a view may take to show (120)`;

const checks = [];
const check = async (promise, run) => {
  try {
    const said = await run();
    checks.push(true);
    console.log(`ok      ${promise}${said ? `: ${said}` : ''}`);
  } catch (error) {
    checks.push(false);
    console.log(`NOT OK  ${promise}: ${error.cause?.message ?? error.message}`);
  }
};
const expect = (condition, what) => {
  if (!condition) throw new Error(what);
};

const main = async (given, more) => {
  if (more.length > 0) throw new UsageError(`what is '${more[0]}'?\n\n${usage}`);
  if (given.url && !given.site) throw new UsageError(`--url needs --site\n\n${usage}`);
  const outputs = given.url ? { Url: given.url, Site: given.site, ApiUrl: given.api } : outputsOf(given.stack, given.region);
  const base = new URL(outputs.Url);
  const site = outputs.Site;
  const token = given.token ?? (outputs.Table && readFile(outputs.Table, 'admin-token', given.region)?.text.trim());
  const patience = Number(given.wait) * 1000;
  const ask = (path, options = {}, root = base) => fetch(new URL(path, root), { redirect: 'manual', signal: AbortSignal.timeout(30_000), ...options });
  const cookieOf = (response) => response.headers.getSetCookie().find((one) => /^(__Host-)?footfall=/.test(one));
  const name = `/smoke/${randomBytes(6).toString('hex')}`;
  const own = { origin: base.origin, 'content-type': 'text/plain' };
  const view = (more = {}) => ({ method: 'POST', headers: { ...own, ...more }, body: JSON.stringify({ n: 'pageview', u: new URL(name, base).href, d: site }) });
  let cookie = '';

  await check('a first visit is sent to itself, with a session', async () => {
    const response = await ask('/');
    expect(response.status === 302, `answered ${response.status}`);
    expect(/[?&]ff=1$/.test(response.headers.get('location')), `to ${response.headers.get('location')}`);
    expect(/no-store/.test(response.headers.get('cache-control')), 'it may be cached');
    const set = cookieOf(response);
    expect(set && /HttpOnly/i.test(set) && /SameSite=Lax/i.test(set) && (base.protocol === 'http:' || /Secure/i.test(set)), `cookie: ${set}`);
    cookie = set.split(';')[0];
  });
  await check('the same visitor gets the page, and the session goes on', async () => {
    const response = await ask('/?ff=1', { headers: { cookie } });
    expect(response.status === 200, `answered ${response.status}`);
    expect(/text\/html/.test(response.headers.get('content-type')), response.headers.get('content-type'));
    const set = cookieOf(response);
    expect(set?.split('.')[2] === cookie.split('.')[2], `cookie: ${set}`);
  });
  await check('a forged session is none', async () => {
    const response = await ask('/', { headers: { cookie: cookie.replace(/.{22}$/, 'AAAAAAAAAAAAAAAAAAAAAA') } });
    expect(response.status === 302, `answered ${response.status}`);
  });
  await check('/js/footfall.js is there', async () => {
    const response = await ask('/js/footfall.js');
    expect(response.status === 200 && /javascript/.test(response.headers.get('content-type')), `${response.status} ${response.headers.get('content-type')}`);
  });
  await check('what is not there is 404', async () => {
    const response = await ask(`${name}.css`);
    expect(response.status === 404, `answered ${response.status}`);
  });
  await check('rows take a token', async () => {
    const response = await ask(`/api/visits?site=${site}`);
    expect(response.status === 401, `answered ${response.status}`);
  });
  await check('a foreign page records nothing', async () => {
    const response = await ask('/api/event', view({ cookie, origin: 'https://elsewhere.example' }));
    expect(response.status === 202 && response.headers.get('x-footfall-dropped') === 'foreign_origin', `${response.status} ${response.headers.get('x-footfall-dropped')}`);
  });
  if (outputs.ApiUrl) {
    await check('nobody gets past the edge', async () => {
      const response = await ask('/api/event', view({ 'x-ff-host': site, 'x-ff-ip': '192.0.2.1', 'x-ff-edge': `1.${Math.floor(Date.now() / 1000).toString(36)}.AAAAAAAAAAAAAAAAAAAAAA` }), new URL(outputs.ApiUrl));
      expect(response.status >= 400 && response.status < 500, `answered ${response.status}`);
      return `answered ${response.status}`;
    });
  }
  await check('a counter answers the next number', async () => {
    const increment = async () => (await (await ask(`/api/counters/smoke/increment?site=${site}`, { method: 'POST', headers: { ...own, cookie } })).json()).value;
    const [first, second] = [await increment(), await increment()];
    expect(Number.isInteger(first) && second > first, `${first}, then ${second}`);
    return `${first}, then ${second}`;
  });
  let recorded = false;
  await check('a view of one’s own page is taken', async () => {
    const response = await ask('/api/event', view({ cookie }));
    expect(response.status === 202 && !response.headers.get('x-footfall-dropped'), `${response.status} ${response.headers.get('x-footfall-dropped') ?? ''}`);
    recorded = true;
  });
  if (token && recorded) {
    await check('and is one row, with its session', async () => {
      const begun = Date.now();
      let rows = [];
      do {
        const response = await ask(`/api/visits?site=${site}&path=${name}`, { headers: { authorization: `Bearer ${token}` } });
        expect(response.status === 200, `answered ${response.status}`);
        rows = (await response.json()).visits;
        if (rows.length === 0) await sleep(Math.min(2000, patience / 10));
      } while (rows.length === 0 && Date.now() - begun < patience);
      expect(rows.length === 1, `${rows.length} rows after ${Math.round((Date.now() - begun) / 1000)} s`);
      expect(rows[0].session === cookie.split('.')[2], `session ${rows[0].session}`);
      return `after ${((Date.now() - begun) / 1000).toFixed(1)} s`;
    });
  } else {
    console.log('skipped and is one row, with its session: needs a token');
  }
  if (checks.includes(false)) throw new ToolError(`${checks.filter((one) => !one).length} of ${checks.length} promises are not kept at ${base.href}`);
  console.log(`${checks.length} promises are kept at ${base.href}`);
};

await runTool(usage, { url: { type: 'string' }, site: { type: 'string' }, api: { type: 'string' }, token: { type: 'string' }, wait: { type: 'string', default: '120' } }, main);
