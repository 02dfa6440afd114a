// What the server makes of every kind of request, good and hostile, seen from the wire.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { serve, sleep } from './program.mjs';
import { head, Wire } from './wire.mjs';

let server;
before(async () => (server = await serve({ args: ['--site', 'other.example'] })));
after(() => server?.stop());

const host = 'Host: example.com';
const json = 'Content-Type: application/json';
const get = (target, ...fields) => head(`GET ${target} HTTP/1.1`, host, ...fields);
const post = (body, ...fields) => head('POST /api/event HTTP/1.1', host, ...fields) + body;
const sized = (body, path = '/api/event') => head(`POST ${path} HTTP/1.1`, host, `Content-Length: ${Buffer.byteLength(body, 'latin1')}`) + body;
const chunked = (chunks, ...fields) => post(chunks, 'Transfer-Encoding: chunked', ...fields);
const event = JSON.stringify({ n: 'pageview', u: 'https://unregistered.example/' }); // answered 202, and nothing is stored
const a = (count) => 'a'.repeat(count);

// because · bytes · wanted status · whether the connection goes on
const vectors = [
  // Two ways to tell where a body ends are one too many.
  ['Content-Length, then Transfer-Encoding', post('0\r\n\r\n', 'Content-Length: 5', 'Transfer-Encoding: chunked'), 400, 'closes'],
  ['Transfer-Encoding, then Content-Length', post('0\r\n\r\n', 'Transfer-Encoding: chunked', 'Content-Length: 5'), 400, 'closes'],
  ['an unknown transfer encoding', post('', 'Transfer-Encoding: gzip'), 400, 'closes'],
  ['the transfer encoding identity', post('', 'Transfer-Encoding: identity'), 400, 'closes'],
  ['chunked before another encoding', post('0\r\n\r\n', 'Transfer-Encoding: chunked, gzip'), 400, 'closes'],
  ['chunked after another encoding', post('0\r\n\r\n', 'Transfer-Encoding: gzip, chunked'), 400, 'closes'],
  ['chunked twice in a list', post('0\r\n\r\n', 'Transfer-Encoding: chunked, chunked'), 400, 'closes'],
  ['chunked twice in two fields', post('0\r\n\r\n', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'), 400, 'closes'],
  ['chunked behind a control character', post('0\r\n\r\n', 'Transfer-Encoding: \x0bchunked'), 400, 'closes'],
  ['chunked in quotes', post('0\r\n\r\n', 'Transfer-Encoding: "chunked"'), 400, 'closes'],
  ['an empty transfer encoding', post('', 'Transfer-Encoding:'), 400, 'closes'],
  ['chunked in HTTP/1.0', head('POST /api/event HTTP/1.0', host, 'Transfer-Encoding: chunked') + '0\r\n\r\n', 400, 'closes'],
  ['two lengths that differ', post('hello', 'Content-Length: 5', 'Content-Length: 6'), 400, 'closes'],
  ['two lengths that are equal', post('hello', 'Content-Length: 5', 'Content-Length: 5'), 400, 'closes'],
  ['a list of lengths', post('hello', 'Content-Length: 5, 5'), 400, 'closes'],
  ['a signed length', post('hello', 'Content-Length: +5'), 400, 'closes'],
  ['a negative length', post('hello', 'Content-Length: -5'), 400, 'closes'],
  ['a length with a space in it', post('hello', 'Content-Length: 5 5'), 400, 'closes'],
  ['a hexadecimal length', post('hello', 'Content-Length: 0x5'), 400, 'closes'],
  ['a length with a fraction', post('hello', 'Content-Length: 5.0'), 400, 'closes'],
  ['an empty length', post('', 'Content-Length:'), 400, 'closes'],
  ['a length beyond all numbers', post('', `Content-Length: ${'9'.repeat(40)}`), 413, 'closes'],

  // Lines and fields.
  ['a space before the colon', get('/livez', 'X-A : b'), 400, 'closes'],
  ['a length with a space before the colon', post('hello', 'Content-Length : 5'), 400, 'closes'],
  ['a field without a name', get('/livez', ': b'), 400, 'closes'],
  ['a field without a colon', get('/livez', 'nonsense'), 400, 'closes'],
  ['a field name of other characters', get('/livez', 'X(a): b'), 400, 'closes'],
  ['a folded field', get('/livez', 'X-A: b', ' c'), 400, 'closes'],
  ['a field folded with a tab', get('/livez', 'X-A: b', '\tc'), 400, 'closes'],
  ['a first field that is folded', head('GET /livez HTTP/1.1', ' X-A: b', host), 400, 'closes'],
  ['a bare LF behind the request line', `GET /livez HTTP/1.1\n${host}\r\n\r\n`, 400, 'closes'],
  ['a bare LF behind a field', `GET /livez HTTP/1.1\r\n${host}\nX-A: b\r\n\r\n`, 400, 'closes'],
  ['bare LFs all over', `GET /livez HTTP/1.1\n${host}\n\n`, 400, 'closes'],
  ['a bare CR in a value', get('/livez', 'X-A: b\rX-C: d'), 400, 'closes'],
  ['a NUL in a value', get('/livez', 'X-A: b\0c'), 400, 'closes'],
  ['a control character in a value', get('/livez', 'X-A: b\x01c'), 400, 'closes'],
  ['a DEL in a value', get('/livez', 'X-A: b\x7fc'), 400, 'closes'],
  ['a NUL in a name', get('/livez', 'X\0A: b'), 400, 'closes'],

  // Host.
  ['no Host', head('GET /livez HTTP/1.1'), 400, 'closes'],
  ['two Hosts', head('GET /livez HTTP/1.1', host, 'Host: other.example'), 400, 'closes'],
  ['two equal Hosts', head('GET /livez HTTP/1.1', host, host), 400, 'closes'],
  ['an empty Host', head('GET /livez HTTP/1.1', 'Host:'), 400, 'closes'],
  ['a Host that is a URL', head('GET /livez HTTP/1.1', 'Host: http://example.com/'), 400, 'closes'],
  ['a Host with a user', head('GET /livez HTTP/1.1', 'Host: user@example.com'), 400, 'closes'],
  ['an absolute target of another host than Host', get('http://other.example/livez'), 400, 'closes'],

  // The request line.
  ['no version', `GET /livez\r\n${host}\r\n\r\n`, 400, 'closes'],
  ['a version of another protocol', head('GET /livez HTTPS/1.1', host), 400, 'closes'],
  ['a version in small letters', head('GET /livez http/1.1', host), 400, 'closes'],
  ['a version with too many digits', head('GET /livez HTTP/1.10', host), 400, 'closes'],
  ['a version that is not spoken', head('GET /livez HTTP/3.0', host), 505, 'closes'],
  ['the beginning of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400, 505], 'closes'],
  ['two spaces', head('GET  /livez HTTP/1.1', host), 400, 'closes'],
  ['a space behind the version', head('GET /livez HTTP/1.1 ', host), 400, 'closes'],
  ['a control character in the target', get('/a\x01b'), 400, 'closes'],
  ['a NUL in the target', get('/a\0b'), 400, 'closes'],
  ['a DEL in the target', get('/a\x7fb'), 400, 'closes'],
  ['raw bytes above ASCII in the target', get('/caf\xc3\xa9'), 400, 'closes'],
  ['a fragment in the target', get('/a#b'), 400, 'closes'],
  ['a target that is neither path nor URL', get('livez'), 400, 'closes'],
  ['a target of another scheme', get('ftp://example.com/'), 400, 'closes'],
  ['CONNECT', head('CONNECT example.com:443 HTTP/1.1', host), [400, 405, 501], 'closes'],
  ['TRACE', head('TRACE /livez HTTP/1.1', host), [405, 501], 'closes'],
  ['a method that there is not', head('BREW /livez HTTP/1.1', host), [405, 501], 'closes'],
  ['a method in small letters', head('get /livez HTTP/1.1', host), [400, 405, 501], 'closes'],
  ['a method of 1,000 letters', head(`${a(1_000)} /livez HTTP/1.1`, host), [400, 501], 'closes'],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'closes'],
  ['64 KiB of zeros', '\0'.repeat(65_536), 400, 'closes'],

  // Chunks.
  ['a chunk size that is no number', chunked('zz\r\nhello\r\n0\r\n\r\n'), 400, 'closes'],
  ['a negative chunk size', chunked('-1\r\nhello\r\n0\r\n\r\n'), 400, 'closes'],
  ['a signed chunk size', chunked('+5\r\nhello\r\n0\r\n\r\n'), 400, 'closes'],
  ['a chunk size with 0x', chunked('0x5\r\nhello\r\n0\r\n\r\n'), 400, 'closes'],
  ['a space before the chunk size', chunked(' 5\r\nhello\r\n0\r\n\r\n'), 400, 'closes'],
  ['an empty chunk size', chunked('\r\nhello\r\n0\r\n\r\n'), 400, 'closes'],
  ['a chunk size beyond all numbers', chunked('fffffffffffffffff\r\nhello\r\n0\r\n\r\n'), [400, 413], 'closes'],
  ['a chunk longer than it says', chunked('5\r\nhello!\r\n0\r\n\r\n'), 400, 'closes'],
  ['a bare LF behind a chunk size', chunked('5\nhello\r\n0\r\n\r\n'), 400, 'closes'],
  ['a bare LF behind a chunk', chunked('5\r\nhello\n0\r\n\r\n'), 400, 'closes'],
  ['a bare CR in a chunk extension', chunked('5;a\rb\r\nhello\r\n0\r\n\r\n'), 400, 'closes'],
  ['a chunk extension of 1 MiB', chunked(`5;${a(1 << 20)}\r\nhello\r\n0\r\n\r\n`), 400, 'closes'],
  ['a trailer', chunked('5\r\nhello\r\n0\r\nX-Trailer: a\r\n\r\n'), 400, 'closes'],
  ['a trailer of 100 kB', chunked(`5\r\nhello\r\n0\r\nX-Trailer: ${a(100_000)}\r\n\r\n`), 400, 'closes'],
  ['100,000 trailers', chunked(`5\r\nhello\r\n0\r\n${'a: b\r\n'.repeat(100_000)}\r\n`), 400, 'closes'],

  // Size.
  ['a target over 8 KiB', get(`/${a(8_192)}`), 414, 'closes'],
  ['a target of 1 MiB', get(`/${a(1 << 20)}`), 414, 'closes'],
  ['fields over 16 KiB', get('/livez', `X-A: ${a(16_384)}`), 431, 'closes'],
  ['a field of 1 MiB', get('/livez', `X-A: ${a(1 << 20)}`), 431, 'closes'],
  ['a field name of 1 MiB', get('/livez', `${a(1 << 20)}: b`), 431, 'closes'],
  ['over 100 fields', get('/livez', ...Array.from({ length: 100 }, (_, place) => `X-${place}: a`)), 431, 'closes'],
  ['a body over the limit of its route, by its length', head('POST /api/event HTTP/1.1', host, 'Content-Length: 16385'), 413, 'closes'],
  ['a body over the limit of its route, in chunks', chunked(`4000\r\n${a(0x4000)}\r\n4000\r\n${a(0x4000)}\r\n0\r\n\r\n`), 413, 'closes'],
  ['a body where none is wanted', head('GET /livez HTTP/1.1', host, 'Content-Length: 5') + 'hello', 413, 'closes'],
  ['an unknown expectation', post('', 'Expect: 200-ok', 'Content-Length: 5'), 417, 'closes'],
  ['an upgrade', get('/livez', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='), [400, 426, 501], 'closes'],

  // What is right, or wrong in a way that leaves no doubt where the next request begins.
  ['a plain request', get('/livez'), 200, 'stays'],
  ['an empty line before the request', `\r\n${get('/livez')}`, 200, 'stays'],
  ['an absolute target', get('http://example.com/livez'), 200, 'stays'],
  ['a target of 8 KiB', get(`/${a(8_191)}`), 404, 'stays'],
  ['100 fields', get('/livez', ...Array.from({ length: 99 }, (_, place) => `X-${place}: a`)), 200, 'stays'],
  ['fields near 16 KiB', get('/livez', `X-A: ${a(16_300)}`), 200, 'stays'],
  ['a value of bytes above ASCII', get('/livez', 'X-A: caf\xc3\xa9'), 200, 'stays'],
  ['an empty value', get('/livez', 'X-A:'), 200, 'stays'],
  ['a tab around a value', get('/livez', 'X-A:\tb\t'), 200, 'stays'],
  ['a body with its length', sized(event), 202, 'stays'],
  ['a body in chunks', chunked(`5\r\n${event.slice(0, 5)}\r\n${(event.length - 5).toString(16)};name=value\r\n${event.slice(5)}\r\n0\r\n\r\n`), 202, 'stays'],
  ['a body of exactly the limit', sized(a(16_384)), 400, 'stays'],
  ['no body at all', head('POST /api/event HTTP/1.1', host), 400, 'stays'],
  ['an offer to upgrade that need not be taken', get('/livez', 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA'), 200, 'stays'],
  ['Connection: close', get('/livez', 'Connection: close'), 200, 'closes'],
  ['HTTP/1.0', head('GET /livez HTTP/1.0'), 200, 'closes'],
  ['HTTP/1.0 that asks to keep the connection', head('GET /livez HTTP/1.0', 'Connection: keep-alive'), 200, 'stays'],
  ['a method that the route does not take', head('PUT /api/event HTTP/1.1', host, 'Content-Length: 0'), 405, 'stays'],
  ['a route that there is not', get('/api/nothing'), 404, 'stays'],
  ['a file of a site that is not served', get('/'), 404, 'stays'],
];

// Sends one vector with an innocent request behind it, which only a connection that goes on may answer.
const tryOut = async (bytes, statuses, goesOn) => {
  const wire = await Wire.open(server.port);
  try {
    wire.send(bytes + get('/livez', 'X-Second: 1'));
    const answers = await wire.answers(goesOn ? 2 : 1);
    if (!goesOn) {
      for (const end = performance.now() + 3_000; !wire.ended && performance.now() < end; ) await sleep(5);
      assert.ok(wire.ended, 'the connection was left open');
    }
    assert.ok([statuses].flat().includes(answers[0]?.status), `answered ${answers[0]?.status} ${answers[0]?.body}`);
    assert.deepEqual(wire.responses.slice(1).map(({ status }) => status), goesOn ? [200] : [], 'the request behind it');
    if (answers[0].status >= 400) {
      assert.equal(answers[0].headers['content-type'], 'application/problem+json');
      const problem = JSON.parse(answers[0].body);
      assert.equal(problem.status, answers[0].status);
      assert.ok(problem.code && problem.detail && problem.title, answers[0].body);
    }
    if (!goesOn) assert.equal(answers[0].headers.connection?.toLowerCase(), 'close');
  } finally {
    wire.close();
  }
};

const residentMemory = () => Number(readFileSync(`/proc/${server.pid}/status`, 'utf8').match(/^VmRSS:\s+(\d+) kB$/m)[1]) / 1024;

describe('A request', () => {
  for (const [because, bytes, statuses, state] of vectors) {
    test(`with ${because}: ${[statuses].flat().join(' or ')}, and the connection ${state}`, () => tryOut(bytes, statuses, state === 'stays'));
  }

  test('none of these ends the process or costs it memory, and it counts a visit afterwards', async (t) => {
    const before = residentMemory();
    for (const [because, bytes, statuses, state] of vectors) await tryOut(bytes, statuses, state === 'stays').catch((problem) => assert.fail(`${because}: ${problem.message}`));
    const grown = residentMemory() - before;
    t.diagnostic(`${vectors.length} vectors; resident memory grew by ${grown.toFixed(1)} MiB`);
    assert.ok(server.isRunning, server.said);
    assert.ok(grown < 5, `${grown} MiB`);
    const rows = (await server.rows()).length;
    await server.visit('/normal');
    assert.equal((await server.rows()).length, rows + 1);
  });
});

describe('On one connection', () => {
  const incrementOf = (key) => head(`POST /api/counters/${key}/increment?site=example.com HTTP/1.1`, host, 'Content-Length: 0');

  test('pipelined requests are answered each once, in order', async () => {
    const wire = await Wire.open(server.port);
    const count = 50;
    wire.send(Array.from({ length: count }, (_, place) => (place % 5 === 4 ? get(`/api/counters/nothing-${place}?site=example.com`) : incrementOf('pipelined'))).join(''));
    const answers = await wire.answers(count);
    await sleep(100);
    assert.equal(wire.responses.length, count);
    let value = 0;
    for (const [place, { status, body }] of answers.entries()) {
      if (place % 5 === 4) assert.equal(status, 404);
      else assert.equal(JSON.parse(body).value, (value += 1));
    }
    wire.close();
  });

  test('a request may come byte by byte', async () => {
    const wire = await Wire.open(server.port);
    wire.socket.setNoDelay(true);
    for (const byte of sized(event)) {
      wire.send(byte);
      await sleep(1);
    }
    assert.equal((await wire.answers(1))[0].status, 202);
    wire.close();
  });

  test('who sends no more is still answered', async () => {
    const wire = await Wire.open(server.port);
    wire.socket.end(Buffer.from(incrementOf('half-closed'), 'latin1'));
    assert.equal((await wire.answers(1))[0].status, 200);
    wire.close();
  });

  test('a client that waits for 100 Continue gets it, and none when the body would be refused', async () => {
    const wire = await Wire.open(server.port);
    wire.send(head('POST /api/event HTTP/1.1', host, `Content-Length: ${event.length}`, 'Expect: 100-continue'));
    assert.deepEqual((await wire.answers(1)).map(({ status }) => status), [100]);
    wire.send(event);
    assert.deepEqual((await wire.answers(2)).map(({ status }) => status), [100, 202]);
    wire.close();
    const refused = await Wire.open(server.port);
    refused.send(head('POST /api/event HTTP/1.1', host, 'Content-Length: 20000', 'Expect: 100-continue'));
    assert.deepEqual((await refused.answers(1)).map(({ status }) => status), [413]);
    refused.close();
  });

  test('HEAD is answered like GET, without the body', async () => {
    const wire = await Wire.open(server.port);
    wire.send(head('HEAD /livez HTTP/1.1', host));
    await sleep(300);
    const text = wire.bytes.toString('latin1');
    assert.match(text, /^HTTP\/1\.1 200 /);
    assert.match(text, /^content-length: 3\r$/im);
    assert.ok(text.endsWith('\r\n\r\n'));
    wire.bytes = Buffer.alloc(0);
    wire.send(get('/livez'));
    assert.equal((await wire.answers(1))[0].body, 'ok\n');
    wire.close();
  });

  test('HEAD does not record', async () => {
    const before = await server.count();
    const answer = await fetch(`${server.url}/pixel.gif?site=example.com&p=/`, { method: 'HEAD' });
    assert.equal(answer.status, 405);
    assert.equal(await server.count(), before);
  });
});

describe('What pages of other origins may do', () => {
  const origin = 'https://example.com';

  for (const path of ['/api/event', '/api/visits', '/api/counters/likes/increment']) {
    test(`the preflight of ${path} lets every origin post, without credentials`, async () => {
      const answer = await fetch(server.url + path, { method: 'OPTIONS', headers: {
        origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' } });
      assert.equal(answer.status, 204);
      assert.equal(answer.headers.get('access-control-allow-origin'), '*');
      assert.match(answer.headers.get('access-control-allow-methods'), /\bPOST\b/);
      assert.match(answer.headers.get('access-control-allow-headers'), /content-type/i);
      assert.ok(Number(answer.headers.get('access-control-max-age')) > 0);
      assert.equal(answer.headers.get('access-control-allow-credentials'), null);
    });
  }

  test('what records answers every origin, also with an error', async () => {
    for (const [path, options, status] of [
      ['/api/event', { method: 'POST', body: '{"n":"pageview","u":"https://example.com/cors"}' }, 202],
      ['/api/event', { method: 'POST', body: '{' }, 400],
      ['/api/visits', { method: 'POST', body: '{"site":"example.com","path":"/cors"}' }, 202],
      ['/api/visits', { method: 'POST', body: '{' }, 400],
      ['/api/counters/likes/increment?site=example.com', { method: 'POST' }, 200],
      ['/api/counters/likes?site=example.com', {}, 200],
      ['/api/counters/none?site=example.com', {}, 404],
      ['/pixel.gif?site=example.com&p=/cors', {}, 200],
      ['/js/footfall.js', {}, 200],
    ]) {
      const answer = await fetch(server.url + path, { ...options, headers: { origin } });
      assert.deepEqual([answer.status, answer.headers.get('access-control-allow-origin')], [status, '*'], path);
      assert.equal(answer.headers.get('access-control-allow-credentials'), null);
    }
  });

  test('what the owner reads is closed to them', async () => {
    for (const path of ['/api/visits?site=example.com', '/api/visits/top?site=example.com&by=ip', '/api/counters?site=example.com', '/api/sites', '/metrics']) {
      const answer = await server.ask(path, { headers: { origin } });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('access-control-allow-origin'), null, path);
      const preflight = await fetch(server.url + path, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' } });
      assert.doesNotMatch(preflight.headers.get('access-control-allow-headers') ?? '', /authorization/i, path);
    }
  });
});

describe('The pixel', () => {
  test('is an image of one pixel that no cache keeps, and a row of its own source', async () => {
    const answer = await fetch(`${server.url}/pixel.gif?site=example.com&p=/pixel%3Fa%3D1&r=https%3A%2F%2Fnews.example%2F&t=A%20title`, { headers: { 'user-agent': 'a mail reader' } });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), 'image/gif');
    assert.match(answer.headers.get('cache-control'), /no-store/);
    assert.equal(answer.headers.get('cross-origin-resource-policy'), 'cross-origin');
    const image = Buffer.from(await answer.arrayBuffer());
    assert.deepEqual([image.subarray(0, 6).toString(), image.readUInt16LE(6), image.readUInt16LE(8), image.at(-1)], ['GIF89a', 1, 1, 0x3b]);
    const [row] = await server.rows('example.com', '&path=/pixel');
    assert.deepEqual([row.path, row.query, row.referrer, row.title, row.source, row.kind, row.user_agent],
      ['/pixel', 'a=1', 'https://news.example/', 'A title', 'pixel', 'load', 'a mail reader']);
  });

  test('counts the page that shows it when it is not told which', async () => {
    await fetch(`${server.url}/pixel.gif?site=example.com`, { headers: { referer: 'https://example.com/shown?x=1' } });
    assert.equal((await server.rows('example.com', '&path=/shown')).length, 1);
  });

  test('of an unknown site is not an image, and says why', async () => {
    const answer = await fetch(`${server.url}/pixel.gif?site=unregistered.example&p=/`);
    assert.equal(answer.headers.get('x-footfall-dropped'), 'unknown_site');
    assert.notEqual(answer.headers.get('content-type'), 'image/gif');
  });
});

describe('What is wrong in a request is a problem that names the field, and nothing is stored', () => {
  let ingest;
  let reader;
  let rows_before;
  let counters_before;
  const stored = async () => ({ rows: (await server.rows()).length, counters: (await server.ask('/api/counters?site=example.com')).text });
  before(async () => {
    const make = async (role) => (await server.ask('/api/tokens', { method: 'POST', body: { role, sites: ['example.com'] } })).json.token;
    [ingest, reader] = [await make('ingest'), await make('read')];
    ({ rows: rows_before, counters: counters_before } = await stored());
  });
  after(async () => assert.deepEqual(await stored(), { rows: rows_before, counters: counters_before }));

  const visit = (more) => ({ method: 'POST', token: null, body: { site: 'example.com', path: '/wrong', ...more } });
  const visitFrom = (more) => ({ ...visit(more), token: ingest });
  const sent = (more) => ({ method: 'POST', token: null, body: { n: 'pageview', u: 'https://example.com/wrong', ...more } });
  const text = (body) => ({ method: 'POST', token: null, body });
  const owner = (body) => ({ method: 'POST', body });
  const hoursFromNow = (hours) => new Date(Date.now() + hours * 3_600_000).toISOString();
  const deep = `${'['.repeat(40)}${']'.repeat(40)}`;

  // because · path · request (a function, where a token is needed that is made first) · status · field
  for (const [because, path, request, status, field] of [
    ['no token', '/api/visits?site=example.com', { token: null }, 401],
    ['a wrong token', '/api/visits?site=example.com', { token: 'ff_admin_wrong' }, 401],
    ['credentials of another kind', '/api/visits?site=example.com', { token: null, headers: { authorization: 'Basic YTpi' } }, 401],
    ['a wrong token where none is needed', '/api/visits', { ...visit(), token: 'wrong' }, 401],
    ['a wrong cookie', '/api/me', { token: null, headers: { cookie: 'footfall_login=AAAA' } }, 401],
    ['a wrong token at login', '/api/login', text('{"token":"wrong"}'), 401],
    ['a reader who wants to change', '/api/sites', () => ({ ...owner({ site: 'x.example' }), token: reader }), 403],
    ['an ingest token that wants to read', '/api/visits?site=example.com', () => ({ token: ingest }), 403],
    ['a token of another site', '/api/visits?site=other.example', () => ({ token: reader }), 404, 'site'],

    ['a site that is not registered', '/api/visits?site=unregistered.example', {}, 404, 'site'],
    ['a site that is no host name', '/api/visits?site=https://example.com/', {}, 400, 'site'],
    ['no site where there are several', '/api/visits', {}, 400, 'site'],
    ['a cursor that was never given out', '/api/visits?site=example.com&cursor=AAAA', {}, 400, 'cursor'],
    ['a date that is none', '/api/visits?site=example.com&from=yesterday', {}, 400, 'from'],
    ['a day that is none', '/api/visits?site=example.com&to=2015-02-30', {}, 400, 'to'],
    ['a time without a zone', '/api/visits?site=example.com&from=2015-02-03T10:00:00', {}, 400, 'from'],
    ['an end before the beginning', '/api/visits?site=example.com&from=2015-02-03&to=2015-02-01', {}, 400, 'to'],
    ['a limit of nothing', '/api/visits?site=example.com&limit=0', {}, 400, 'limit'],
    ['a limit over a page', '/api/visits?site=example.com&limit=1001', {}, 400, 'limit'],
    ['a limit that is no number', '/api/visits?site=example.com&limit=ten', {}, 400, 'limit'],
    ['an order that there is not', '/api/visits?site=example.com&order=up', {}, 400, 'order'],
    ['fresh, perhaps', '/api/visits?site=example.com&fresh=perhaps', {}, 400, 'fresh'],
    ['an address that is none', '/api/visits?site=example.com&ip=192.0.2', {}, 400, 'ip'],
    ['a broken percent-encoding', '/api/visits?site=example.com&path=%zz', {}, 400, 'path'],
    ['text that is not UTF-8', '/api/visits?site=example.com&path=%ff', {}, 400, 'path'],
    ['a column that there is not', '/api/visits/top?site=example.com&by=colour', {}, 400, 'by'],
    ['no column', '/api/visits/top?site=example.com', {}, 400, 'by'],
    ['an id that there is not', '/api/visits/00000000-0000-7000-8000-000000000000?site=example.com', {}, 404, 'id'],
    ['an export with a bad date', '/api/visits.csv?site=example.com&from=never', {}, 400, 'from'],

    ['a body that is no JSON', '/api/visits', text('{"site":'), 400, 'body'],
    ['a body that is not UTF-8', '/api/visits', text(Buffer.from('{"site":"\xff"}', 'latin1')), 400, 'body'],
    ['a body with something behind it', '/api/visits', text('{} {}'), 400, 'body'],
    ['no body', '/api/visits', text(''), 400, 'body'],
    ['a body of another kind', '/api/visits', text('"a visit"'), 400, 'body'],
    ['a body nested too deep', '/api/visits', text(deep), 400, 'body'],
    ['an array of nothing', '/api/visits', text('[]'), 400, 'body'],
    ['more than a hundred hits', '/api/visits', text(JSON.stringify(Array.from({ length: 101 }, () => ({ site: 'example.com', path: '/wrong' })))), 413, 'body'],
    ['no site', '/api/visits', visit({ site: undefined }), 400, 'site'],
    ['a site of a wrong type', '/api/visits', visit({ site: 5 }), 400, 'site'],
    ['an unregistered site', '/api/visits', visit({ site: 'unregistered.example' }), 404, 'site'],
    ['no page', '/api/visits', visit({ path: undefined }), 400, 'url'],
    ['a path of a wrong type', '/api/visits', visit({ path: ['/'] }), 400, 'path'],
    ['a path without its slash', '/api/visits', visit({ path: 'about' }), 400, 'path'],
    ['a path that is too long', '/api/visits', visit({ path: `/${a(2_000)}` }), [400, 413], 'path'],
    ['a URL of another scheme', '/api/visits', visit({ url: 'javascript:alert(1)' }), 400, 'url'],
    ['a title of a wrong type', '/api/visits', visit({ title: 7 }), 400, 'title'],
    ['a referrer of a wrong type', '/api/visits', visit({ referrer: {} }), 400, 'referrer'],
    ['an id that is no UUID', '/api/visits', visit({ id: 'first' }), 400, 'id'],
    ['a kind that there is not', '/api/visits', visit({ kind: 'walked' }), 400, 'kind'],
    ['an event of the kind of a page view', '/api/visits', visit({ kind: 'load', event: 'Signup' }), 400, 'kind'],
    ['an event name that is too long', '/api/visits', visit({ event: a(121) }), 400, 'event'],
    ['props that are no object', '/api/visits', visit({ props: ['a'] }), 400, 'props'],
    ['props that are too large', '/api/visits', visit({ props: Object.fromEntries(Array.from({ length: 30 }, (_, place) => [`key ${place}`, a(2_000)])) }), [400, 413], 'props'],
    ['an address without a token', '/api/visits', visit({ ip: '192.0.2.1' }), 403, 'ip'],
    ['a time without a token', '/api/visits', visit({ timestamp: hoursFromNow(-1) }), 403, 'timestamp'],
    ['an address that is none, with a token', '/api/visits', () => visitFrom({ ip: 'localhost' }), 400, 'ip'],
    ['a time that is none', '/api/visits', () => visitFrom({ timestamp: 'noon' }), 400, 'timestamp'],
    ['a time in the future', '/api/visits', () => visitFrom({ timestamp: hoursFromNow(1) }), 400, 'timestamp'],
    ['a time long past, with an ingest token', '/api/visits', () => visitFrom({ timestamp: hoursFromNow(-25) }), 400, 'timestamp'],
    ['a session with other characters', '/api/visits', () => visitFrom({ session: 'a b' }), 400, 'session'],
    ['a visitor that is too long', '/api/visits', () => visitFrom({ visitor: a(65) }), 400, 'visitor'],
    ['an ingest token of another site', '/api/visits', () => visitFrom({ site: 'other.example', ip: '192.0.2.1' }), 403, 'ip'],

    ['an event that is no JSON', '/api/event', text('n=pageview'), 400, 'body'],
    ['an event that is an array', '/api/event', text('[]'), 400, 'body'],
    ['an event without a name', '/api/event', sent({ n: undefined }), 400, 'name'],
    ['an event with a name of a wrong type', '/api/event', sent({ n: { a: 1 } }), 400, 'name'],
    ['an event with a name that is too long', '/api/event', sent({ n: a(121) }), 400, 'name'],
    ['an event without a URL', '/api/event', sent({ u: undefined }), 400, 'url'],
    ['an event with a URL that is none', '/api/event', sent({ u: 'about:blank' }), 400, 'url'],
    ['an event with a URL that is too long', '/api/event', sent({ u: `https://example.com/${a(3_000)}` }), 400, 'url'],
    ['an event with a domain that is none', '/api/event', sent({ d: 'not a host' }), 400, 'domain'],
    ['an event with a kind that there is not', '/api/event', sent({ k: 'walked' }), 400, 'kind'],
    ['an event with props that are text', '/api/event', sent({ p: 'a' }), 400, 'props'],
    ['an engagement that says nothing', '/api/event', sent({ n: 'engagement' }), 400, 'e'],
    ['an engagement with a time of a wrong type', '/api/event', sent({ n: 'engagement', e: 'long' }), 400, 'e'],

    ['a pixel without a site', '/pixel.gif?p=/', { token: null }, 400, 'site'],
    ['a pixel with a page that is none', '/pixel.gif?site=example.com&p=page', { token: null }, 400, 'p'],
    ['a pixel without a page', '/pixel.gif?site=example.com', { token: null }, 400, 'p'],

    ['a counter that there is not', '/api/counters/none?site=example.com', { token: null }, 404, 'key'],
    ['a counter of an unknown site', '/api/counters/none?site=unregistered.example', { token: null }, 404, 'site'],
    ['a key that is not UTF-8', '/api/counters/%ff?site=example.com', { token: null }, 400, 'key'],
    ['a key with a line break', '/api/counters/a%0Ab/increment?site=example.com', text(''), 400, 'key'],
    ['a key that is too long', `/api/counters/${a(2_001)}/increment?site=example.com`, text(''), 400, 'key'],
    ['an increment of TOTAL', '/api/counters/TOTAL/increment?site=example.com', text(''), 400, 'key'],
    ['an increment by nothing', '/api/counters/wrong/increment?site=example.com', text('{"by":0}'), 400, 'by'],
    ['an increment by less', '/api/counters/wrong/increment?site=example.com', text('{"by":-1}'), 400, 'by'],
    ['an increment by a part', '/api/counters/wrong/increment?site=example.com', text('{"by":1.5}'), 400, 'by'],
    ['an increment by a word', '/api/counters/wrong/increment?site=example.com', text('{"by":"two"}'), 400, 'by'],
    ['an increment by many, without a token', '/api/counters/wrong/increment?site=example.com', text('{"by":2}'), 403, 'by'],
    ['an increment that is no JSON', '/api/counters/wrong/increment?site=example.com', text('by=1'), 400, 'body'],
    ['an Idempotency-Key that is too long', '/api/counters/wrong/increment?site=example.com', { ...text(''), headers: { 'idempotency-key': a(256) } }, 400, 'idempotency-key'],

    ['a question without a site', '/api/v2/query', owner({ metrics: ['visitors'], date_range: '7d' }), 400, 'site_id'],
    ['a question about an unknown site', '/api/v2/query', owner({ site_id: 'unregistered.example', metrics: ['visitors'], date_range: '7d' }), 404, 'site_id'],
    ['a question without metrics', '/api/v2/query', owner({ site_id: 'example.com', date_range: '7d' }), 400, 'metrics'],
    ['a metric that there is not', '/api/v2/query', owner({ site_id: 'example.com', metrics: ['happiness'], date_range: '7d' }), 400, 'metrics'],
    ['a dimension that there is not', '/api/v2/query', owner({ site_id: 'example.com', metrics: ['visitors'], date_range: '7d', dimensions: ['visit:mood'] }), 400, 'dimensions'],
    ['a period that there is not', '/api/v2/query', owner({ site_id: 'example.com', metrics: ['visitors'], date_range: 'lately' }), 400, 'date_range'],
    ['a period that ends before it begins', '/api/v2/query', owner({ site_id: 'example.com', metrics: ['visitors'], date_range: ['2015-02-03', '2015-02-01'] }), 400, 'date_range'],
    ['a filter that makes no sense', '/api/v2/query', owner({ site_id: 'example.com', metrics: ['visitors'], date_range: '7d', filters: ['is'] }), 400, 'filters'],

    ['a new site that is no host name', '/api/sites', owner({ site: 'http://example.com' }), 400, 'site'],
    ['a token of a role that there is not', '/api/tokens', owner({ role: 'king' }), 400, 'role'],
    ['sites of a token that are no list', '/api/tokens', owner({ role: 'read', sites: 'example.com' }), 400, 'sites'],
    ['the end of a site that there is not', '/api/sites/unregistered.example', { method: 'DELETE' }, 404, 'site'],
    ['the end of a token that there is not', '/api/tokens/none', { method: 'DELETE' }, 404, 'id'],
    ['an import of a format that there is not', '/api/import?site=example.com&format=xml', owner('a'), 400, 'format'],
    ['an import with a chain that is no number', '/api/import?site=example.com&chain=x', owner('a'), 400, 'chain'],
    ['a live feed without a token', '/api/live?site=example.com', { token: null }, 401],
  ]) {
    test(`${because}: ${[status].flat().join(' or ')}${field ? `, ${field}` : ''}`, async () => {
      const answer = await server.ask(path, typeof request === 'function' ? request() : request);
      assert.ok([status].flat().includes(answer.status), `${answer.status}: ${answer.text}`);
      assert.equal(answer.headers.get('content-type'), 'application/problem+json');
      assert.equal(answer.json.status, answer.status);
      assert.equal(answer.json.field, field, answer.text);
      assert.match(answer.json.code, /^[a-z_]+$/);
      assert.ok(answer.json.detail.length > 5, answer.text);
      if (answer.status === 401) assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
    });
  }

  test('an event of an unknown site is answered 202, with the reason why it is dropped', async () => {
    const answer = await server.ask('/api/event', sent({ u: 'https://unregistered.example/' }));
    assert.deepEqual([answer.status, answer.text, answer.headers.get('x-footfall-dropped'), answer.headers.get('x-plausible-dropped')],
      [202, 'ok', 'unknown_site', '1']);
  });

  test('a method that a route does not take is answered with those that it takes', async () => {
    const answer = await server.ask('/api/visits', { method: 'PUT' });
    assert.equal(answer.status, 405);
    assert.deepEqual(answer.headers.get('allow').split(', ').sort(), ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST']);
  });
});

describe('A batch', () => {
  test('has a verdict for each: the good are taken, the bad named by their place', async () => {
    const answer = await server.ask('/api/visits', { method: 'POST', token: null, body: [
      { site: 'example.com', path: '/batch/0' }, { site: 'example.com', path: 'batch' }, { site: 'example.com', path: '/batch/2', id: '0190C0DE-0000-7000-8000-000000000001' },
      'three', { site: 'unregistered.example', path: '/batch/4' }, { site: 'example.com', path: '/batch/5', title: 5 }] });
    assert.equal(answer.status, 202);
    assert.equal(answer.json.accepted, 2);
    assert.equal(answer.json.ids.length, 2);
    assert.deepEqual(answer.json.refused.map(({ index, code, field }) => [index, code, field]),
      [[1, 'invalid', 'path'], [3, 'invalid', 'body'], [4, 'not_found', 'site'], [5, 'invalid', 'title']]);
    const rows = (await server.rows()).filter(({ path }) => path.startsWith('/batch/'));
    assert.deepEqual(rows.map(({ id, path }) => [path, id]), [['/batch/0', answer.json.ids[0]], ['/batch/2', answer.json.ids[1]]]);
    assert.equal(rows[1].id, '0190c0de-0000-7000-8000-000000000001');
  });

  test('sent again with the same ids counts once', async () => {
    const body = [1, 2, 3].map((number) => ({ site: 'example.com', path: '/again', id: `0190c0de-0000-7000-8000-10000000000${number}` }));
    const first = await server.ask('/api/visits', { method: 'POST', token: null, body });
    const second = await server.ask('/api/visits', { method: 'POST', token: null, body });
    assert.deepEqual([first.status, second.status], [202, 202]);
    assert.deepEqual(second.json.ids, first.json.ids);
    assert.equal((await server.rows('example.com', '&path=/again')).length, 3);
    assert.equal(await server.count('/again'), 3);
  });
});

describe('A page of rows', () => {
  test('goes on where it ended, forwards and backwards, while new rows come', async () => {
    const site = 'other.example';
    const paths = Array.from({ length: 23 }, (_, place) => `/${place}`);
    for (const path of paths) await server.ask('/api/visits', { method: 'POST', token: null, body: { site, path } });
    await server.rows(site);
    for (const order of ['asc', 'desc']) {
      const found = [];
      let cursor = '';
      do {
        const page = (await server.ask(`/api/visits?site=${site}&order=${order}&limit=5&to=${encodeURIComponent(new Date(Date.now() + 1000).toISOString())}${cursor && `&cursor=${cursor}`}`)).json;
        assert.ok(page.visits.length <= 5);
        found.push(...page.visits.map(({ path }) => path));
        cursor = page.next_cursor;
        if (order === 'desc') await server.ask('/api/visits', { method: 'POST', token: null, body: { site, path: '/new' } });
      } while (cursor);
      const wanted = order === 'asc' ? paths : [...paths].reverse();
      assert.deepEqual(found.filter((path) => path !== '/new'), wanted, order);
    }
    const { next_cursor } = (await server.ask(`/api/visits?site=${site}&limit=5`)).json;
    const otherOrder = await server.ask(`/api/visits?site=${site}&order=asc&cursor=${next_cursor}`);
    assert.deepEqual([otherOrder.status, otherOrder.json.field], [400, 'cursor']);
    const changed = next_cursor.slice(0, 8) + (next_cursor[8] === 'A' ? 'B' : 'A') + next_cursor.slice(9);
    const tampered = await server.ask(`/api/visits?site=${site}&cursor=${changed}`);
    assert.deepEqual([tampered.status, tampered.json.field], [400, 'cursor']);
  });
});
