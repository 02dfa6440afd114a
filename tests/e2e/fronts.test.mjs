// nginx and Caddy in front of the real program, each with its file of examples/ and only names, ports and certificates put
// in: what a visitor says arrives, what a forger says does not, and nothing is held up on the way.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { atEnd, checkout, folder, serve, until } from './program.mjs';

const nginx = '/usr/sbin/nginx';
const caddy = '/usr/bin/caddy';
const site = 'example.com';
const forged = '198.51.100.1';

const freePort = () => new Promise((resolve) => {
  const server = net.createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

// A certificate that nobody trusts, for an hour's test.
const certificate = (path) => {
  const [cert, key] = [join(path, 'cert.pem'), join(path, 'key.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1',
    '-subj', `/CN=${site}`, '-addext', `subjectAltName=DNS:${site}`, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { cert, key };
};

// Every text must be in the example: a file that changed must not be tested with what it said before.
const putIn = (text, changes) => changes.reduce((result, [from, to]) => {
  assert.ok(result.includes(from), `the example does not say ${JSON.stringify(from)}`);
  return result.replaceAll(from, to);
}, text);

const begin = (program, args, path) => {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: process.env.PATH, HOME: path, XDG_DATA_HOME: path, XDG_CONFIG_HOME: path } });
  child.said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (child.said += text));
  child.gone = new Promise((resolve) => child.once('close', resolve));
  atEnd(() => child.kill('SIGKILL'));
  return child;
};

const fronts = {
  nginx: {
    program: nginx,
    start: async (backend, path) => {
      const [port, plain] = [await freePort(), await freePort()];
      const { cert, key } = certificate(path);
      const example = putIn(readFileSync(join(checkout, 'examples/nginx/nginx.conf'), 'utf8'), [
        ['127.0.0.1:8080;\n  keepalive', `127.0.0.1:${backend};\n  keepalive`],
        ['  listen [::]:80;\n', ''], ['  listen [::]:443 ssl http2;\n', ''],
        ['listen 80;', `listen 127.0.0.1:${plain};`], ['listen 443 ssl http2;', `listen 127.0.0.1:${port} ssl http2;`],
        ['/etc/letsencrypt/live/example.com/fullchain.pem', cert], ['/etc/letsencrypt/live/example.com/privkey.pem', key],
      ]);
      writeFileSync(join(path, 'footfall.conf'), example);
      const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${path}/${name};`).join('\n');
      writeFileSync(join(path, 'nginx.conf'), `daemon off;\nuser root;\nworker_processes 1;\npid ${path}/nginx.pid;\nerror_log stderr warn;
events { worker_connections 256; }\nhttp {\naccess_log off;\n${folders}\ninclude ${path}/footfall.conf;\n}\n`);
      return { port, plain, child: begin(nginx, ['-c', join(path, 'nginx.conf'), '-p', path, '-e', 'stderr'], path) };
    },
  },
  Caddy: {
    program: caddy,
    start: async (backend, path) => {
      const port = await freePort();
      const { cert, key } = certificate(path);
      const example = putIn(readFileSync(join(checkout, 'examples/caddy/Caddyfile'), 'utf8'), [
        ['example.com, www.example.com {', `https://example.com:${port}, https://www.example.com:${port} {\n\tbind 127.0.0.1\n\ttls ${cert} ${key}`],
        ['reverse_proxy 127.0.0.1:8080', `reverse_proxy 127.0.0.1:${backend}`],
      ]);
      writeFileSync(join(path, 'Caddyfile'), `{\n\tadmin off\n\tauto_https disable_redirects\n\tstorage file_system ${path}\n}\n${example}`);
      return { port, child: begin(caddy, ['run', '--config', join(path, 'Caddyfile'), '--adapter', 'caddyfile'], path) };
    },
  },
};

// One request to the front, over HTTPS, from an address of loopback.
const ask = (port, path, { method = 'GET', headers = {}, body, from = '127.0.0.1', onData } = {}) => new Promise((resolve, reject) => {
  const request = https.request({ host: '127.0.0.1', port, path, method, localAddress: from, servername: site, rejectUnauthorized: false, agent: false,
    headers: { host: site, ...headers, ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }) } }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (piece) => {
      text += piece;
      onData?.(piece, request);
    });
    response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    response.on('error', reject);
  });
  request.on('error', reject);
  request.end(body);
});

for (const [name, front] of Object.entries(fronts)) {
  describe(`Behind ${name}, with its example`, { skip: existsSync(front.program) ? false : `${front.program} is not installed` }, () => {
    let server;
    let port;
    let plain;
    let child;
    const through = (path, options) => ask(port, path, options);
    const view = (path, options = {}) => through('/api/event', { method: 'POST', body: JSON.stringify({ n: 'pageview', u: `https://${site}${path}`, d: site }), ...options });
    const row = async (path) => (await server.rows(site, `&path=${path}`)).at(-1);
    const metric = async (line) => (await server.ask('/metrics')).text.includes(`${line}\n`);

    before(async () => {
      const root = join(folder(), 'site');
      mkdirSync(root);
      writeFileSync(join(root, 'index.html'), '<!doctype html><title>Hello</title>');
      server = await serve({ site, args: ['--root', root, '--trusted-proxy', 'loopback'] });
      const path = folder();
      execFileSync('chmod', ['755', path]);
      ({ port, plain, child } = await front.start(server.port, path));
      await until(() => ask(port, '/livez').then(({ status }) => status === 200, () => false), () => `${name} to answer: ${child.said}`, 20_000);
    });
    after(async () => {
      child?.kill('SIGTERM');
      await server?.stop();
      await child?.gone;
    });

    test('the address is the visitor’s', async () => {
      // Both ends are this machine; its other addresses tell visitor and proxy apart.
      assert.equal((await through('/api/event', { method: 'POST', from: '127.0.0.7', headers: { 'x-debug-request': 'true' },
        body: '{"n":"pageview","u":"/","d":"example.com"}' })).text, '127.0.0.7');
      assert.equal((await view('/who', { from: '127.0.0.8' })).status, 202);
      assert.equal((await row('/who')).ip, '127.0.0.8');
    });

    test('addresses that the visitor makes up are ignored, whichever header they come in', async () => {
      for (const [i, headers] of [
        { 'x-forwarded-for': forged },
        { 'x-forwarded-for': Array(100).fill(forged).join(', ') },
        { forwarded: `for=${forged};proto=http;host=evil.example` },
        { 'x-real-ip': forged, 'cf-connecting-ip': forged, 'true-client-ip': forged },
      ].entries()) {
        await view(`/forged-${i}`, { from: '127.0.0.9', headers });
        assert.equal((await row(`/forged-${i}`)).ip, '127.0.0.9', JSON.stringify(headers));
      }
      assert.ok(await metric('footfall_forwarded_ignored_total{reason="contradiction"} 0'), 'the front removes what it does not write');
    });

    test('a page comes with its session for HTTPS and with its hit', async () => {
      const page = await through('/');
      assert.equal(page.status, 200);
      assert.match(page.text, /Hello/);
      const cookie = [page.headers['set-cookie']].flat().join();
      assert.match(cookie, /^__Host-footfall=1\..*Secure/);
      assert.match(page.headers['server-timing'] ?? '', /ff;desc="/);
      const again = await through('/', { headers: { cookie: cookie.split(';')[0] } });
      assert.match([again.headers['set-cookie']].flat().join(), /^__Host-footfall=1\./);
      const found = (await server.rows(site, '&path=/')).slice(-2);
      assert.equal(found[0].session, found[1].session, 'the cookie came through both ways');
      assert.match(cookie, new RegExp(found[0].session));
    });

    test('only the site’s own pages record', async () => {
      const foreign = await view('/foreign', { headers: { origin: 'https://evil.example' } });
      assert.equal(foreign.headers['x-footfall-dropped'], 'foreign_origin');
      const own = await view('/own', { headers: { origin: `https://${site}` } });
      assert.equal(own.headers['x-footfall-dropped'], undefined);
      assert.equal((await row('/own')).path, '/own');
      assert.equal(await row('/foreign'), undefined);
    });

    test('the live feed is not held up', async () => {
      const begun = performance.now();
      let seen = '';
      const feed = through(`/api/live?site=${site}`, {
        headers: { authorization: `Bearer ${server.token}` },
        onData: (piece, request) => {
          seen += piece;
          if (seen.includes('/live-view')) request.destroy();
        },
      }).catch(() => {});
      await until(() => seen.includes('event: visitors'), 'the first word of the feed');
      await view('/live-view');
      await until(() => seen.includes('/live-view'), () => `the hit in the feed: ${seen}`);
      await feed;
      assert.ok(performance.now() - begun < 8_000);
    });

    test('a body beyond all bounds is refused, one of Footfall’s own size is not', async () => {
      const body = JSON.stringify(Array.from({ length: 100 }, (_, i) => ({ site, path: `/batch/${i}`, title: 't'.repeat(500) })));
      assert.equal((await through('/api/visits', { method: 'POST', body })).status, 202);
      const huge = await through('/api/visits', { method: 'POST', body: 'x'.repeat(4_000_000) }).catch((error) => ({ status: error.code }));
      // Who stands in front may still be writing when it is refused, and say 502.
      assert.ok([413, 502, 'EPIPE', 'ECONNRESET'].includes(huge.status), String(huge.status));
    });

    test('errors and numbers come as Footfall says them', async () => {
      const missing = await through('/api/counters/nobody?site=example.com');
      assert.equal(missing.status, 404);
      assert.equal(missing.headers['content-type'], 'application/problem+json');
      assert.equal((await through('/api/counters/likes/increment?site=example.com', { method: 'POST' })).text.includes('"value":1'), true);
    });

    test('plain HTTP leads to HTTPS', { skip: name !== 'nginx' && 'Caddy does so by itself' }, async () => {
      const response = await fetch(`http://127.0.0.1:${plain}/a?b=c`, { redirect: 'manual', headers: { host: site } });
      assert.equal(response.status, 308);
      assert.match(response.headers.get('location'), /^https:\/\/.*\/a\?b=c$/);
    });

    test('works under a prefix', async () => {
      const prefixed = await serve({ site, args: ['--prefix', '/stats', '--trusted-proxy', 'loopback'] });
      const path = folder();
      execFileSync('chmod', ['755', path]);
      const before = await front.start(prefixed.port, path);
      await until(() => ask(before.port, '/stats/livez').then(({ status }) => status === 200, () => false), () => `${name}: ${before.child.said}`, 20_000);
      const script = await ask(before.port, '/stats/js/footfall.js');
      assert.match(script.headers['content-type'], /javascript/);
      const answer = await ask(before.port, '/stats/api/event', { method: 'POST', body: JSON.stringify({ n: 'pageview', u: `https://${site}/x`, d: site }), from: '127.0.0.6' });
      assert.equal(answer.status, 202);
      const rows = await prefixed.ask('/stats/api/visits?site=example.com&fresh=true');
      assert.deepEqual(rows.json.visits.map(({ path: page, ip }) => [page, ip]), [['/x', '127.0.0.6']]);
      assert.equal((await ask(before.port, '/api/event', { method: 'POST', body: '{}' })).status, 404);
      before.child.kill('SIGTERM');
      await prefixed.stop();
    });
  });
}

describe('Without a listed proxy', () => {
  test('nobody’s word counts but the socket’s', async () => {
    const server = await serve({ site });
    for (const headers of [{ 'x-forwarded-for': forged }, { forwarded: `for=${forged}` }]) {
      assert.equal((await server.ask('/api/event', { method: 'POST', token: null, headers: { ...headers, 'x-debug-request': 'true' }, body: { n: 'pageview', u: '/', d: site } })).text, '127.0.0.1');
    }
    await server.stop();
  });

  test('a listed proxy elsewhere makes this one no better, and what it says is counted', async () => {
    const server = await serve({ site, args: ['--trusted-proxy', '10.0.0.0/8,2001:db8::/32'] });
    const answer = await server.ask('/api/visits', { method: 'POST', token: null, headers: { 'x-forwarded-for': forged }, body: { site, path: '/spoofed' } });
    assert.equal(answer.status, 202);
    assert.equal((await server.rows())[0].ip, '127.0.0.1');
    assert.match((await server.ask('/metrics')).text, /footfall_forwarded_ignored_total\{reason="untrusted_peer"\} 1\n/);
    await server.stop();
  });
});
