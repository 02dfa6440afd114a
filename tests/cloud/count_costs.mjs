// Counts what page views take of everything that AWS has a price for: requests, runs, write and read units.
//
//   node tests/cloud/count_costs.mjs [--profile full|lean] [--views 1000] [--batch 10] [--memory MB] [FILE]
//
// Views of a site with twenty pages, a third of them the first of a session, go one by one through the packaged API's
// function into SQS, in batches of ten through the processor into DynamoDB, both emulated. What is counted is written
// as JSON, to FILE or to standard output; cloud/cost/cost.mjs makes US dollars of it.

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { randomOf } from '../e2e/random.mjs';
import { startEmulators, tableName } from './emulators.mjs';
import { canChroot, furnish, httpEvent, queueEvent, startFunction } from './lambda_host.mjs';
import { unpacked } from './package.mjs';

const { values: options, positionals: [file] } = parseArgs({
  allowPositionals: true,
  options: { profile: { type: 'string', default: 'full' }, views: { type: 'string', default: '1000' }, batch: { type: 'string', default: '10' }, memory: { type: 'string', default: '256' } },
});
const views = Number(options.views);
const batch = Number(options.batch);
const gigabytes = Number(options.memory) / 1024;

const random = randomOf(1);
const emulators = await startEmulators();
const folder = unpacked();
if (canChroot) furnish(folder);
const environment = { ...emulators.environment, FOOTFALL_TABLE: tableName, FOOTFALL_SITE: 'example.com', FOOTFALL_PROFILE: options.profile, FOOTFALL_QUEUE_URL: emulators.queueUrl };
const api = await startFunction(folder, { ...environment, FOOTFALL_MODE: 'api' });
const processor = await startFunction(folder, { ...environment, FOOTFALL_MODE: 'processor' });

const runs = { count: 0, ms: 0 };
const run = async (fn, event) => {
  const begun = performance.now();
  const answer = await fn.invoke(event);
  runs.count += 1;
  runs.ms += Math.ceil(performance.now() - begun); // each is paid for by the millisecond begun
  return answer;
};
const view = () => httpEvent('POST', '/api/event', {
  body: JSON.stringify({ n: 'pageview', u: `https://example.com/page-${random.below(20)}`, d: 'example.com', r: 'https://www.google.com/', t: 'A page' }),
  headers: { origin: 'https://example.com', 'content-type': 'text/plain' },
  // Without the edge's cookie a visitor of the day is the session: so many addresses make a third of the views first ones.
  ip: `198.51.${random.below(256)}.${random.below(2)}`,
});

// The first request reads keys and settings, which is not a view's to pay.
await api.invoke(view());
const before = structuredClone(emulators.counts);
for (let i = 0; i < views; ++i) {
  const answer = await run(api, view());
  if (answer.statusCode !== 202) throw new Error(answer.body);
}
let processed = 0;
let queueCalls = 0;
while (processed < views) {
  const held = [];
  while (held.length < batch) {
    const { Messages = [] } = await emulators.sqs('ReceiveMessage', { QueueUrl: emulators.queueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 600 });
    if (Messages.length === 0) break;
    queueCalls += 2; // it is received, and removed, ten at a time
    held.push(...Messages);
  }
  if (held.length === 0) break;
  const { batchItemFailures } = await run(processor, queueEvent(held.map(({ MessageId, Body }) => ({ id: MessageId, body: Body }))));
  if (batchItemFailures.length > 0) throw new Error('a batch was not stored');
  for (let i = 0; i < held.length; i += 10) {
    await emulators.sqs('DeleteMessageBatch', { QueueUrl: emulators.queueUrl, Entries: held.slice(i, i + 10).map(({ ReceiptHandle }, id) => ({ Id: String(id), ReceiptHandle })) });
  }
  processed += held.length;
}
const since = (action) => (emulators.counts.requests[action] ?? 0) - (before.requests[action] ?? 0);
const counts = {
  name: options.profile,
  how: `tests/cloud/count_costs.mjs: the packaged functions over emulators, views one by one, processor in batches of ${batch}, memory of ${options.memory} MB; the site's own pages and the edge are not among it`,
  visits: views,
  counted: {
    cdn_requests: views,
    api_requests: views,
    lambda_requests: runs.count,
    [`lambda_gb_seconds_${process.arch === 'arm64' ? 'arm64' : 'x86_64'}`]: Number(((runs.ms / 1000) * gigabytes).toFixed(3)),
    sqs_requests: since('SendMessageBatch') + queueCalls,
    write_units: emulators.counts.write_units - before.write_units,
    read_units: since('GetItem'),
  },
};
await api.stop();
await processor.stop();
await emulators.close();
const text = `${JSON.stringify(counts, null, 2)}\n`;
if (file) writeFileSync(file, text);
else process.stdout.write(text);
