// Counts what page views take, on this machine with the packaged functions, and writes it for cost.mjs.
//
//   node cloud/cost/measure.mjs [full|lean] [VIEWS]      full 1000
//
// A third of the views begin a session. Batches are those of ten views a second: ten in a second's wait of the full profile,
// two hundred in the twenty seconds of the lean one.

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { missing, startWholeWay } from '../tools/whole_way.mjs';

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

const batch = { full: 10, lean: 200 }[profile];
const all = await startWholeWay({ profile });
let visitor;
for (let i = 0; i < views; i += 1) {
  if (i % 3 === 0) visitor = { ip: `127.0.0.${2 + (Math.floor(i / 3) % 200)}` };
  await all.view(visitor, `/page-${(i * 7) % 20}`);
}
await all.drain(batch);
const counted = all.counted();
const rows = (await all.rows()).length;
await all.close();
if (rows !== views) {
  console.error(`footfall: ${views} views made ${rows} rows`);
  process.exit(1);
}
const counts = {
  name: profile,
  how: `counted by \`node cloud/cost/measure.mjs ${profile} ${views}\`: the edge functions, the packaged functions and emulators of SQS and DynamoDB on one machine; a third of the views begin a session; batches of ${batch}, as at ten views a second. Time is that of this machine, an x86-64`,
  visits: views,
  counted,
};
const file = fileURLToPath(new URL(`counts/${profile}.json`, import.meta.url));
writeFileSync(file, `${JSON.stringify(counts, null, 2)}\n`);
console.log(`${file}:\n${JSON.stringify(counted, null, 2)}`);
