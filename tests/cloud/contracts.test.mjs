// The contracts of the queue and the table, held by SQS and DynamoDB as their emulators have them.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { signatureFault, startEmulators, tableName } from './emulators.mjs';
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
  Object.assign(emulators.faults, { throttle: 0.1, partial: 0.1, conflict: 0.1 });
  await runContracts(emulators);
  assert.ok(emulators.counts.faults.throttle > 10);
  assert.ok(emulators.counts.faults.partial > 0);
});
