// What stands in for AWS Lambda: the runtime API that a function asks for its events, and the process of the function.
//
// As root the process sees nothing but what was in its zip and the C library that Amazon Linux 2023 has: a bare chroot. A program for
// arm64 runs on x86-64 as well, where qemu plays the processor.

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';

const event_ms_max = 30_000;

// The loader and the C library, at the places where a program looks for them.
const systemFiles = () => {
  const loader = process.arch === 'arm64' ? '/lib/ld-linux-aarch64.so.1' : '/lib64/ld-linux-x86-64.so.2';
  const folder = process.arch === 'arm64' ? '/lib/aarch64-linux-gnu' : '/lib/x86_64-linux-gnu';
  return [loader, join(folder, 'libc.so.6'), join(folder, 'libm.so.6')];
};

export const canChroot = process.getuid() === 0;

const qemu = '/usr/bin/qemu-aarch64-static';
const arm64Root = '/usr/aarch64-linux-gnu'; // where Debian has the C library for programs that are made for arm64
// Why a program for arm64 does not run here; false if it does.
export const arm64Missing = process.arch === 'arm64' ? 'this machine is one: tests/cloud/package.test.mjs runs it'
  : [qemu, join(arm64Root, 'lib/libc.so.6')].filter((file) => !existsSync(file)).map((file) => `there is no ${file}: scripts/setup.sh cross`)[0] ?? false;

const put = (from, folder, name) => {
  mkdirSync(join(folder, dirname(name)), { recursive: true });
  copyFileSync(from, join(folder, name));
  chmodSync(join(folder, name), 0o755);
};

// Makes `folder`, which holds an unpacked zip, a world of its own.
export const furnish = (folder, { arm64 = false } = {}) => {
  if (arm64) {
    put(qemu, folder, '/qemu');
    for (const name of ['ld-linux-aarch64.so.1', 'libc.so.6', 'libm.so.6']) put(join(arm64Root, 'lib', name), folder, `/lib/${name}`);
  } else {
    for (const file of systemFiles()) put(file, folder, file);
  }
  return readdirSync(folder);
};

// Starts the function in `folder`. `invoke` gives it an event and tells what it answered, or throws with its error.
export const startFunction = async (folder, environment, { chroot = canChroot, arm64 = false } = {}) => {
  const waiting = []; // events that nobody has asked for
  const open = new Map(); // events that are being worked on, by id
  let asked; // a request for the next event that waits for one
  let initError;
  let firstAsked;
  const ready = new Promise((done) => { firstAsked = done; });
  const logs = [];
  const turn = () => {
    if (!asked || waiting.length === 0) return;
    const event = waiting.shift();
    const response = asked;
    asked = undefined;
    open.set(event.id, event);
    response.writeHead(200, {
      'Lambda-Runtime-Aws-Request-Id': event.id,
      'Lambda-Runtime-Deadline-Ms': String(Date.now() + event_ms_max),
      'Lambda-Runtime-Invoked-Function-Arn': 'arn:aws:lambda:eu-central-1:000000000000:function:footfall',
      'Lambda-Runtime-Trace-Id': 'Root=1-00000000-000000000000000000000000',
      'Content-Type': 'application/json',
    });
    response.end(event.body);
  };
  const server = createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces).toString();
    const [, , api, kind, id, what] = request.url.split('/');
    if (api !== 'runtime') return response.writeHead(404).end();
    if (kind === 'init') {
      initError = body;
      firstAsked(performance.now());
      return response.writeHead(202).end();
    }
    if (id === 'next') {
      firstAsked(performance.now());
      asked = response;
      response.on('close', () => { if (asked === response) asked = undefined; });
      return turn();
    }
    const event = open.get(id);
    if (!event) return response.writeHead(400).end();
    open.delete(id);
    if (what === 'response') event.done(JSON.parse(body));
    else event.fail(Object.assign(new Error(JSON.parse(body).errorMessage), { body: JSON.parse(body) }));
    return response.writeHead(202).end();
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const started = performance.now();
  const env = { ...environment, AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${server.address().port}`, LAMBDA_TASK_ROOT: '/' };
  const [command, ...args] = chroot ? ['chroot', folder, ...(arm64 ? ['/qemu'] : []), '/bootstrap'] : [...(arm64 ? [qemu, '-L', arm64Root] : []), join(folder, 'bootstrap')];
  const child = spawn(command, args, { env: { ...env, ...(chroot && { PATH: process.env.PATH }) }, stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr.setEncoding('utf8').on('data', (text) => logs.push(text));
  const ended = new Promise((done) => child.on('exit', (code, signal) => {
    for (const event of [...open.values(), ...waiting]) event.fail(new Error(`the function ended (${code ?? signal}): ${logs.join('').slice(-2_000)}`));
    firstAsked(NaN);
    done(code ?? signal);
  }));
  return {
    child, logs, ended,
    initError: () => initError,
    // From the start of the process until it asks for its first event, in milliseconds.
    firstNext: async () => (await ready) - started,
    invoke: (event) => new Promise((done, fail) => {
      waiting.push({ id: randomUUID(), body: typeof event === 'string' ? event : JSON.stringify(event), done, fail });
      turn();
    }),
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
};

// --- events as AWS sends them ---

export const httpEvent = (method, target, { body = '', headers = {}, cookies, ip = '203.0.113.9' } = {}) => {
  const [path, query = ''] = target.split('?');
  return {
    version: '2.0', routeKey: '$default', rawPath: path, rawQueryString: query,
    ...(cookies && { cookies }),
    headers: { host: 'abcdefghij.execute-api.eu-central-1.amazonaws.com', 'x-forwarded-proto': 'https', 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', ...headers },
    requestContext: { accountId: '000000000000', apiId: 'abcdefghij', stage: '$default', requestId: randomUUID(), timeEpoch: Date.now(), http: { method, path, protocol: 'HTTP/1.1', sourceIp: ip, userAgent: 'Firefox' } },
    body, isBase64Encoded: false,
  };
};

export const queueEvent = (messages) => ({
  Records: messages.map(({ id, receipt = 'receipt', body, receives = 1 }) => ({
    messageId: id, receiptHandle: receipt, body, attributes: { ApproximateReceiveCount: String(receives), SentTimestamp: String(Date.now()) },
    messageAttributes: {}, eventSource: 'aws:sqs', eventSourceARN: 'arn:aws:sqs:eu-central-1:000000000000:footfall', awsRegion: 'eu-central-1',
  })),
});

const arn = (service, what) => `arn:aws:${service}:eu-central-1:000000000000:${what}`;

export const scheduledEvent = (time = new Date()) => ({
  version: '0', id: randomUUID(), 'detail-type': 'Scheduled Event', source: 'aws.events', account: '000000000000',
  time: time.toISOString().replace(/\.\d+Z$/, 'Z'), region: 'eu-central-1', resources: [arn('events', 'rule/footfall-hourly')], detail: {},
});

// Of a stream that has keys alone.
export const streamEvent = (keys, first = 1) => ({
  Records: keys.map((Keys, i) => ({
    eventID: randomUUID(), eventName: 'MODIFY', eventVersion: '1.1', eventSource: 'aws:dynamodb', awsRegion: 'eu-central-1',
    dynamodb: { ApproximateCreationDateTime: Math.floor(Date.now() / 1000), Keys, SequenceNumber: String(first + i).padStart(21, '1'), SizeBytes: 50, StreamViewType: 'KEYS_ONLY' },
    eventSourceARN: arn('dynamodb', 'table/footfall-visits/stream/2026-01-01T00:00:00.000'),
  })),
});
