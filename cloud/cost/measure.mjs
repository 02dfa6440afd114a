// Counts what page views take, on this machine with the packaged functions, and writes it for cost.mjs.
//
//   node cloud/cost/measure.mjs [full|lean] [VIEWS]      full 1000
//
// First the views at the edge; a third of them begin a session. Batches are those of ten views a second: ten in a second's wait of
// the full profile, two hundred in the twenty seconds of the lean one.
//
// Then what a day costs once it is over, of twenty times as many visits: it is summed, something comes late, it is summed again,
// and 23 more hours find nothing to do. A site of ten views a second has 864,000 a day, over which the same is spread thinner.

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { missing, site, startWholeWay } from '../tools/whole_way.mjs';

const [profile = 'full', text = '1000'] = process.argv.slice(2);
const views = Number(text);
if (!['full', 'lean'].includes(profile) || !Number.isInteger(views) || views < 3 || process.argv.length > 4) {
  console.error('usage: node cloud/cost/measure.mjs [full|lean] [VIEWS]');
  process.exit(2);
}
if (missing) {
  console.error(`footfall: ${missing}`);
  process.exit(1);
}

const expect = (what, found, expected) => {
  if (found === expected) return;
  console.error(`footfall: ${what}: ${found}, and not ${expected}`);
  process.exit(1);
};
const less = (now, before) => Object.fromEntries(Object.entries(now).map(([thing, count]) => [thing, Number((count - before[thing]).toFixed(6))]).filter(([, count]) => count > 0));
const batch = { full: 10, lean: 200 }[profile];
const all = await startWholeWay({ profile });
const asOwner = async (path, body) => {
  const answer = await all.ask(path, { ...(body && { method: 'POST', body: JSON.stringify(body) }), headers: { authorization: `Bearer ${all.token}`, 'content-type': 'application/json' } });
  if (answer.status > 299) throw new Error(`${path}: ${answer.status} ${answer.text}`);
  return JSON.parse(answer.text);
};
const total = async () => (await asOwner(`/api/counters/TOTAL?site=${site}`)).value;

let visitor;
for (let i = 0; i < views; i += 1) {
  if (i % 3 === 0) visitor = { ip: `127.0.0.${2 + (Math.floor(i / 3) % 200)}` };
  await all.view(visitor, `/page-${(i * 7) % 20}`);
}
await all.drain(batch);
const counted = all.counted();
expect('views that were counted', await total(), views);

const dayViews = 20 * views;
const then = new Date(Date.now() - 3 * 86_400_000).setUTCHours(0, 0, 0, 0);
const agents = ['(X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', '(Macintosh; Intel Mac OS X 10.15; rv:139.0) Gecko/20100101 Firefox/139.0',
  '(Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36'];
const referrers = ['', 'https://www.google.com/', 'https://duckduckgo.com/', 'https://news.example/', 'https://social.example/'];
// A visitor has three pages, spread over the day.
const ofThatDay = (i) => {
  const who = Math.floor(i / 3);
  return { site, path: `/page-${(i * 7) % 20}`, ip: `10.${(who >> 16) & 255}.${(who >> 8) & 255}.${who & 255}`, user_agent: `Mozilla/5.0 ${agents[who % agents.length]}`, session: `session-${who}`,
    ...(i % 3 === 0 && { referrer: referrers[who % referrers.length] }), timestamp: new Date(then + Math.floor((i / dayViews) * 86_000_000)).toISOString() };
};
for (let i = 0; i < dayViews; i += 100) await asOwner('/api/visits', Array.from({ length: Math.min(100, dayViews - i) }, (_, j) => ofThatDay(i + j)));
await all.drain(batch);
const beforeSums = all.counted();
await all.sumByHour();
const firstSum = all.counted();
await asOwner('/api/visits', [ofThatDay(0)]);
await all.drain(batch);
const beforeMark = all.counted();
if (await all.sumByMarks() === 0) throw new Error('nothing was late');
for (let hour = 1; hour < 24; hour += 1) await all.sumByHour();
const afterSums = all.counted();
const sums = await all.items('R#');
expect('visits that were summed', await total(), views + dayViews + 1);
await all.close();
if (sums.length === 0) throw new Error('there are no sums');

const added = (a, b) => Object.fromEntries([...new Set([...Object.keys(a), ...Object.keys(b)])].map((thing) => [thing, Number(((a[thing] ?? 0) + (b[thing] ?? 0)).toFixed(6))]));
const counts = {
  name: profile,
  how: `counted by \`node cloud/cost/measure.mjs ${profile} ${views}\`: the edge functions, the packaged functions and emulators of SQS and DynamoDB on one machine; a third of the views begin a session; batches of ${batch}, as at ten views a second; the sums are those of a day of ${dayViews.toLocaleString('en')} visits, made twice. Time is that of this machine, an x86-64`,
  visits: views,
  counted,
  day: { visits: dayViews, counted: added(less(firstSum, beforeSums), less(afterSums, beforeMark)) },
};
const file = fileURLToPath(new URL(`counts/${profile}.json`, import.meta.url));
writeFileSync(file, `${JSON.stringify(counts, null, 2)}\n`);
console.log(`${file}:\n${JSON.stringify({ counted: counts.counted, day: counts.day }, null, 2)}`);
