#!/usr/bin/env node
// In place of the `aws` command: does what the tools ask for on one JSON file (FAKE_AWS), and writes down what it was asked.
// Only what the tools call is there; anything else is an error.

import { readFileSync, writeFileSync } from 'node:fs';

const path = process.env.FAKE_AWS;
const state = JSON.parse(readFileSync(path, 'utf8'));
const args = process.argv.slice(2);
const option = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
const file = option('--cli-input-json')?.replace('file://', '');
const input = file ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
state.calls.push({ args: args.filter((one) => !one.startsWith('file://')), input });

const fail = (text) => {
  writeFileSync(path, JSON.stringify(state));
  console.error(`\nAn error occurred (${text}`);
  process.exit(254);
};
const answer = (value) => console.log(JSON.stringify(value));
const itemKey = ({ pk, sk }) => `${pk.S}|${sk.S}`;

switch (args.slice(0, 2).join(' ')) {
  case 'cloudformation describe-stacks':
    if (!state.outputs) fail(`ValidationError) when calling the DescribeStacks operation: Stack with id ${option('--stack-name')} does not exist`);
    answer({ Stacks: [{ Outputs: Object.entries(state.outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })) }] });
    break;
  case 'dynamodb get-item':
    answer(state.items[itemKey(input.Key)] ? { Item: state.items[itemKey(input.Key)] } : {});
    break;
  case 'dynamodb put-item': {
    const was = state.items[itemKey(input.Item)];
    const holds = input.ConditionExpression.startsWith('attribute_not_exists') ? was === undefined : was?.ver.N === input.ExpressionAttributeValues[':ver'].N;
    if (!holds || state.race) fail('ConditionalCheckFailedException) when calling the PutItem operation: The conditional request failed');
    state.items[itemKey(input.Item)] = input.Item;
    answer({});
    break;
  }
  case 'cloudfront-keyvaluestore get-key':
    if (!state.store[option('--key')]) fail('ResourceNotFoundException) when calling the GetKey operation: Key was not found');
    answer({ Key: option('--key'), Value: state.store[option('--key')] });
    break;
  case 'cloudfront-keyvaluestore describe-key-value-store':
    answer({ ETag: `E${state.etag}` });
    break;
  case 'cloudfront-keyvaluestore put-key':
    if (input.IfMatch !== `E${state.etag}`) fail('ConflictException) when calling the PutKey operation');
    state.etag += 1;
    state.store[input.Key] = input.Value;
    answer({ ItemCount: 1 });
    break;
  case 's3 sync':
    break;
  case 'cloudfront create-invalidation':
    answer({ Invalidation: { Id: 'I1' } });
    break;
  case 'cloudfront wait':
    break;
  default:
    fail(`Unknown) ${args.join(' ')}`);
}
writeFileSync(path, JSON.stringify(state));
