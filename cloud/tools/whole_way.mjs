// The whole of it on this machine: the edge functions, the packaged functions of Lambda, and emulators of SQS and DynamoDB, put
// together as they are in the cloud; and what it is asked is counted.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEdge } from './local_edge.mjs';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const machine = process.arch === 'arm64' ? 'arm64' : 'x86_64';
const zip = process.env.FOOTFALL_FUNCTIONS_ZIP ?? join(checkout, 'build/lambda', `footfall-${machine}.zip`);
const emulators = join(checkout, 'tests/cloud/emulators.mjs');

// Why it cannot be started here; false if it can.
export const hasEmulators = existsSync(emulators);
export const missing = !hasEmulators ? 'tests/cloud has no emulators' : !existsSync(zip) && `there is no ${zip}: scripts/build_zips.sh makes it`;

export const site = 'example.com';
// As the stack has it (src/functions.ts).
const memoryGb = { api: 0.5, processor: 0.5, compactor: 3008 / 1024 };

// As the function's own address does it, or API Gateway's HTTP API: cookies apart, and the request comes from CloudFront. The gateway
// hands over the path decoded.
const eventOf = (httpEvent, request, body, way) => {
  const { cookie, host, ...headers } = request.headers;
  const event = httpEvent(request.method, request.url, { body, headers, ip: '130.176.0.1', ...(cookie ? { cookies: cookie.split('; ') } : {}) });
  if (way === 'url') return event;
  const decoded = decodeURIComponent(event.rawPath).split('?')[0];
  event.rawPath = decoded;
  event.requestContext.http.path = decoded;
  return event;
};

// `way`: how CloudFront reaches the API, `url` or `gateway`, as the stack's setting `api` has it.
export const startWholeWay = async ({ profile = 'full', way = 'url', pages = 20 } = {}) => {
  const { startEmulators, tableName } = await import(emulators);
  const { canChroot, furnish, httpEvent, queueEvent, scheduledEvent, startFunction, streamEvent } = await import(join(checkout, 'tests/cloud/lambda_host.mjs'));
  const folder = mkdtempSync(join(tmpdir(), 'footfall-whole-'));
  execFileSync('unzip', ['-q', zip, '-d', join(folder, 'function')]);
  // As root in a chroot with nothing but the zip's content and the C library.
  if (canChroot) furnish(join(folder, 'function'));
  mkdirSync(join(folder, 'site/js'), { recursive: true });
  writeFileSync(join(folder, 'site/index.html'), 'Hello');
  writeFileSync(join(folder, 'site/js/footfall.js'), '// in place of the script');
  for (let i = 0; i < pages; i += 1) writeFileSync(join(folder, `site/page-${i}.html`), 'A page');

  const cloud = await startEmulators({ profile });
  const environment = { ...cloud.environment, FOOTFALL_TABLE: tableName, FOOTFALL_SITE: site, FOOTFALL_PROFILE: profile };
  const startApi = () => startFunction(join(folder, 'function'), { ...environment, FOOTFALL_MODE: 'api', FOOTFALL_QUEUE_URL: cloud.queueUrl, FOOTFALL_EDGE: 'required' });
  let api = await startApi();
  const processor = await startFunction(join(folder, 'function'), { ...environment, FOOTFALL_MODE: 'processor' });
  const compactor = await startFunction(join(folder, 'function'), { ...environment, FOOTFALL_MODE: 'compactor' });

  // What Lambda is paid for: runs, and their time in whole milliseconds by their memory.
  const lambda = { requests: 0, gbSeconds: 0 };
  const invoke = async (name, started, event) => {
    const begun = performance.now();
    const answer = await started.invoke(event);
    lambda.requests += 1;
    lambda.gbSeconds += (Math.ceil(performance.now() - begun) / 1000) * memoryGb[name];
    return answer;
  };
  const gateway = http.createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    try {
      const answer = await invoke('api', api, eventOf(httpEvent, request, Buffer.concat(pieces).toString(), way));
      response.writeHead(answer.statusCode, { ...answer.headers, ...(answer.cookies ? { 'set-cookie': answer.cookies } : {}) });
      response.end(answer.isBase64Encoded ? Buffer.from(answer.body, 'base64') : answer.body);
    } catch (error) {
      response.writeHead(502).end(String(error));
    }
  });
  await new Promise((done) => gateway.listen(0, '127.0.0.1', done));
  const apiUrl = `http://127.0.0.1:${gateway.address().port}`;

  // The first event has the function make its keys; the edge gets the same ones, as tools/keys.mjs brings them to it.
  await api.invoke(httpEvent('GET', `/api/counters/TOTAL?site=${site}`));
  const kept = async (name) => (await cloud.items()).find(({ pk }) => pk.S === `F#${name}`)?.text.S;
  const { keys } = JSON.parse(await kept('session-keys'));
  const token = (await kept('admin-token')).trim();
  // As by HTTPS: who asks here is no browser, and keeps a secure cookie on plain HTTP as well.
  const settings = { site, session: 'redirect', protect: 'origin', session_idle_seconds: 1800, session_max_seconds: 7200, keys };
  const edge = await startEdge({ readEdge: () => settings, folder: join(folder, 'site'), api: apiUrl });
  cloud.counts.write_units = 0;
  cloud.counts.read_units = 0;
  for (const name of Object.keys(cloud.counts.requests)) cloud.counts.requests[name] = 0;

  const ask = (path, { method = 'GET', headers = {}, body, from = '127.0.0.1' } = {}) => new Promise((resolve, reject) => {
    http.request({ host: '127.0.0.1', port: new URL(edge.url).port, localAddress: from, path, method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece) => (text += piece)).on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    }).on('error', reject).end(body);
  });

  // One page as a browser loads it: the page, by way of a redirect for who has no session, and the view that its script reports.
  const view = async (visitor, path) => {
    const load = (target) => ask(target, { from: visitor.ip, headers: visitor.cookie ? { cookie: visitor.cookie } : {} });
    const keep = ({ headers }) => {
      if (headers['set-cookie']) visitor.cookie = headers['set-cookie'][0].split(';')[0];
    };
    let page = await load(path);
    keep(page);
    if (page.status === 302) {
      page = await load(page.headers.location);
      keep(page);
    }
    if (page.status !== 200) throw new Error(`${path} was answered ${page.status}`);
    const told = await ask('/api/event', { method: 'POST', from: visitor.ip, headers: { cookie: visitor.cookie, origin: `https://${site}`, 'content-type': 'text/plain', 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' },
      body: JSON.stringify({ n: 'pageview', u: `https://${site}${path}`, d: site }) });
    if (told.status !== 202 || told.headers['x-footfall-dropped']) throw new Error(`the view was answered ${told.status} ${told.headers['x-footfall-dropped'] ?? ''}: ${told.text}`);
    return visitor.cookie.split('.')[2];
  };

  // What Lambda does for the processor: takes ten at a time, and gives them to it in batches, and again what failed. With `random`
  // (tests/e2e/random.mjs) each message is given one to three times, shuffled, and some batches fail before they get there.
  let queueCalls = 0;
  const drain = async (batchSize, random) => {
    let waiting = [];
    for (;;) {
      const { Messages: messages = [] } = await cloud.sqs('ReceiveMessage', { QueueUrl: cloud.queueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 300 });
      if (messages.length === 0) break;
      queueCalls += 1;
      for (const message of messages) waiting.push(...Array(random ? random.between(1, 3) : 1).fill(message));
    }
    let given = 0;
    while (waiting.length > 0) {
      if (random) {
        for (let i = waiting.length - 1; i > 0; i -= 1) {
          const other = random.below(i + 1);
          [waiting[i], waiting[other]] = [waiting[other], waiting[i]];
        }
      }
      const batch = [];
      const later = [];
      // A message stands in a batch once.
      for (const message of waiting) (batch.length < batchSize && !batch.includes(message) ? batch : later).push(message);
      waiting = later;
      if (random?.chance(0.05)) {
        waiting.push(...batch);
        continue;
      }
      given += batch.length;
      const { batchItemFailures } = await invoke('processor', processor, queueEvent(batch.map(({ MessageId, ReceiptHandle, Body }) => ({ id: MessageId, receipt: ReceiptHandle, body: Body }))));
      if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} messages failed: ${processor.logs.join('').slice(-1000)}`);
      for (let i = 0; i < batch.length; i += 10) {
        await cloud.sqs('DeleteMessageBatch', { QueueUrl: cloud.queueUrl, Entries: batch.slice(i, i + 10).map(({ ReceiptHandle }, id) => ({ Id: String(id), ReceiptHandle })) });
        queueCalls += 1;
      }
    }
    return given;
  };

  // What Lambda does for the compactor: the hour has come, or the stream has marks of days that something came late for.
  const sumByHour = async () => {
    cloud.changed('D#');
    await invoke('compactor', compactor, scheduledEvent());
  };
  const sumByMarks = async () => {
    const marks = cloud.changed('D#');
    for (let i = 0; i < marks.length; i += 100) {
      const { batchItemFailures } = await invoke('compactor', compactor, streamEvent(marks.slice(i, i + 100), i + 1));
      if (batchItemFailures.length > 0) throw new Error(`days were not summed: ${compactor.logs.join('').slice(-1000)}`);
    }
    return marks.length;
  };

  return {
    ask, view, drain, sumByHour, sumByMarks, token, apiUrl, url: edge.url,
    waiting: async () => Number((await cloud.sqs('GetQueueAttributes', { QueueUrl: cloud.queueUrl, AttributeNames: ['ApproximateNumberOfMessages'] })).Attributes.ApproximateNumberOfMessages),
    // One that knows nothing yet, as after a while without requests.
    restartApi: async () => {
      await api.stop();
      api = await startApi();
    },
    processes: { api: () => api.child, processor: () => processor.child, compactor: () => compactor.child },
    // Of one kind, as their keys begin: `V#` rows, `P#` packs, `R#` sums.
    items: async (prefix) => (await cloud.items()).filter(({ pk }) => pk.S.startsWith(prefix)),
    // By the names of prices.json.
    counted: () => {
      const { SendMessage = 0, SendMessageBatch = 0 } = cloud.counts.requests;
      // A function's own address has no price.
      const { api_requests, ...atEdge } = edge.counted;
      return { ...atEdge, ...(way === 'gateway' ? { api_requests } : {}), lambda_requests: lambda.requests, lambda_gb_seconds_arm64: Number(lambda.gbSeconds.toFixed(6)), sqs_requests: SendMessage + SendMessageBatch + queueCalls,
        write_units: cloud.counts.write_units, read_units: cloud.counts.read_units };
    },
    close: async () => {
      await edge.close();
      await new Promise((done) => gateway.close(done).closeAllConnections());
      await api.stop();
      await processor.stop();
      await compactor.stop();
      await cloud.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
