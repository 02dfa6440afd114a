// HTTPS by the real program, as node, curl, openssl and a browser meet it.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { request } from './plain_request.mjs';
import { checkout, folder, run, serve, until, within } from './program.mjs';

const execute = promisify(execFile);

// Runs a program to its end, and never fails: {code, out, err}.
const tool = (name, args, input) => within(30_000, new Promise((resolve) => {
  const child = spawn(name, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (text) => (out += text));
  child.stderr.on('data', (text) => (err += text));
  child.stdin.on('error', () => {}).end(input);
  child.once('close', (code) => resolve({ code, out, err }));
}), `the end of ${name}`);

// A new certificate for localhost, and its key, in a folder: {cert, key, args}.
const certificate = async (into = folder(), { name = 'localhost', days = 2 } = {}) => {
  const [cert, key] = [join(into, 'certificate.pem'), join(into, 'key.pem')];
  await execute('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-keyout', key,
    '-out', cert, '-days', String(days), '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name},DNS:localhost,IP:127.0.0.1`]);
  chmodSync(key, 0o600);
  return { into, cert, key, args: ['--tls-cert', cert, '--tls-key', key] };
};

const pages = folder();
const large = randomBytes(20 << 20);
writeFileSync(join(pages, 'index.html'), '<!doctype html><title>Home</title>at home');
writeFileSync(join(pages, 'large.bin'), large);

const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');

describe('HTTPS', () => {
  let made;
  let server;
  let ca;
  let local; // a URL with the name that the certificate is for
  before(async () => {
    made = await certificate();
    ca = readFileSync(made.cert);
    server = await serve({ args: [...made.args, '--root', pages, '--http-redirect', '127.0.0.1:0', '--hsts', '3600'] });
    local = `https://localhost:${server.port}`;
  });
  after(async () => {
    const ended = await server.stop();
    assert.equal(ended.code, 0);
  });
  const client = (args, input) => tool('openssl', ['s_client', '-connect', `127.0.0.1:${server.port}`, '-CAfile', made.cert, ...args], input);

  test('is what the ready line says, with no warning', () => {
    assert.match(server.url, /^https:\/\/127\.0\.0\.1:\d+$/);
    assert.doesNotMatch(server.said, /warning/);
  });

  test('serves a page by TLS 1.3 and HTTP/1.1 to a client that checks the certificate', async () => {
    const answer = await request(`${local}/`, { ca, ALPNProtocols: ['h2', 'http/1.1'] });
    assert.equal(answer.status, 200);
    assert.equal(answer.text, readFileSync(join(pages, 'index.html'), 'utf8'));
    assert.equal(answer.tls.protocol, 'TLSv1.3');
    assert.equal(answer.tls.alpn, 'http/1.1');
    await assert.rejects(request(`${local}/`), /self-signed/);
  });

  test('keeps a connection for many requests, and records by them', async () => {
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca });
    const before = await request(`${local}/api/counters/TOTAL?site=example.com`, { agent });
    const first = before.status === 404 ? 0 : JSON.parse(before.text).value;
    for (let i = 0; i < 50; ++i) {
      const answer = await request(`${local}/api/visits`, { agent, method: 'POST', body: JSON.stringify({ site: 'example.com', path: `/${i}` }) });
      assert.equal(answer.status, 202, answer.text);
    }
    assert.equal(JSON.parse((await request(`${local}/api/counters/TOTAL?site=example.com`, { agent })).text).value, first + 50);
    assert.equal(Object.values(agent.freeSockets).flat().length, 1);
    agent.destroy();
  });

  test('refuses TLS 1.1 and older, and speaks 1.2 and 1.3', async () => {
    for (const version of ['-tls1', '-tls1_1']) {
      const refused = await client([version, '-cipher', 'ALL:@SECLEVEL=0'], 'GET / HTTP/1.0\r\n\r\n');
      assert.notEqual(refused.code, 0, version);
      assert.match(refused.err, /protocol version|no protocols available|unsupported protocol/, version);
    }
    for (const version of ['-tls1_2', '-tls1_3']) {
      const fine = await client([version, '-verify_return_error', '-quiet'], 'GET / HTTP/1.0\r\nHost: localhost\r\n\r\n');
      assert.match(fine.out, /^HTTP\/1\.1 200 OK\r\n/, fine.err);
      assert.match(fine.out, /at home$/);
    }
  });

  test('has no old cipher, no compression and no renegotiation', async () => {
    const weak = await client(['-tls1_2', '-cipher', 'AES128-SHA:AES256-GCM-SHA384:ECDHE-ECDSA-AES128-SHA'], '');
    assert.match(weak.err, /handshake failure|no cipher match/);
    const fine = await client(['-tls1_2'], '');
    assert.match(fine.out, /Compression: NONE/);
    const again = await client(['-tls1_2'], 'R\n');
    assert.match(again.err, /no renegotiation|RENEGOTIATING/);
    assert.doesNotMatch(again.out.split('RENEGOTIATING')[1] ?? '', /HTTP\/1\.1/);
  });

  test('resumes a session', async () => {
    let session;
    const connect = (more) => new Promise((resolve, reject) => {
      const socket = tls.connect({ host: '127.0.0.1', servername: 'localhost', port: server.port, ca, ...more });
      socket.on('session', (ticket) => (session = ticket)).on('error', reject);
      let reused;
      socket.once('secureConnect', () => {
        reused = socket.isSessionReused();
        socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
      });
      socket.resume().once('close', () => resolve(reused));
    });
    assert.equal(await connect({}), false);
    assert.ok(session);
    assert.equal(await connect({ session }), true);
    const metrics = (await request(`${local}/metrics`, { ca, headers: { authorization: `Bearer ${server.token}` } })).text;
    assert.match(metrics, /^footfall_tls_handshakes_total\{result="resumed"\} [1-9]/m);
    assert.match(metrics, /^footfall_tls_certificate_good_until_seconds \d{10}$/m);
  });

  test('brings a large file whole, also to a slow reader', async () => {
    const answer = await request(`${local}/large.bin`, { ca });
    assert.equal(digest(answer.body), digest(large));
    const slow = await tool('curl', ['-sS', '--cacert', made.cert, '--limit-rate', '8M', '-o', '/dev/null', '-w', '%{http_code} %{size_download}', `${local}/large.bin`]);
    assert.equal(slow.out, `200 ${large.length}`, slow.err);
  });

  test('takes a large body', async () => {
    const hits = Array.from({ length: 100 }, (_, i) => ({ site: 'example.com', path: `/${i}/${'x'.repeat(1_500)}` }));
    const answer = await request(`${local}/api/visits`, { ca, method: 'POST', body: JSON.stringify(hits) });
    assert.equal(answer.status, 202, answer.text);
    assert.equal(JSON.parse(answer.text).accepted, 100);
  });

  test('answers pipelined requests in their order', async () => {
    const requests = Array.from({ length: 200 }, (_, i) => `GET /api/counters/${i}?site=example.com HTTP/1.1\r\nHost: localhost\r\n${i === 199 ? 'Connection: close\r\n' : ''}\r\n`);
    const all = await client(['-quiet'], requests.join(''));
    assert.equal(all.out.match(/HTTP\/1\.1 404 /g)?.length, 200);
  });

  test('tells plain HTTP so, in plain HTTP', async () => {
    const answer = await request(`http://127.0.0.1:${server.port}/`);
    assert.equal(answer.status, 400);
    assert.equal(JSON.parse(answer.text).code, 'plain_http');
    assert.equal(answer.headers['strict-transport-security'], undefined);
  });

  test('asks browsers to stay, by --hsts', async () => {
    for (const path of ['/', '/api/no-such-route', '/livez']) {
      assert.equal((await request(local + path, { ca })).headers['strict-transport-security'], 'max-age=3600', path);
    }
  });

  test('sends who comes by HTTP to the same page', async () => {
    const [, plain] = await until(() => server.said.match(/to HTTPS:\s+(http:\S+)/), 'where plain HTTP is answered');
    const to = async (path, host, method = 'GET') => {
      const answer = await request(plain + path, { method, headers: { host }, body: method === 'POST' ? 'x' : undefined });
      return `${answer.status} ${answer.headers.location}`;
    };
    assert.equal(await to('/a%20b?c=d&e', 'example.com'), `308 https://example.com:${server.port}/a%20b?c=d&e`);
    assert.equal(await to('/', 'EXAMPLE.com:80', 'POST'), `308 https://example.com:${server.port}/`);
    assert.equal(await to('//elsewhere.example/', 'example.com'), `308 https://example.com:${server.port}//elsewhere.example/`);
    const followed = await tool('curl', ['-sS', '-L', '--cacert', made.cert, '-o', '/dev/null', '-w', '%{http_code} %{scheme}', plain.replace('127.0.0.1', 'localhost')]);
    assert.match(followed.out, /^200 HTTPS$/i, followed.err);
  });

  test('holds little for a connection that is idle', async () => {
    const resident = () => Number(readFileSync(`/proc/${server.pid}/status`, 'utf8').match(/^VmRSS:\s+(\d+) kB$/m)[1]);
    const open = async (count) => {
      const sockets = [];
      for (let i = 0; i < count; ++i) {
        const socket = tls.connect({ host: '127.0.0.1', servername: 'localhost', port: server.port, ca });
        socket.on('error', () => {});
        await new Promise((resolve) => socket.once('secureConnect', resolve));
        socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n');
        await new Promise((resolve) => socket.once('data', resolve));
        sockets.push(socket);
      }
      return sockets;
    };
    const first = await open(100); // what the first ones cost once
    const before = resident();
    const sockets = await open(300);
    const each = (resident() - before) / 300;
    for (const socket of [...first, ...sockets]) socket.destroy();
    console.log(`an idle connection holds ${each.toFixed(1)} kB`);
    assert.ok(each < 48, `an idle connection holds ${each} kB`);
  });

  test('is spoken by the other commands: on the data folder, and to a server whose certificate they trust', async () => {
    const sites = await run(['site', 'list', '--data', server.data]);
    assert.equal(sites.code, 0, sites.err);
    assert.match(sites.out, /^example\.com$/m);
    const remote = ['site', 'list', '--server', local, '--token', server.token];
    const unknown = await run(remote);
    assert.equal(unknown.code, 1);
    assert.match(unknown.err, /the certificate of localhost:\d+ is not to be trusted: self-signed certificate/);
    const trusted = await run(remote, { env: { SSL_CERT_FILE: made.cert } });
    assert.equal(trusted.code, 0, trusted.err);
    const other = await certificate(undefined, { name: 'localhost' });
    assert.equal((await run(remote, { env: { SSL_CERT_FILE: other.cert } })).code, 1);
  });
});

describe('The certificate', () => {
  test('is read again on SIGHUP, for new connections; a bad one changes nothing, and is told once', async () => {
    const made = await certificate();
    const server = await serve({ args: made.args });
    const shown = () => new Promise((resolve, reject) => {
      const socket = tls.connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().subject.CN);
        socket.end();
      });
      socket.on('error', reject);
    });
    const lines = (words) => server.said.split('\n').filter((line) => line.includes(words)).length;
    assert.equal(await shown(), 'localhost');
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
    assert.equal((await request(`${server.url}/livez`, { agent })).status, 200);

    const next = await certificate(undefined, { name: 'next.example' });
    copyFileSync(next.cert, made.cert);
    server.signal('SIGHUP'); // the key is still the old one
    await until(() => lines('kept the TLS certificate as it was') === 1, 'the complaint');
    assert.match(server.said, /is not that of the first certificate/);
    assert.equal(await shown(), 'localhost');

    copyFileSync(next.key, made.key);
    server.signal('SIGHUP');
    await until(() => lines('read the TLS certificate again: next.example, good until') === 1, 'the new certificate');
    assert.equal(await shown(), 'next.example');
    assert.equal((await request(`${server.url}/livez`, { agent })).status, 200, 'an open connection stays');
    agent.destroy();
    assert.equal((await server.stop()).code, 0);
  });

  test('that cannot be used keeps the server from starting, in words', async () => {
    const made = await certificate();
    const other = await certificate();
    const data = join(folder(), 'data');
    const start = (...args) => run(['serve', '--data', data, '--listen', '127.0.0.1:0', ...args]);
    for (const [args, code, words] of [
      [['--tls-cert', made.cert], 2, /--tls-cert and --tls-key go together/],
      [['--tls-key', made.key], 2, /--tls-cert and --tls-key go together/],
      [['--http-redirect', '127.0.0.1:0'], 2, /needs --tls-cert and --tls-key/],
      [['--hsts', '60'], 2, /needs --tls-cert and --tls-key/],
      [['--tls-cert', '/no/such/file', '--tls-key', made.key], 1, /cannot read the TLS certificate \/no\/such\/file: No such file/],
      [['--tls-cert', made.cert, '--tls-key', '/no/such/file'], 1, /cannot read the TLS key \/no\/such\/file: No such file/],
      [['--tls-cert', made.cert, '--tls-key', other.key], 2, /is not that of the first certificate/],
      [['--tls-cert', made.key, '--tls-key', made.key], 2, /holds no certificate in PEM/],
      [[...made.args, '--http-redirect', 'nowhere'], 2, /--http-redirect must be ADDRESS:PORT/],
    ]) {
      const ended = await start(...args);
      assert.equal(ended.code, code, `${args}: ${ended.err}`);
      assert.match(ended.err, words);
      assert.equal(ended.err.trim().split('\n').length, 1, ended.err);
    }
  });

  test('that is out of date or open to all is warned about, and used', async () => {
    const made = await certificate(undefined, { days: 1 });
    chmodSync(made.key, 0o644);
    const server = await serve({ args: made.args });
    assert.match(server.said, /warning: the TLS key .* can be read by every user of this machine/);
    assert.doesNotMatch(server.said, /expired/);
    assert.equal((await server.stop()).code, 0);
  });
});

describe('A browser over HTTPS', () => {
  let browser;
  before(async () => {
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--ignore-certificate-errors',
        '--user-agent=Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36'],
    });
  });
  after(() => browser?.close());

  test('sees the page counted, the charts live, and its cookies kept by HTTPS alone', async (t) => {
    const made = await certificate();
    const server = await serve({ site: 'localhost', args: [...made.args, '--root', join(checkout, 'examples/site')] });
    const url = server.url.replace('127.0.0.1', 'localhost');
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const first = await page.goto(`${url}/`);
    assert.equal(first.status(), 200);
    await page.waitForFunction(() => document.querySelector('[data-footfall-count=""]')?.textContent === '1');

    // The charts: a login by cookie, and the live feed.
    const charts = await context.newPage();
    charts.setDefaultTimeout(15_000);
    await charts.goto(`${url}/dashboard`);
    const heard = await charts.evaluate(async ({ token, origin }) => {
      const login = await fetch('/api/login', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ token }) });
      if (!login.ok) return `the login was answered ${login.status}`;
      return new Promise((resolve) => {
        const feed = new EventSource('/api/live?site=localhost');
        const tell = (event) => event.data.includes('/over-https') && resolve('heard');
        for (const name of ['message', 'hit', 'visit', 'visitors']) feed.addEventListener(name, tell);
        feed.onopen = () => void fetch(`${origin}/api/visits`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ site: 'localhost', path: '/over-https' }) });
        setTimeout(() => resolve('nothing was heard'), 10_000);
      });
    }, { token: server.token, origin: url });
    assert.equal(heard, 'heard');
    const cookies = await context.cookies(url);
    assert.ok(cookies.length > 0);
    for (const cookie of cookies) assert.equal(cookie.secure, true, cookie.name);

    const session = cookies.find((cookie) => cookie.name.endsWith('footfall'));
    if (session === undefined) {
      t.diagnostic('no session cookie is given yet');
    } else {
      assert.equal(session.name, '__Host-footfall');
      assert.deepEqual([session.path, session.httpOnly, session.sameSite], ['/', true, 'Lax']);
      await page.goto(`${url}/projects`);
      const again = (await context.cookies(url)).find((cookie) => cookie.name === '__Host-footfall');
      assert.equal(again.value.split('.')[2], session.value.split('.')[2], 'the same session');
    }
    await context.close();
    assert.equal((await server.stop()).code, 0);
  });
});
