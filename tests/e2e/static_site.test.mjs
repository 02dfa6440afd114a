// `footfall serve --root`: a folder of real files, as clients of all kinds ask for them.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync, writeSync,
} from 'node:fs';
import { get as httpGet } from 'node:http';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { folder, serve, sleep, until } from './program.mjs';

const home = '<!doctype html><title>Home</title><p>hello\n';
const css = 'body { color: black; }\n'.repeat(500);
const gibibyte = 1024 ** 3;
const memory_mib_max = 100; // more than the server had before, however large the file

const place = folder();
const root = join(place, 'public');
const put = (name, bytes) => {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), bytes);
};

// One request as it stands, byte for byte: {status, headers, body}; fetch would mend paths and decode bodies.
const ask = (path, { method = 'GET', headers = {}, agent = false } = {}) => new Promise((resolve, reject) => {
  const request = httpGet({ host: '127.0.0.1', port: server.port, path, method, headers, agent }, (response) => {
    const pieces = [];
    response.on('data', (piece) => pieces.push(piece)).on('error', reject)
      .on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces) }));
  });
  request.on('error', reject);
});

// What http.get would refuse to send.
const askRaw = (path) => new Promise((resolve, reject) => {
  let text = '';
  const socket = connect(server.port, '127.0.0.1', () => socket.write(`GET ${path} HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n`));
  socket.on('data', (piece) => (text += piece)).on('error', reject).on('close', () => resolve({ status: Number(text.slice(9, 12)), text }));
});

let server;
before(async () => {
  put('index.html', home);
  put('about.html', 'about');
  put('blog/index.html', 'blog');
  put('404.html', 'nothing here');
  put('style.css', css);
  put('style.css.br', brotliCompressSync(css));
  put('style.css.gz', gzipSync(css));
  put('app-D4fk29Xa.js', 'script');
  put('digits.txt', '0123456789'.repeat(1000));
  put('empty.txt', '');
  put('.env', 'password');
  put('.git/config', 'git');
  put('.well-known/security.txt', 'Contact: mailto:a@example.com');
  writeFileSync(join(place, 'secret.txt'), 'secret');
  mkdirSync(join(place, 'private'));
  writeFileSync(join(place, 'private', 'index.html'), 'secret');
  symlinkSync('../secret.txt', join(root, 'link.txt'));
  symlinkSync(join(place, 'private'), join(root, 'private'));
  symlinkSync('/etc', join(root, 'etc'));
  symlinkSync('about.html', join(root, 'inside.html'));
  execFileSync('mkfifo', [join(root, 'pipe.html')]);
  server = await serve({ args: ['--root', root] });
});

test('pages have clean addresses, and a folder has a slash', async () => {
  for (const [path, body] of [['/', home], ['/index.html', home], ['/about', 'about'], ['/about.html', 'about'], ['/about?x=1', 'about'],
    ['/blog/', 'blog'], ['/inside', 'about'], ['/.well-known/security.txt', 'Contact: mailto:a@example.com'], ['/%61bout', 'about']]) {
    const answer = await ask(path);
    assert.deepEqual([answer.status, String(answer.body)], [200, body], path);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    assert.equal(answer.headers['content-length'], String(body.length));
  }
  const moved = await ask('/blog?page=2');
  assert.deepEqual([moved.status, moved.headers.location], [308, '/blog/?page=2']);
  for (const path of ['/about/', '/nowhere', '/blog/nowhere', '/style.css/']) {
    const answer = await ask(path);
    assert.deepEqual([answer.status, String(answer.body)], [404, 'nothing here'], path);
    assert.equal(answer.headers['content-type'], 'text/html; charset=utf-8');
  }
  const empty = await ask('/empty.txt');
  assert.deepEqual([empty.status, empty.headers['content-length'], empty.body.length], [200, '0', 0]);
  assert.equal((await ask('/', { method: 'POST' })).status, 405);
});

test('nothing outside the root and nothing hidden is ever shown', async () => {
  for (const path of ['/.env', '/%2eenv', '/.git/config', '/.git/', '/../secret.txt', '/blog/../../secret.txt', '/%2e%2e/secret.txt',
    '/..%2fsecret.txt', '/..%5csecret.txt', '/blog%2findex.html', '/blog%5cindex.html', '/.%2e/secret.txt', '//etc/passwd', '/etc/passwd',
    '/etc/hostname', '/link.txt', '/private', '/private/', '/private/index.html', '/pipe', '/pipe.html', '/about.html%00', '/about%00.html',
    '/%c0%ae%c0%ae/secret.txt', '/%252e%252e/secret.txt', '/%', '/%zz', `/${'a'.repeat(300)}`, `/${'a/'.repeat(2000)}`,
    '/.well-known/../.env', '/blog/./index.html', '/blog//index.html', '/blog;/index.html', '/blog\\index.html']) {
    const { status, text } = await askRaw(path);
    assert.ok(status === 404 || status === 400, `${path} was answered ${status}`);
    assert.ok(!/secret(?!\.txt)|password|root:/.test(text.slice(text.indexOf('\r\n\r\n'))), `${path} shows what it must not`);
  }
  assert.equal((await ask('/about')).status, 200);
});

test('a client that has a file is told so', async () => {
  const first = await ask('/about');
  const { etag, 'last-modified': modified } = first.headers;
  assert.match(etag, /^"[0-9a-f]{16}"$/);
  const status = async (headers, path = '/about') => (await ask(path, { headers })).status;
  assert.equal(await status({ 'if-none-match': etag }), 304);
  assert.equal(await status({ 'if-none-match': `"x", W/${etag}` }), 304);
  assert.equal(await status({ 'if-none-match': '"x"', 'if-modified-since': modified }), 200);
  assert.equal(await status({ 'if-modified-since': modified }), 304);
  assert.equal(await status({ 'if-modified-since': 'Thu, 01 Jan 1970 00:00:01 GMT' }), 200);
  assert.equal(await status({ 'if-match': '"x"' }), 412);
  assert.equal(await status({ 'if-match': etag }), 200);
  assert.equal(await status({ 'if-unmodified-since': 'Thu, 01 Jan 1970 00:00:01 GMT' }), 412);
  assert.equal(await status({ 'if-none-match': '*' }, '/nowhere'), 404);
  const same = await ask('/about', { headers: { 'if-none-match': etag } });
  assert.deepEqual([same.body.length, same.headers.etag, same.headers['content-length']], [0, etag, undefined]);
  const head = await ask('/about', { method: 'HEAD' });
  assert.deepEqual([head.status, head.body.length, head.headers['content-length'], head.headers.etag], [200, 0, '5', etag]);
});

test('caches are told how long a name stays true', async () => {
  const caching = async (path) => (await ask(path)).headers['cache-control'];
  // A page carries its visitor's session and hit.
  assert.equal(await caching('/'), 'private, max-age=0, must-revalidate');
  assert.equal(await caching('/style.css'), 'public, max-age=60, must-revalidate');
  assert.equal(await caching('/app-D4fk29Xa.js'), 'public, max-age=31536000, immutable');
  assert.equal(await caching('/nowhere'), 'no-store');
});

test('a compressed form beside a file is sent to whom it suits, and never when it is old', async () => {
  const form = (accepts, path = '/style.css') => ask(path, { headers: { 'accept-encoding': accepts } });
  const [plain, br, gz] = [await form('identity'), await form('gzip, deflate, br, zstd'), await form('gzip, br;q=0.5')];
  assert.equal(String(plain.body), css);
  assert.equal(String(brotliDecompressSync(br.body)), css);
  assert.equal(String(gunzipSync(gz.body)), css);
  assert.deepEqual([plain, br, gz].map(({ headers }) => headers['content-encoding']), [undefined, 'br', 'gzip']);
  assert.deepEqual([plain, br, gz].map(({ headers }) => headers.vary), Array(3).fill('Accept-Encoding'));
  assert.deepEqual([plain, br, gz].map(({ headers }) => headers['content-type']), Array(3).fill('text/css; charset=utf-8'));
  assert.equal(new Set([plain, br, gz].map(({ headers }) => headers.etag)).size, 3);
  const direct = await form('gzip', '/style.css.gz');
  assert.equal(direct.headers['content-encoding'], undefined);
  assert.equal(direct.headers['content-type'], 'application/gzip');
  assert.equal(String(gunzipSync(direct.body)), css);
  utimesSync(join(root, 'style.css.br'), 1, 1);
  await sleep(1_000);
  assert.equal((await form('br, gzip')).headers['content-encoding'], 'gzip');
});

test('parts of a file are sent as they are asked for', async () => {
  const part = (range, more = {}) => ask('/digits.txt', { headers: { range, ...more } });
  const some = await part('bytes=3-5');
  assert.deepEqual([some.status, String(some.body), some.headers['content-range']], [206, '345', 'bytes 3-5/10000']);
  assert.equal(String((await part('bytes=-2')).body), '89');
  assert.equal((await part('bytes=9990-')).headers['content-range'], 'bytes 9990-9999/10000');
  const beyond = await part('bytes=10000-');
  assert.deepEqual([beyond.status, beyond.headers['content-range']], [416, 'bytes */10000']);
  assert.equal((await part('bytes=3-5', { 'if-range': some.headers.etag })).status, 206);
  assert.equal((await part('bytes=3-5', { 'if-range': '"old"' })).status, 200);
  const several = await part('bytes=0-1,5000-5001');
  assert.equal(several.status, 206);
  const [, boundary] = several.headers['content-type'].match(/^multipart\/byteranges; boundary=(\S+)$/);
  assert.deepEqual(String(several.body).split(`--${boundary}`).map((text) => text.split('\r\n\r\n')[1]?.trim()), [undefined, '01', '01', undefined]);
  const flood = await part(`bytes=${Array.from({ length: 1000 }, (_, i) => `${i}-`).join(',')}`);
  assert.deepEqual([flood.status, flood.body.length], [200, 10_000]);
});

test('a change shows within a second, a file is never a mixture, and what is gone is gone', async () => {
  put('news.html', 'a'.repeat(50_000));
  await ask('/news');
  put('next.html', 'b'.repeat(60_000));
  renameSync(join(root, 'next.html'), join(root, 'news.html'));
  const changed = performance.now();
  await until(async () => {
    const text = String((await ask('/news')).body);
    assert.match(text, /^(a{50000}|b{60000})$/);
    return text[0] === 'b';
  }, 'the new page');
  assert.ok(performance.now() - changed < 1_500, 'it took longer than a second');
  rmSync(join(root, 'news.html'));
  await sleep(1_000);
  assert.equal((await ask('/news')).status, 404);
});

test('a file of a gibibyte is sent whole, in memory that it does not fill', { timeout: 240_000 }, async () => {
  const file = openSync(join(root, 'film.mp4'), 'w');
  ftruncateSync(file, gibibyte);
  const marks = [0, 262_144, 7 * 2 ** 20 + 1, gibibyte - 64].map((at) => ({ at, bytes: randomBytes(64) }));
  for (const { at, bytes } of marks) writeSync(file, bytes, 0, 64, at);
  closeSync(file);
  const wanted = createHash('sha256');
  const zeros = Buffer.alloc(2 ** 20);
  for (let at = 0; at < gibibyte; at += zeros.length) {
    const block = Buffer.from(zeros);
    for (const mark of marks) if (mark.at >= at && mark.at < at + block.length) mark.bytes.copy(block, mark.at - at);
    wanted.update(block);
  }
  const memory = () => Number(readFileSync(`/proc/${server.pid}/status`, 'utf8').match(/^VmHWM:\s+(\d+) kB$/m)[1]) / 1024;
  const memory_before = memory();
  const seen = createHash('sha256');
  let bytes = 0;
  const headers = await new Promise((resolve, reject) => {
    httpGet({ host: '127.0.0.1', port: server.port, path: '/film.mp4', agent: false }, (response) => {
      response.on('data', (piece) => {
        seen.update(piece);
        bytes += piece.length;
      }).on('error', reject).on('end', () => resolve(response.headers));
    }).on('error', reject);
  });
  assert.equal(headers['content-length'], String(gibibyte));
  assert.equal(headers['transfer-encoding'], undefined);
  assert.equal(headers['content-type'], 'video/mp4');
  assert.equal(bytes, gibibyte);
  assert.equal(seen.digest('hex'), wanted.digest('hex'));
  // A player jumps.
  for (const mark of marks) {
    const part = await ask('/film.mp4', { headers: { range: `bytes=${mark.at}-${mark.at + 63}`, 'if-range': headers.etag } });
    assert.equal(part.status, 206);
    assert.deepEqual(part.body, mark.bytes);
  }
  const grown = memory() - memory_before;
  assert.ok(grown < memory_mib_max, `the server grew by ${Math.round(grown)} MiB`);
});

test('readers that stand still cost no copy of the file, and others are served meanwhile', async () => {
  put('large.bin', Buffer.alloc(1_048_576, 'x')); // kept in memory
  put('larger.bin', Buffer.alloc(64 * 2 ** 20, 'y')); // read while it is sent
  const sockets = [];
  for (let i = 0; i < 60; i += 1) {
    const socket = connect({ port: server.port, host: '127.0.0.1' });
    socket.on('error', () => {});
    socket.write(`GET /${i % 2 ? 'large' : 'larger'}.bin HTTP/1.1\r\nHost: a\r\n\r\n`);
    socket.pause();
    sockets.push(socket);
  }
  await sleep(300);
  for (let i = 0; i < 20; i += 1) assert.equal((await ask('/about')).status, 200);
  for (const socket of sockets) socket.destroy();
  assert.equal((await ask('/larger.bin', { method: 'HEAD' })).headers['content-length'], String(64 * 2 ** 20));
});

test('many who come at once to pages that nobody has asked for yet are all served', async () => {
  for (let i = 0; i < 200; i += 1) put(`many/${i}.html`, `page ${i}`);
  const answers = await Promise.all(Array.from({ length: 400 }, (_, i) => ask(`/many/${i % 200}`)));
  answers.forEach(({ status, body }, i) => assert.deepEqual([status, String(body)], [200, `page ${i % 200}`]));
});
