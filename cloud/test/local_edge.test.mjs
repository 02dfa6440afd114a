// The edge on this machine: what of CloudFront it does, and what it counts.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assetPaths, kindOf, matches } from '../edge/paths.mjs';
import { startCloud } from './fake_cloud.mjs';

const edge = { keys: [{ id: '1', secret: Buffer.alloc(32, 7).toString('base64url') }], site: 'example.com', session: 'redirect', session_idle_seconds: 1800, session_max_seconds: 7200, protect: 'origin', secure: false };
const files = { 'index.html': 'Hello', 'style.css': 'a{}', '404.html': 'nothing here', 'blog/index.html': 'Blog' };

describe('The local edge', () => {
  let cloud;
  before(async () => {
    cloud = await startCloud({ edge, files, token: 'secret' });
  });
  after(() => cloud.close());
  // Paths as they are, which fetch would tidy.
  const raw = (path, { method = 'GET', headers = {}, body } = {}) => new Promise((resolve, reject) => {
    http.request({ host: '127.0.0.1', port: new URL(cloud.url).port, path, method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece) => (text += piece)).on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    }).on('error', reject).end(body);
  });
  const visit = async (path) => {
    const first = await raw(path);
    return raw(first.headers.location, { headers: { cookie: first.headers['set-cookie'][0].split(';')[0] } });
  };

  test('gives a session and a page', async () => {
    const page = await visit('/blog/?a=b');
    assert.deepEqual([page.status, page.text, page.headers['content-type']], [200, 'Blog', 'text/html']);
    assert.match(page.headers['set-cookie'][0], /^footfall=1\.1\..*; HttpOnly; SameSite=Lax$/);
    const again = await raw('/blog/', { headers: { cookie: page.headers['set-cookie'][0].split(';')[0], 'if-none-match': page.headers.etag } });
    assert.deepEqual([again.status, again.text], [304, '']);
    assert.match(again.headers['set-cookie'][0], /^footfall=/);
  });

  test('runs no function for an asset, two for a page, and counts what is paid for', async () => {
    const counts = async (use) => {
      const earlier = { ...cloud.counted };
      await use();
      return Object.fromEntries(Object.entries(cloud.counted).map(([name, count]) => [name, count - earlier[name]]));
    };
    assert.deepEqual(await counts(() => raw('/style.css')), { cdn_requests: 1, edge_runs: 0, store_reads: 0, api_requests: 0 });
    assert.deepEqual(await counts(() => visit('/')), { cdn_requests: 2, edge_runs: 3, store_reads: 2, api_requests: 0 });
    assert.deepEqual(await counts(() => raw('/api/counters/x/increment', { method: 'POST' })), { cdn_requests: 1, edge_runs: 1, store_reads: 1, api_requests: 1 });
    assert.deepEqual(await counts(() => raw('/api/visits')), { cdn_requests: 1, edge_runs: 1, store_reads: 0, api_requests: 0 });
  });

  const missing = ['/missing.css', '/missing?ff=1', '/missing/?ff=1'];

  test('says of what is not there what the bucket says, and hands on whatever the API refuses', async () => {
    for (const path of missing) {
      const { status, text, headers } = await raw(path);
      assert.deepEqual([status, headers['content-type'], headers['set-cookie']], [404, 'application/xml', undefined], path);
      assert.match(text, /NoSuchKey/);
    }
    assert.deepEqual([(await raw('/api/nowhere', { headers: { authorization: 'Bearer x' } })).text, (await raw('/api/count/x')).status], ['{"code":"not_found"}', 404]);
    const other = await startCloud({ edge, files, token: 'secret', missing: '/404.html', broken: { keys: true } });
    const refused = await fetch(new URL('/api/counters/x/increment', other.url), { method: 'POST' });
    assert.deepEqual([refused.status, await refused.text()], [403, '{"code":"forbidden"}'], 'not even where there is a page for 404');
    await other.close();
  });

  test('shows one page for every 404 where one is named, also for those of the API, as CloudFront cannot tell them apart', async () => {
    const other = await startCloud({ edge, files, token: 'secret', missing: '/404.html' });
    for (const path of [...missing, '/api/count/x']) {
      const answer = await fetch(new URL(path, other.url));
      assert.deepEqual([answer.status, await answer.text(), answer.headers.get('content-type')], [404, 'nothing here', 'text/html'], path);
    }
    await other.close();
    const without = await startCloud({ edge, files: { 'index.html': 'Hello' }, token: 'secret', missing: '/404.html' });
    assert.equal((await (await fetch(new URL('/api/count/x', without.url))).text()), '{"code":"not_found"}', 'a page that is not there takes nobody’s place');
    await without.close();
  });

  test('no path leads out of the folder', async () => {
    for (const path of ['/../../../../etc/passwd?ff=1', '/..%2f..%2f..%2f..%2fetc%2fpasswd?ff=1', '/%2e%2e/%2e%2e/%2e%2e/etc/passwd.css', '/a%00.css', '/%E0%A4%A.css']) {
      assert.equal((await raw(path)).status, 404, path);
    }
  });

  test('hands the API its request as it was sent, and its answer back', async () => {
    const path = '/api/counters/https%3A%2F%2Fexample.com%2Fa%3Fb?site=example.com&x=%20';
    const answer = await raw(path);
    assert.deepEqual([answer.status, answer.headers['x-asked-for'], answer.text], [404, path, '{"code":"not_found"}']);
    const row = await raw('/api/event', { method: 'POST', headers: { origin: cloud.url, 'content-type': 'text/plain' }, body: JSON.stringify({ n: 'pageview', u: 'https://example.com/here', d: 'example.com' }) });
    assert.equal(row.status, 202);
    assert.deepEqual(cloud.rows.at(-1), { path: '/here', session: '', ip: '127.0.0.1' });
  });

  test('pages are read, and nothing else', async () => {
    assert.equal((await raw('/', { method: 'POST', body: 'x' })).status, 403);
    const head = await raw('/style.css', { method: 'HEAD' });
    assert.deepEqual([head.status, head.text, head.headers['content-length']], [200, '', '3']);
  });
});

describe('As a command', () => {
  const tool = fileURLToPath(new URL('../tools/local_edge.mjs', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'footfall-local-edge-'));
  after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'index.html'), 'Hello');
  writeFileSync(join(folder, 'edge.json'), JSON.stringify(edge));
  const run = (...args) => {
    const child = spawn(process.execPath, [tool, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.said = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (child.said += text));
    child.gone = new Promise((resolve) => child.once('close', resolve));
    return child;
  };

  test('says where it listens, takes new settings, and at the end what was asked', async () => {
    const counts = join(folder, 'counts.json');
    const child = run('--edge', join(folder, 'edge.json'), '--api', 'http://127.0.0.1:9', '--listen', '127.0.0.1:0', '--counts', counts, folder);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const url = /^listening on (http:\/\/127\.0\.0\.1:\d+)\n/.exec(child.said)?.[1];
    assert.ok(url, child.said);
    assert.equal((await fetch(url, { redirect: 'manual' })).status, 302);
    writeFileSync(join(folder, 'edge.json'), JSON.stringify({ ...edge, session: 'off', about: 'changed' }));
    assert.equal((await fetch(url, { redirect: 'manual' })).status, 200);
    assert.equal((await fetch(new URL('/pixel.gif', url))).status, 502);
    child.kill('SIGTERM');
    assert.equal(await child.gone, 0);
    assert.deepEqual(JSON.parse(readFileSync(counts, 'utf8')), { cdn_requests: 3, edge_runs: 4, store_reads: 4, api_requests: 1 });
  });

  test('says in one line what is wrong', async () => {
    writeFileSync(join(folder, 'broken.json'), '{');
    for (const [args, status, message] of [[[], 2, /are needed/], [['--edge', join(folder, 'edge.json'), '--api', 'ftp://x', folder], 2, /no http:\/\/ URL/],
      [['--edge', join(folder, 'edge.json'), '--api', 'http://x', '--listen', 'here', folder], 2, /ADDRESS:PORT/], [['--edge', join(folder, 'none.json'), '--api', 'http://x', folder], 1, /is not there/],
      [['--edge', join(folder, 'edge.json'), '--api', 'http://x', '--missing', 'x', folder], 2, /no path/], [['--edge', join(folder, 'broken.json'), '--api', 'http://x', folder], 1, /broken\.json: /], [['--edge', join(folder, 'edge.json'), '--api', 'http://x', join(folder, 'edge.json')], 1, /is no folder/]]) {
      const child = run(...args);
      assert.equal(await child.gone, status, child.said);
      assert.match(child.said, message);
    }
  });
});

describe('Paths', () => {
  test('are matched as CloudFront does it', () => {
    for (const [pattern, path, does] of [['/api/*', '/api/', true], ['/api/*', '/api', false], ['*.css', '/a/b.css', true], ['*.css', '/a.css/b', false], ['*.css', '/a.CSS', false], ['/pixel.gif', '/pixelxgif', false]]) {
      assert.equal(matches(pattern, path), does, `${pattern} ${path}`);
    }
    for (const [path, kind] of [['/', 'page'], ['/about', 'page'], ['/a.html', 'page'], ['/feed.json', 'page'], ['/js/footfall.js', 'asset'], ['/counter/x.svg', 'api'], ['/pixel.gif', 'api'], ['/api/event', 'api']]) {
      assert.equal(kindOf(path), kind, path);
    }
  });

  test('of assets are no pages', () => {
    for (const pattern of assetPaths) assert.doesNotMatch(pattern, /html?$|json$/);
  });
});
