// The contracts of the queue and the table, held by SQS and DynamoDB as their emulators have them; and what the emulators themselves
// promise: refusals and units as the real service has them.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { itemBytes, putUnits, readUnits, signatureFault, startEmulators, tableName } from './emulators.mjs';
import { checkout } from './package.mjs';

const program = join(checkout, 'build/dev/tests/footfall_aws_test');

test('the verifier of the tests knows a signature that AWS has published', () => {
  const request = (signature) => ({
    method: 'GET', url: '/?Action=ListUsers&Version=2010-05-08', body: '',
    headers: {
      host: 'iam.amazonaws.com', 'content-type': 'application/x-www-form-urlencoded; charset=utf-8', 'x-amz-date': '20150830T123600Z',
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=${signature}`,
    },
  });
  const known = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
  const now = Date.parse('2015-08-30T12:36:00Z');
  const published = '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7';
  assert.equal(signatureFault(request(published), known, now, 'us-east-1'), '');
  assert.match(signatureFault(request(published.replace('5d', '5e')), known, now, 'us-east-1'), /does not match/);
  assert.match(signatureFault({ ...request(published), body: 'x' }, known, now, 'us-east-1'), /does not match/);
  assert.match(signatureFault(request(published), known, now + 10 * 60_000, 'us-east-1'), /too far/);
});

test('units are counted as DynamoDB counts them', () => {
  const text = (bytes) => ({ S: 'x'.repeat(bytes) });
  assert.equal(itemBytes({ pk: { S: 'ü' }, n: { N: '1234' }, data: { B: Buffer.alloc(100).toString('base64') } }), 4 + 4 + 104, 'a binary value counts its bytes, not its letters');
  for (const [item, units] of [[{ pk: text(1022) }, 1], [{ pk: text(1023) }, 2], [{ pk: text(1), g1: text(1) }, 2], [{ pk: text(1), g1: text(1), g2: text(1), g3: text(2_000) }, 8]]) {
    assert.equal(putUnits(item), units, JSON.stringify(item).slice(0, 40));
  }
  assert.equal(putUnits({ pk: text(1), g1: text(1) }, { indexed: {} }), 1, 'a table without indexes');
  assert.deepEqual([readUnits([], false), readUnits([], true), readUnits([{ pk: text(4094) }], true), readUnits([{ pk: text(4095) }], true), readUnits([{ pk: text(3_000) }, { pk: text(3_000) }], false)], [0.5, 1, 1, 2, 1]);
  assert.throws(() => itemBytes({ a: { BOOL: true } }), /nobody has said/);
});

test('a batch is refused, taken in part, counted and told as the real service does it', async (t) => {
  for (const profile of ['full', 'lean']) {
    const emulators = await startEmulators({ profile });
    t.after(() => emulators.close());
    const item = (i, more = {}) => ({ pk: { S: 'V#a' }, sk: { S: String(i) }, g1: { S: 'a' }, g2: { S: 'b' }, g3: { S: 'c' }, ts: { N: '1' }, ...more });
    const put = (items) => emulators.answer('BatchWriteItem', { RequestItems: { [tableName]: items.map((Item) => ({ PutRequest: { Item } })) } });
    const many = (count, more) => Array.from({ length: count }, (_, i) => item(i, more));
    const refused = [[many(26), /Too many items/], [[item(1), item(1)], /duplicates/], [[], /empty/], [many(25, { big: { S: 'x'.repeat(700_000) } }), /16 MB/], [[item(1, { big: { S: 'x'.repeat(410_000) } })], /size/]];
    if (profile === 'full') refused.push([[item(1, { g2: { S: '' } })], /index key is empty/]);
    for (const [items, message] of refused) {
      const answer = await put(items);
      assert.equal(answer.status, 400, String(message));
      assert.match(answer.message, message);
    }
    assert.equal((await emulators.answer('Query', { TableName: tableName, IndexName: 'by-ip', KeyConditionExpression: 'g1 = :v', ExpressionAttributeValues: { ':v': { S: 'a' } } })).status, profile === 'full' ? 200 : 400, 'by-ip');
    assert.deepEqual([emulators.counts.write_units, emulators.changed('')], [0, []]);
    emulators.counts.read_units = 0;

    assert.deepEqual((await put(many(25))).UnprocessedItems, {});
    assert.equal(emulators.counts.write_units, profile === 'full' ? 100 : 25, 'three indexes, or none');
    emulators.faults.unprocessed = 0.5;
    let left = many(25, { again: { S: 'x' } });
    emulators.changed('');
    let tries = 0;
    for (; left.length > 0; tries += 1) {
      const answer = await put(left);
      if (answer.status === 400) assert.match(answer.__type, /ProvisionedThroughputExceeded/);
      else left = (answer.UnprocessedItems[tableName] ?? []).map(({ PutRequest }) => PutRequest.Item);
    }
    assert.ok(tries > 1);
    assert.deepEqual(emulators.changed('V#').map(({ sk }) => Number(sk.S)).sort((a, b) => a - b), Array.from({ length: 25 }, (_, i) => i), 'each was put once');
    assert.equal((await emulators.items()).filter(({ again }) => again).length, 25);
    assert.equal(emulators.counts.write_units, profile === 'full' ? 200 : 50);

    await emulators.answer('GetItem', { TableName: tableName, Key: { pk: { S: 'V#a' }, sk: { S: 'none' } }, ConsistentRead: true });
    await emulators.answer('Query', { TableName: tableName, KeyConditionExpression: 'pk = :v', ExpressionAttributeValues: { ':v': { S: 'V#a' } } });
    assert.equal(emulators.counts.read_units, 1.5);
  }
});

const runs = existsSync(program) ? false : `there is no ${program}: build the preset dev`;

const runContracts = async (emulators) => {
  const child = spawn(program, ['--gtest_filter=Sqs/*:Dynamodb/*', '--gtest_brief=1'], {
    env: { ...emulators.environment, FOOTFALL_TEST_ENDPOINT: emulators.endpoint, FOOTFALL_TEST_QUEUE: emulators.queueUrl, FOOTFALL_TEST_TABLE: tableName },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines = [];
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => lines.push(text));
  const code = await new Promise((done) => child.on('exit', done));
  const said = lines.join('');
  assert.equal(code, 0, said);
  assert.match(said, /PASSED/);
  assert.doesNotMatch(said, /SKIPPED/);
};

test('SQS and DynamoDB keep the contracts, and every request is signed', { skip: runs }, async (t) => {
  const emulators = await startEmulators();
  t.after(() => emulators.close());
  await runContracts(emulators);
  assert.deepEqual(emulators.counts.refused_signatures, []);
});

test('the contracts are kept where requests are throttled and batches taken in part', { skip: runs }, async (t) => {
  const emulators = await startEmulators({ seed: 7 });
  t.after(() => emulators.close());
  Object.assign(emulators.faults, { throttle: 0.1, partial: 0.1, unprocessed: 0.1 });
  await runContracts(emulators);
  assert.ok(emulators.counts.faults.throttle > 10);
  assert.ok(emulators.counts.faults.partial > 0);
});
