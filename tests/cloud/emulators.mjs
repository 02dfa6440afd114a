// What stands in for SQS and DynamoDB: fauxqs and dynalite behind one address on this machine, which does what they
// leave out.
//
// It checks every signature by itself (Signature Version 4, written again here so that the program's is not judged by
// itself); refuses what dynalite takes and DynamoDB does not; fails as the real services do, by a seed; counts requests, and
// the units that DynamoDB is paid in; and remembers what was put, as the table's stream does.

import { createHash, createHmac } from 'node:crypto';
import { createServer, request as httpRequest } from 'node:http';
import dynalite from 'dynalite';
import { buildApp } from 'fauxqs';
import { randomOf } from '../e2e/random.mjs';

export const credentials = { AWS_ACCESS_KEY_ID: 'AKIDLOCAL', AWS_SECRET_ACCESS_KEY: 'local/secret+key', AWS_SESSION_TOKEN: 'local-session-token' };
export const region = 'eu-central-1';
export const tableName = 'footfall-visits';
// Of the profile full; the lean one has none.
const indexes = { 'by-ip': 'g1', 'by-path': 'g2', 'by-session': 'g3' };
const batch_items_max = 25;
const batch_bytes_max = 16 * 1024 * 1024;
const clock_difference_ms_max = 5 * 60_000;

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

// Why a request is not to be believed; '' if it is.
export const signatureFault = ({ method, url, headers, body }, known = credentials, now = Date.now(), ours = region) => {
  const parts = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/
    .exec(headers.authorization ?? '');
  if (!parts) return 'there is no Authorization header that can be read';
  const [, keyId, day, where, service, names, signature] = parts;
  if (keyId !== known.AWS_ACCESS_KEY_ID) return `nobody has the key ${keyId}`;
  if (where !== ours) return `the region is ${where}`;
  const signed = names.split(';');
  for (const name of Object.keys(headers)) {
    if ((name === 'host' || name.startsWith('x-amz-')) && !signed.includes(name)) return `${name} is not signed`;
  }
  if (known.AWS_SESSION_TOKEN && headers['x-amz-security-token'] !== known.AWS_SESSION_TOKEN) return 'the session token is missing or wrong';
  const moment = headers['x-amz-date'] ?? '';
  const time = Date.parse(moment.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!(Math.abs(time - now) <= clock_difference_ms_max)) return `the time ${moment} is too far from ours`;
  if (!moment.startsWith(day)) return 'the day of the scope is not that of the time';
  const [path, query = ''] = url.split('?');
  const canonical = [
    method, path, query.split('&').sort().join('&'),
    ...[...signed].sort().map((name) => `${name}:${(headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
    '', signed.join(';'), sha256(body),
  ].join('\n');
  const scope = `${day}/${where}/${service}/aws4_request`;
  const key = ['aws4_request'].reduce(hmac, hmac(hmac(hmac(`AWS4${known.AWS_SECRET_ACCESS_KEY}`, day), where), service));
  const expected = hmac(key, ['AWS4-HMAC-SHA256', moment, scope, sha256(canonical)].join('\n')).toString('hex');
  return signature === expected ? '' : 'the signature does not match';
};

// --- units, as DynamoDB counts them: the emulator's own numbers leave the indexes out ---

const bytesOf = (value) => {
  if ('S' in value) return Buffer.byteLength(value.S);
  if ('N' in value) return Math.ceil(value.N.length / 2) + 1;
  if ('B' in value) return Buffer.from(value.B, 'base64').length;
  throw new Error(`nobody has said how large ${JSON.stringify(value)} is`);
};
export const itemBytes = (item) => Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + bytesOf(value), 0);
const writeUnits = (item) => Math.max(1, Math.ceil(itemBytes(item) / 1024));
// Each index that the item has a key of is written as well, whole. What replaces an item is reckoned as if it were new: that
// the same row leaves its indexes as they are, and costs less, is not relied on.
export const putUnits = (item, { indexed = indexes } = {}) =>
  writeUnits(item) * (1 + Object.values(indexed).filter((name) => name in item).length);
// All that was read together; half where it may be behind.
export const readUnits = (items, consistent) =>
  Math.max(1, Math.ceil(items.reduce((sum, item) => sum + itemBytes(item), 0) / 4096)) * (consistent ? 1 : 0.5);

const listening = (server, port = 0) => new Promise((done) => server.listen(port, '127.0.0.1', () => done(server.address().port)));

const ask = (port, { method = 'POST', path = '/', headers = {}, body = '' }) => new Promise((done, fail) => {
  const asked = httpRequest({ host: '127.0.0.1', port, method, path, headers: { ...headers, 'content-length': Buffer.byteLength(body) } }, async (answer) => {
    const pieces = [];
    for await (const piece of answer) pieces.push(piece);
    done({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(pieces).toString() });
  });
  asked.on('error', fail);
  asked.end(body);
});

// One after another, in the order of asking.
const queueOfOne = () => {
  let last = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    last = next.catch(() => {});
    return next;
  };
};

// `profile`: the table as it is deployed in this one.
export const startEmulators = async ({ seed = 1, profile = 'full' } = {}) => {
  const indexed = profile === 'full' ? indexes : {};
  const dynamo = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  const dynamoPort = await listening(dynamo);
  const sqs = buildApp({ logger: false });
  await sqs.listen({ host: '127.0.0.1', port: 0 });
  const sqsPort = sqs.server.address().port;
  const random = randomOf(seed);
  const alone = queueOfOne();

  // The chances of each fault, of 1, and what has been counted.
  const faults = { throttle: 0, fail: 0, reset: 0, lose_reply: 0, partial: 0, unprocessed: 0 };
  const counts = { requests: {}, refused_signatures: [], write_units: 0, read_units: 0, faults: {} };
  // The keys of what was put, in its order: the table's stream.
  const changes = [];
  const happens = (fault) => {
    if (!random.chance(faults[fault])) return false;
    counts.faults[fault] = (counts.faults[fault] ?? 0) + 1;
    return true;
  };

  const refusal = (type, message, more = {}) => ({ status: 400, headers: {}, body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message, ...more }) });
  const signedEnough = { authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/eu-central-1/dynamodb/aws4_request, SignedHeaders=host, Signature=a', 'x-amz-date': '20260101T000000Z', 'content-type': 'application/x-amz-json-1.0' };
  const dynamoAsk = (action, body) => ask(dynamoPort, { headers: { ...signedEnough, 'x-amz-target': `DynamoDB_20120810.${action}` }, body: JSON.stringify(body) });
  const keyOf = (item) => ({ pk: item.pk, sk: item.sk });
  const wasPut = (item) => {
    counts.write_units += putUnits(item, { indexed });
    changes.push(keyOf(item));
  };

  const emptyIndexKey = (item) => Object.values(indexed).find((name) => item[name] && !item[name].S);

  // As the real service refuses it, and takes it in part.
  const putBatch = async (asked, bytes) => {
    const tables = Object.entries(asked.RequestItems ?? {});
    const puts = tables.flatMap(([, list]) => list);
    if (tables.length !== 1 || puts.length === 0) return refusal('ValidationException', 'The batch write request list for a table cannot be null or empty');
    if (puts.length > batch_items_max) return refusal('ValidationException', 'Too many items requested for the BatchWriteItem call');
    if (bytes > batch_bytes_max) return refusal('ValidationException', 'The request is larger than 16 MB');
    if (puts.some(({ PutRequest }) => !PutRequest)) return refusal('ValidationException', 'only puts are expected here');
    const items = puts.map(({ PutRequest }) => PutRequest.Item);
    if (new Set(items.map((item) => JSON.stringify([item.pk, item.sk]))).size < items.length) return refusal('ValidationException', 'Provided list of item keys contains duplicates');
    if (items.some(emptyIndexKey)) return refusal('ValidationException', 'an index key is empty');
    const [[table]] = tables;
    const left = puts.filter(() => happens('unprocessed'));
    if (left.length === puts.length) return refusal('ProvisionedThroughputExceededException', 'slow down');
    const taken = puts.filter((put) => !left.includes(put));
    const answer = await dynamoAsk('BatchWriteItem', { RequestItems: { [table]: taken } });
    if (answer.status !== 200) return answer;
    for (const { PutRequest } of taken) wasPut(PutRequest.Item);
    return { ...answer, body: JSON.stringify({ UnprocessedItems: left.length > 0 ? { [table]: left } : {} }) };
  };

  const dynamoAnswer = async (action, headers, body) => {
    const asked = JSON.parse(body);
    if (action === 'BatchWriteItem') return putBatch(asked, Buffer.byteLength(body));
    if (asked.Item && emptyIndexKey(asked.Item)) return refusal('ValidationException', 'an index key is empty');
    // Then what is answered is not all that was read, and paid for.
    if (asked.FilterExpression || asked.ProjectionExpression) throw new Error('what is read so is not counted here');
    const answer = await dynamoAsk(action, asked);
    if (answer.status !== 200) {
      // A put whose condition does not hold is paid for as well.
      if (action === 'PutItem' && answer.body.includes('ConditionalCheckFailed')) counts.write_units += writeUnits(asked.Item);
      return answer;
    }
    if (action === 'PutItem') wasPut(asked.Item);
    if (action === 'UpdateItem') counts.write_units += 1;
    if (['GetItem', 'Query', 'Scan'].includes(action)) {
      const { Item, Items = Item ? [Item] : [] } = JSON.parse(answer.body);
      counts.read_units += readUnits(Items, asked.ConsistentRead);
    }
    return answer;
  };

  const sqsAnswer = async (action, headers, body) => {
    const asked = JSON.parse(body);
    // Some of a batch are not taken: SQS answers 200 and names them.
    const left = [];
    if (action === 'SendMessageBatch' && faults.partial > 0) {
      asked.Entries = asked.Entries.filter((entry) => !(happens('partial') && left.push(entry)));
    }
    const failed = left.map(({ Id }) => ({ Id, SenderFault: false, Code: 'InternalError', Message: 'try again' }));
    if (left.length > 0 && asked.Entries.length === 0) return { status: 200, headers: {}, body: JSON.stringify({ Successful: [], Failed: failed }) };
    const answer = await ask(sqsPort, { headers: { ...headers, host: `127.0.0.1:${sqsPort}` }, body: JSON.stringify(asked) });
    if (left.length === 0 || answer.status !== 200) return answer;
    const whole = JSON.parse(answer.body);
    return { ...answer, body: JSON.stringify({ ...whole, Failed: [...(whole.Failed ?? []), ...failed] }) };
  };

  const server = createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces).toString();
    const [api, action] = (request.headers['x-amz-target'] ?? '.').split('.');
    const isTable = api.startsWith('DynamoDB');
    counts.requests[action] = (counts.requests[action] ?? 0) + 1;
    const give = ({ status, headers = {}, body: text }) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', ...(headers['x-amzn-errortype'] && { 'x-amzn-errortype': headers['x-amzn-errortype'] }), 'content-length': Buffer.byteLength(text) });
      response.end(text);
    };
    const fault = signatureFault({ method: request.method, url: request.url, headers: request.headers, body });
    if (fault) {
      counts.refused_signatures.push(`${action}: ${fault}`);
      return give(refusal('InvalidSignatureException', fault));
    }
    if (happens('throttle')) return give(refusal(isTable ? 'ProvisionedThroughputExceededException' : 'ThrottlingException', 'slow down'));
    if (happens('fail')) return give({ status: 500, body: JSON.stringify({ __type: 'InternalServerError' }) });
    if (happens('reset')) return request.socket.destroy();
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !['content-length', 'connection'].includes(name)));
    try {
      const answer = isTable ? await alone(() => dynamoAnswer(action, headers, body)) : await sqsAnswer(action, headers, body);
      if (happens('lose_reply')) return request.socket.destroy();
      return give(answer);
    } catch (problem) {
      return give({ status: 500, body: JSON.stringify({ __type: 'InternalServerError', message: String(problem) }) });
    }
  });
  const port = await listening(server);
  const endpoint = `http://127.0.0.1:${port}`;

  const created = await dynamoAsk('CreateTable', {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['pk', 'sk', ...Object.values(indexed), ...(profile === 'full' ? ['ts'] : [])]
      .map((AttributeName) => ({ AttributeName, AttributeType: AttributeName === 'ts' ? 'N' : 'S' })),
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }, { AttributeName: 'sk', KeyType: 'RANGE' }],
    ...(profile === 'full' && {
      GlobalSecondaryIndexes: Object.entries(indexed).map(([IndexName, partition]) => ({
        IndexName, Projection: { ProjectionType: 'ALL' },
        KeySchema: [{ AttributeName: partition, KeyType: 'HASH' }, { AttributeName: 'ts', KeyType: 'RANGE' }],
      })),
    }),
  });
  if (created.status !== 200) throw new Error(`the table was not made: ${created.body}`);
  const sqsAsk = async (action, body) => {
    const { status, body: text } = await ask(sqsPort, { headers: { ...signedEnough, authorization: signedEnough.authorization.replace('dynamodb', 'sqs'), host: `127.0.0.1:${sqsPort}`, 'x-amz-target': `AmazonSQS.${action}` }, body: JSON.stringify(body) });
    if (status !== 200) throw new Error(`${action}: ${status} ${text}`);
    return text === '' ? {} : JSON.parse(text);
  };
  const dead = await sqsAsk('CreateQueue', { QueueName: 'footfall-dead' });
  const deadArn = (await sqsAsk('GetQueueAttributes', { QueueUrl: dead.QueueUrl, AttributeNames: ['QueueArn'] })).Attributes.QueueArn;
  const { QueueUrl: queueUrl } = await sqsAsk('CreateQueue', {
    QueueName: 'footfall',
    Attributes: { VisibilityTimeout: '1', RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadArn, maxReceiveCount: '5' }) },
  });

  return {
    endpoint, queueUrl, deadQueueUrl: dead.QueueUrl, faults, counts, sqs: sqsAsk, dynamo: dynamoAsk,
    // As the program asks, without a signature, and with no fault but `unprocessed`.
    answer: async (action, body) => {
      const { status, body: text } = await alone(() => dynamoAnswer(action, {}, JSON.stringify(body)));
      return { status, ...JSON.parse(text) };
    },
    // What the stream has of keys that begin so since this was asked last: as its filter lets it by.
    changed: (prefix) => changes.splice(0).filter(({ pk }) => pk.S.startsWith(prefix)),
    environment: { ...credentials, AWS_REGION: region, AWS_ENDPOINT_URL: endpoint },
    // Every item of the table.
    items: async () => {
      const items = [];
      for (let start; ;) {
        const { body } = await dynamoAsk('Scan', { TableName: tableName, ...(start && { ExclusiveStartKey: start }) });
        const page = JSON.parse(body);
        items.push(...page.Items);
        start = page.LastEvaluatedKey;
        if (!start) return items;
      }
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await sqs.close();
      await new Promise((done) => dynamo.close(done));
    },
  };
};
