// Makes, rotates and hands out the keys of a deployment, and the settings of its edge.

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { aws, filePlace, outputsOf, readFile, runTool, ToolError, UsageError } from './stack.mjs';

const usage = `node cloud/tools/keys.mjs [--stack footfall] [--region us-east-1] [--rotate] [settings]

Makes the keys that sign sessions, and an admin token, where the functions have made none yet; brings keys and settings to the edge.
Run it after the first deployment, and whenever a setting shall change. What is not given stays as it is.

  --rotate                    a new key signs from now on; the one before is believed for 125 minutes more
  --show-token                tells the admin token
  --wait SECONDS              how long functions may take to read a new key before the edge signs with it (75)
  --session redirect|response|off     how the edge gives a session (at first: redirect)
  --protect off|origin        whether foreign pages are refused at the edge (at first: origin)
  --hosts a.example,b.example further hosts whose pages may record
  --session-idle-seconds N    quiet time that ends a session (at first: 1800)
  --session-max-seconds N     the longest session (at first: 7200)
  --require-session yes|no    whether a view without a session is dropped at the edge (at first: no)
  --honour-dnt yes|no, --honour-gpc yes|no    whether who asks not to be counted gets no session (at first: no)`;

const overlapMilliseconds = 125 * 60 * 1000;
// What the key value store takes.
const edgeBytesMax = 1024;

const oneOf = (name, value, allowed) => {
  if (!allowed.includes(value)) throw new UsageError(`--${name} must be ${allowed.join(', ')}`);
  return value;
};
const seconds = (name, value) => {
  if (!/^[1-9]\d{0,6}$/.test(value)) throw new UsageError(`--${name} must be a number of seconds`);
  return Number(value);
};
const hostsOf = (text) => text.split(',').map((one) => one.trim().toLowerCase()).filter((one) => one !== '').map((one) => {
  if (!/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(one)) throw new UsageError(`--hosts: '${one}' is no host name`);
  return one;
});

const settings = {
  session: (text) => oneOf('session', text, ['redirect', 'response', 'off']),
  protect: (text) => oneOf('protect', text, ['off', 'origin']),
  hosts: hostsOf,
  session_idle_seconds: (text) => seconds('session-idle-seconds', text),
  session_max_seconds: (text) => seconds('session-max-seconds', text),
  require_session: (text) => oneOf('require-session', text, ['yes', 'no']) === 'yes',
  honour_dnt: (text) => oneOf('honour-dnt', text, ['yes', 'no']) === 'yes',
  honour_gpc: (text) => oneOf('honour-gpc', text, ['yes', 'no']) === 'yes',
};
const atFirst = { session: 'redirect', protect: 'origin', hosts: [], session_idle_seconds: 1800, session_max_seconds: 7200 };
const optionOf = (name) => name.replaceAll('_', '-');

const newKey = (id, now) => ({ id, secret: randomBytes(32).toString('base64url'), made: now.toISOString() });

// The keys after a rotation: as src/app/edge/session_keys.cc does it.
export const rotated = (keys, now) => {
  const kept = keys.filter(({ retired }) => !retired || now - Date.parse(retired) <= overlapMilliseconds);
  const last = kept.at(-1);
  return [...kept.slice(0, -1), { ...last, retired: now.toISOString() }, newKey((parseInt(last.id, 36) + 1).toString(36), now)];
};

// Only over what was read: of two who do this at once, one is told.
const writeFile = (table, name, text, before, region) => aws(['dynamodb', 'put-item'], { region, input: {
  TableName: table, Item: { ...filePlace(name), text: { S: text }, ver: { N: String((before?.version ?? 0) + 1) } },
  ...(before === undefined ? { ConditionExpression: 'attribute_not_exists(#pk)', ExpressionAttributeNames: { '#pk': 'pk' } }
    : { ConditionExpression: '#ver = :ver', ExpressionAttributeNames: { '#ver': 'ver' }, ExpressionAttributeValues: { ':ver': { N: String(before.version) } } }),
} });

const edgeValue = (store, region) => {
  try {
    return JSON.parse(aws(['cloudfront-keyvaluestore', 'get-key', '--kvs-arn', store, '--key', 'edge'], { region }).Value);
  } catch (error) {
    if (error instanceof ToolError && /ResourceNotFound/.test(error.message)) return undefined;
    throw error;
  }
};

const main = async (given, more) => {
  if (more.length > 0) throw new UsageError(`what is '${more[0]}'?\n\n${usage}`);
  const { stack, region } = given;
  if (!/^\d{1,4}$/.test(given.wait)) throw new UsageError('--wait must be a number of seconds');
  // All that was given is read before anything is changed.
  const changed = Object.fromEntries(Object.entries(settings).filter(([name]) => given[optionOf(name)] !== undefined).map(([name, read]) => [name, read(given[optionOf(name)])]));
  const { Table, Site, KeyValueStoreArn } = outputsOf(stack, region);
  const now = new Date();

  let token = readFile(Table, 'admin-token', region)?.text.trim();
  if (token === undefined) {
    token = `ff_admin_${randomBytes(32).toString('base64url')}`;
    writeFile(Table, 'admin-token', `${token}\n`, undefined, region);
    console.log('admin token made: --show-token tells it');
  }
  if (given['show-token']) console.log(token);

  const before = readFile(Table, 'session-keys', region);
  let keys = before === undefined ? [newKey('1', now)] : JSON.parse(before.text).keys;
  if (before === undefined || given.rotate) {
    if (before !== undefined) keys = rotated(keys, now);
    writeFile(Table, 'session-keys', JSON.stringify({ version: 1, keys }), before, region);
    console.log(`key ${keys.at(-1).id} made`);
    if (before !== undefined) {
      // Functions look again after 30 seconds, and believe no signature of one that they have not seen.
      console.log(`waiting ${given.wait} s until every function has read it`);
      await sleep(Number(given.wait) * 1000);
    }
  }

  const was = edgeValue(KeyValueStoreArn, region);
  const alive = keys.filter(({ retired }) => !retired || now - Date.parse(retired) <= overlapMilliseconds);
  const value = JSON.stringify({ ...atFirst, ...was, ...changed, site: Site, keys: alive });
  if (value === JSON.stringify(was)) {
    console.log('the edge has these keys and settings already');
    return;
  }
  if (Buffer.byteLength(value) > edgeBytesMax) {
    throw new ToolError(`keys and settings have ${Buffer.byteLength(value)} bytes, and the key value store takes ${edgeBytesMax}: fewer hosts, or rotate more seldom`);
  }
  const { ETag } = aws(['cloudfront-keyvaluestore', 'describe-key-value-store', '--kvs-arn', KeyValueStoreArn], { region });
  aws(['cloudfront-keyvaluestore', 'put-key'], { region, input: { KvsARN: KeyValueStoreArn, Key: 'edge', Value: value, IfMatch: ETag } });
  console.log('the edge has them; every place has within a minute');
};

const options = Object.fromEntries(Object.keys(settings).map((name) => [optionOf(name), { type: 'string' }]));
if (process.argv[1] === new URL(import.meta.url).pathname) await runTool(usage, { ...options, rotate: { type: 'boolean' }, 'show-token': { type: 'boolean' }, wait: { type: 'string', default: '75' } }, main);
