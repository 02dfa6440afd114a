// One page view on its way: edge, API, queue, processor, table, and back. On this machine, without an account.
//
//   node cloud/tools/one_view.mjs     needs the zip of scripts/build_zips.sh and the packages of scripts/setup.sh test

import { missing, site, startWholeWay } from './whole_way.mjs';

if (missing) {
  console.error(`footfall: ${missing}`);
  process.exit(1);
}
const say = (where, what) => console.log(`${where.padEnd(10)} ${what}`);
const path = '/page-7';
const all = await startWholeWay();

const first = await all.ask(path);
const cookie = first.headers['set-cookie'][0].split(';')[0];
say('edge', `${first.status} to ${first.headers.location}, ${cookie}`);
const page = await all.ask(first.headers.location, { headers: { cookie } });
say('edge', `${page.status} ${page.headers['content-type']}, ${page.headers['set-cookie'][0].split(';')[0]}`);
const told = await all.ask('/api/event', { method: 'POST', headers: { cookie, origin: `https://${site}`, 'content-type': 'text/plain' }, body: JSON.stringify({ n: 'pageview', u: `https://${site}${path}`, d: site }) });
say('api', `${told.status}, in the queue waiting: ${await all.waiting()}`);
await all.drain(10);
say('processor', `packs: ${(await all.items('P#')).length}, rows: ${(await all.items('V#')).length}, waiting: ${await all.waiting()}`);
const rows = await all.ask(`/api/visits?site=${site}&session=${cookie.split('.')[2]}`, { headers: { authorization: `Bearer ${all.token}` } });
say('api', JSON.stringify(JSON.parse(rows.text).visits[0]));
say('api', (await all.ask(`/api/counters/${encodeURIComponent(path)}?site=${site}`)).text.trim());
await all.close();
