// What it takes to read a day that is not over, by how many visits it has: for docs/scale.md.
//
//   node cloud/cost/open_day.mjs [VISITS]      100000
//
// Records visits of now, in batches of a thousand as under load, and asks a function that has just started and knows nothing yet:
// one counter, the numbers of charts, one address; and again, when it knows the day. Then the same visits as those of a day that is
// over are summed. Time and memory are those of this machine.

import { readFileSync } from 'node:fs';
import { missing, site, startWholeWay } from '../tools/whole_way.mjs';

const visits = Number(process.argv[2] ?? 100_000);
if (!Number.isInteger(visits) || visits < 1_000 || process.argv.length > 3) {
  console.error('usage: node cloud/cost/open_day.mjs [VISITS, 1000 at least]');
  process.exit(2);
}
if (missing) {
  console.error(`footfall: ${missing}`);
  process.exit(1);
}

const all = await startWholeWay({ profile: 'lean' });
const asOwner = async (path, body) => {
  const answer = await all.ask(path, { ...(body && { method: 'POST', body: JSON.stringify(body) }), headers: { authorization: `Bearer ${all.token}`, 'content-type': 'application/json' } });
  return answer.status > 299 ? `${answer.status} ${answer.text.trim().slice(0, 200)}` : JSON.parse(answer.text);
};
const memory = (pid) => {
  const kib = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
  return `${Math.round(kib / 1024)} MiB at most`;
};
const timed = async (what, work) => {
  const before = all.counted().read_units;
  const begun = performance.now();
  const said = await work();
  console.log(`${what.padEnd(44)} ${(performance.now() - begun).toFixed(0).padStart(6)} ms ${(all.counted().read_units - before).toFixed(1).padStart(8)} read units   ${JSON.stringify(said).slice(0, 120)}`);
};
const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const record = async (time) => {
  for (let i = 0; i < visits; i += 100) {
    const some = Array.from({ length: 100 }, (_, j) => ({ site, path: `/page-${((i + j) * 7) % 200}`, ip: `10.${((i + j) >> 17) & 255}.${((i + j) >> 9) & 255}.${((i + j) >> 1) & 255}`, user_agent: agent,
      session: `session-${(i + j) >> 1}`, ...(time && { timestamp: new Date(time + Math.floor(((i + j) / visits) * 80_000_000)).toISOString() }) }));
    const said = await asOwner('/api/visits', some);
    if (typeof said === 'string') throw new Error(said);
    // Ten messages of a hundred visits each are a batch.
    if (i % 10_000 === 9_900) await all.drain(10);
  }
  await all.drain(10);
};
const ask = async (when) => {
  const day = new Date().toISOString().slice(0, 10);
  await timed(`a counter, ${when}`, async () => (await asOwner(`/api/counters/TOTAL?site=${site}`)).value);
  await timed(`visitors, visits and views, ${when}`, async () => (await asOwner('/api/v2/query', { site_id: site, metrics: ['visitors', 'visits', 'pageviews'], date_range: [day, day] })).results);
  await timed(`one address, ${when}`, async () => (await asOwner(`/api/visits?site=${site}&ip=10.0.0.7`)).visits?.length);
};

const written = all.counted().write_units;
await record();
const packs = await all.items('P#');
const bytes = packs.reduce((sum, { data }) => sum + Buffer.from(data.B, 'base64').length, 0);
console.log(`${visits} visits of today: ${packs.length} packs, ${(bytes / visits).toFixed(1)} bytes and ${((all.counted().write_units - written) / visits).toFixed(4)} write units a visit; the processor had ${memory(all.processes.processor().pid)}`);
await all.restartApi();
await ask('not known yet');
await ask('known');
console.log(`the api had ${memory(all.processes.api().pid)}`);
await record(new Date(Date.now() - 3 * 86_400_000).setUTCHours(0, 0, 0, 0));
const before = all.counted().write_units;
await timed('summing such a day', async () => {
  await all.sumByHour();
  return `${all.counted().write_units - before} write units`;
});
console.log(`the compactor had ${memory(all.processes.compactor().pid)}`);
await all.close();
