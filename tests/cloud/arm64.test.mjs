// The functions as they are made for arm64, on this machine: qemu plays the processor, the rest is as on AWS.
//
// Numbers are exact here as well; how long it takes says nothing. FOOTFALL_ARM64=required: nothing may be missing for it.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startEmulators, tableName } from './emulators.mjs';
import { arm64Missing, canChroot, furnish, httpEvent, queueEvent, startFunction } from './lambda_host.mjs';
import { checkout, unpacked } from './package.mjs';

const zip = join(checkout, 'build/lambda/footfall-arm64.zip');
const missing = arm64Missing || (!existsSync(zip) && `there is no ${zip}: scripts/build_zips.sh arm64`);
const skip = process.env.FOOTFALL_ARM64 === 'required' ? false : missing;
const site = 'example.com';
const views = 60;

test('made for arm64, a view travels from the API through the processor into the table, and back', { skip, timeout: 300_000 }, async (t) => {
  assert.equal(missing, false);
  if (!canChroot) t.diagnostic('not root: the functions run without a chroot');
  const emulators = await startEmulators();
  t.after(() => emulators.close());
  const folder = unpacked(zip);
  if (canChroot) furnish(folder, { arm64: true });
  const start = async (mode) => {
    const started = await startFunction(folder, {
      ...emulators.environment, FOOTFALL_MODE: mode, FOOTFALL_TABLE: tableName, FOOTFALL_SITE: site, FOOTFALL_ADMIN_TOKEN: 'secret', FOOTFALL_QUEUE_URL: emulators.queueUrl,
    }, { arm64: true });
    t.after(() => started.stop());
    const ms = await started.firstNext();
    assert.ok(ms > 0, started.logs.join(''));
    t.diagnostic(`${mode}: from its start to its first event ${ms.toFixed(0)} ms, by qemu`);
    return started;
  };
  const api = await start('api');
  for (let i = 0; i < views; i += 1) {
    const { statusCode } = await api.invoke(httpEvent('POST', '/api/event', { body: JSON.stringify({ n: 'pageview', u: `https://${site}/page-${i % 3}`, d: site }), ip: `203.0.113.${i}` }));
    assert.equal(statusCode, 202);
  }
  const processor = await start('processor');
  for (;;) {
    const { Messages: messages = [] } = await emulators.sqs('ReceiveMessage', { QueueUrl: emulators.queueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 300 });
    if (messages.length === 0) break;
    const event = queueEvent(messages.map(({ MessageId, Body }) => ({ id: MessageId, body: Body })));
    // Twice is once.
    for (let i = 0; i < 2; i += 1) assert.deepEqual(await processor.invoke(event), { batchItemFailures: [] });
    await emulators.sqs('DeleteMessageBatch', { QueueUrl: emulators.queueUrl, Entries: messages.map(({ ReceiptHandle }, id) => ({ Id: String(id), ReceiptHandle })) });
  }
  const ask = async (target) => JSON.parse((await api.invoke(httpEvent('GET', target, { headers: { authorization: 'Bearer secret' } }))).body);
  assert.equal((await ask(`/api/counters/TOTAL?site=${site}`)).value, views);
  assert.equal((await ask(`/api/visits?site=${site}&path=/page-1&limit=100`)).visits.length, views / 3);
  assert.deepEqual(emulators.counts.refused_signatures, []);
});
