// An application behind Footfall: everything it sends reaches the browser, and only clean requests reach it.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { atEnd, checkout, run, serve, sleep, until } from './program.mjs';
import { Wire, head } from './wire.mjs';

// --- The application ---

const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const seen = []; // every request it got
const gone = new Set(); // paths whose client left before the answer was whole

const answers = {
  '/echo': (ask, answer) => ask.pipe(answer),
  '/headers': (ask, answer) => answer.end(JSON.stringify(ask.rawHeaders)),
  '/cookies': (ask, answer) => answer.setHeader('set-cookie', ['a=1', 'b=2']).end('set'),
  '/none': (ask, answer) => answer.writeHead(204).end(),
  '/chunks': async (ask, answer) => {
    for (const part of ['one ', 'two ', 'three']) {
      answer.write(part);
      await sleep(10);
    }
    answer.end();
  },
  '/events': (ask, answer) => {
    answer.writeHead(200, { 'content-type': 'text/event-stream' });
    const timer = setInterval(() => answer.write(`data: ${Date.now()}\n\n`), 50);
    answer.on('close', () => {
      clearInterval(timer);
      gone.add('/events');
    });
  },
  '/hash': (ask, answer) => {
    const hash = createHash('sha256');
    ask.on('data', (part) => hash.update(part)).on('end', () => answer.end(hash.digest('hex')));
  },
  '/cut': (ask, answer) => {
    answer.writeHead(200, { 'content-length': 1_000 }).write('half');
    setTimeout(() => answer.destroy(), 50);
  },
};

// WebSocket that sends back what it is told (RFC 6455), frames of less than 126 bytes.
const frame = (text) => Buffer.concat([Buffer.from([0x81, text.length]), Buffer.from(text)]);
const masked = (text) => {
  const mask = randomBytes(4);
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length]), mask, Buffer.from(text).map((byte, i) => byte ^ mask[i % 4])]);
};
const texts = (bytes) => {
  const found = [];
  while (bytes.length >= 2) {
    const size = bytes[1] & 0x7f;
    const start = bytes[1] & 0x80 ? 6 : 2;
    if (bytes.length < start + size) break;
    const mask = bytes.subarray(2, 6);
    found.push(Buffer.from(bytes.subarray(start, start + size)).map((byte, i) => (start === 6 ? byte ^ mask[i % 4] : byte)).toString());
    bytes = bytes.subarray(start + size);
  }
  return { found, rest: bytes };
};
const echo = (ask, socket) => {
  const accept = createHash('sha1').update(ask.headers['sec-websocket-key'] + guid).digest('base64');
  socket.write(head('HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`));
  let bytes = Buffer.alloc(0);
  socket.on('data', (part) => {
    const { found, rest } = texts(Buffer.concat([bytes, part]));
    bytes = rest;
    for (const text of found) socket.write(frame(text));
  });
  socket.on('end', () => socket.end()).on('error', () => {}).on('close', () => gone.add('/socket'));
};

const startApplication = async () => {
  // Room for the largest head that Footfall takes, and what it adds.
  const application = createServer({ maxHeaderSize: 32_768 }, (ask, answer) => {
    seen.push({ method: ask.method, url: ask.url });
    const path = ask.url.split('?')[0];
    if (answers[path]) answers[path](ask, answer);
    else answer.writeHead(404, { 'content-type': 'text/html' }).end('<h1>not here</h1>');
  }).on('upgrade', echo);
  await new Promise((resolve) => application.listen(0, '127.0.0.1', resolve));
  atEnd(() => {
    application.closeAllConnections();
    application.close();
  });
  return application;
};

let application, server;
test.before(async () => {
  application = await startApplication();
  server = await serve({ args: ['--upstream', `http://127.0.0.1:${application.address().port}`] });
});

const ask = (path, more) => server.ask(path, { token: null, ...more });

// --- What passes ---

test('answers pass as the application gave them', async () => {
  const chunks = await ask('/chunks');
  assert.equal(chunks.text, 'one two three');
  const missing = await ask('/nowhere?x');
  assert.equal(missing.status, 404);
  assert.equal(missing.headers.get('content-type'), 'text/html');
  assert.equal((await ask('/none')).status, 204);
  assert.deepEqual((await ask('/cookies')).headers.getSetCookie().filter((cookie) => !cookie.startsWith('footfall')), ['a=1', 'b=2']);
  assert.equal((await ask('/headers', { method: 'HEAD' })).text, '');
});

test('bodies pass both ways, by length and in chunks', async () => {
  assert.equal((await ask('/echo', { method: 'POST', body: 'hello' })).text, 'hello');
  const large = randomBytes(20 * 1024 * 1024);
  const hash = createHash('sha256').update(large).digest('hex');
  assert.equal((await ask('/hash', { method: 'PUT', body: large })).text, hash);
  const back = await new Promise((resolve, reject) => {
    const echoed = createHash('sha256');
    const sending = request(`${server.url}/echo`, { method: 'POST' }, (answer) => {
      answer.on('data', (part) => echoed.update(part)).on('end', () => resolve(echoed.digest('hex')));
    }).on('error', reject);
    for (let at = 0; at < large.length; at += 1 << 20) sending.write(large.subarray(at, at + (1 << 20)));
    sending.end();
  });
  assert.equal(back, hash);
});

test('the application learns who asks, and a stranger cannot tell it otherwise', async () => {
  const answer = await ask('/headers?q=%2F', {
    headers: { 'x-forwarded-for': '192.0.2.1', x_forwarded_for: '192.0.2.1', forwarded: 'for=192.0.2.1', 'x-real-ip': '192.0.2.1', 'x-note': 'kept' },
  });
  const headers = {};
  for (let i = 0; i < answer.json.length; i += 2) headers[answer.json[i].toLowerCase()] = answer.json[i + 1];
  assert.equal(headers.host, new URL(server.url).host);
  assert.equal(headers['x-forwarded-for'], '127.0.0.1');
  assert.equal(headers['x-forwarded-proto'], 'http');
  assert.equal(headers['x-forwarded-host'], headers.host);
  assert.equal(headers.forwarded, `for=127.0.0.1;host="${headers.host}";proto=http`);
  assert.match(headers.via, /^1\.1 footfall-/);
  assert.equal(headers['x-note'], 'kept');
  assert.ok(!answer.text.includes('192.0.2.1'));
});

test('Footfall’s own routes come first', async () => {
  const before = seen.length;
  assert.equal((await ask('/livez')).status, 200);
  assert.equal((await ask('/js/footfall.js')).status, 200);
  assert.equal((await ask('/api/nothing')).status, 404);
  await server.visit('/counted');
  assert.equal(seen.length, before);
});

test('events come as they happen, and the application learns when the reader leaves', async () => {
  const leave = new AbortController();
  const response = await fetch(`${server.url}/events`, { signal: leave.signal });
  const reader = response.body.getReader();
  for (let i = 0; i < 3; i += 1) {
    const { value } = await reader.read();
    const age = Date.now() - Number(Buffer.from(value).toString().match(/data: (\d+)/)[1]);
    assert.ok(age < 2_000, `an event was ${age} ms old`);
  }
  leave.abort();
  await until(() => gone.has('/events'), 'the application to learn that the reader left');
});

test('WebSocket passes through', async () => {
  const socket = connect(server.port, '127.0.0.1');
  const key = randomBytes(16).toString('base64');
  let bytes = Buffer.alloc(0);
  socket.on('data', (part) => (bytes = Buffer.concat([bytes, part])));
  socket.write(head('GET /socket HTTP/1.1', 'Host: example.com', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${key}`));
  await until(() => bytes.includes('\r\n\r\n'), 'the answer to the upgrade');
  const end = bytes.indexOf('\r\n\r\n');
  assert.match(bytes.subarray(0, end).toString(), /^HTTP\/1\.1 101 /);
  assert.ok(bytes.subarray(0, end).toString().toLowerCase().includes(`sec-websocket-accept: ${createHash('sha1').update(key + guid).digest('base64')}`.toLowerCase()));
  bytes = bytes.subarray(end + 4);
  for (const text of ['hello', 'GET /smuggled HTTP/1.1']) socket.write(masked(text));
  await until(() => texts(bytes).found.length === 2, 'the echo');
  assert.deepEqual(texts(bytes).found, ['hello', 'GET /smuggled HTTP/1.1']);
  socket.end();
  await until(() => gone.has('/socket'), 'the application to learn of the end');
});

// --- What does not ---

test('nothing is smuggled to the application', async () => {
  const rows = JSON.parse(readFileSync(join(checkout, 'tests/http_vectors/requests.json'), 'utf8'));
  assert.ok(rows.length > 100);
  for (const row of rows) {
    if (['body_too_large', 'upgrade'].includes(row.code)) continue; // for the application to say
    const before = seen.length;
    const text = row.send.map((part) => (typeof part === 'string' ? part : part.repeat.repeat(part.times))).join('');
    const wire = await Wire.open(server.port);
    wire.send(text);
    if (row.status) await until(() => wire.ended || wire.bytes.includes(`HTTP/1.1 ${row.status} `), row.because);
    else await until(() => seen.length >= before + row.answered, row.because);
    await sleep(5);
    // A body that turns out wrong is taken back: the application may have begun with the request, but it never ends.
    assert.ok(seen.length - before <= row.answered + (row.status ? 1 : 0), row.because);
    assert.ok(seen.slice(before).every(({ url }) => !url.includes('smuggled')), row.because);
    wire.close();
  }
  assert.equal((await ask('/chunks')).text, 'one two three');
  assert.ok(server.isRunning);
});

test('an answer that breaks off is not taken for whole', async () => {
  await assert.rejects(ask('/cut'));
});

test('a page says that the application is away, and that it is back', async () => {
  const other = await startApplication();
  const { port } = other.address();
  const behind = await serve({ args: ['--upstream', `http://localhost:${port}`] });
  const ask = (headers) => behind.ask('/chunks', { token: null, headers });
  assert.equal((await ask({})).status, 200);
  other.closeAllConnections();
  await new Promise((resolve) => other.close(resolve));
  const page = await ask({ accept: 'text/html' });
  assert.equal(page.status, 502);
  assert.match(page.headers.get('content-type'), /^text\/html/);
  const problem = await ask({ accept: 'application/json' });
  assert.equal(problem.json.code, 'upstream_unreachable');
  assert.equal((await behind.ask('/readyz')).status, 200);
  const metrics = (await behind.ask('/metrics')).text;
  assert.match(metrics, /footfall_upstream_requests_total\{code="2xx"\} 1\n/);
  assert.match(metrics, /footfall_upstream_requests_total\{code="none"\} 2\n/);
  assert.match(metrics, /footfall_upstream_connect_failures_total 2\n/);
  await new Promise((resolve) => other.listen(port, '127.0.0.1', resolve));
  assert.equal((await ask({})).status, 200);
});

test('a circle is broken', async () => {
  const port = server.port + 0;
  const first = await serve({ args: ['--upstream', `http://127.0.0.1:${port}`] });
  assert.equal((await first.ask('/chunks', { token: null })).text, 'one two three'); // two in a row are none
  const via = (await first.ask('/headers', { token: null })).json;
  const own = via[via.findIndex((name) => name.toLowerCase() === 'via') + 1];
  assert.equal((await first.ask('/headers', { token: null, headers: { via: own } })).status, 508);
});

test('a wrong upstream is told at the start', async () => {
  for (const [args, words] of [
    [['--upstream', 'https://app'], /plain HTTP/],
    [['--upstream', 'app:8000'], /http:\/\//],
    [['--upstream', 'http://app', '--root', checkout], /--root/],
  ]) {
    const { code, err } = await run(['serve', '--listen', '127.0.0.1:0', '--data', '/nonexistent/footfall', ...args]);
    assert.notEqual(code, 0);
    assert.match(err, words);
  }
});
