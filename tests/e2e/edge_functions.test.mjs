// The CloudFront functions and the real program are one edge: with the same keys each knows the sessions of the other.

import assert from 'node:assert/strict';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { eventOf, loadFunctions, responseOf } from '../../cloud/edge/engine.mjs';
import { rotated } from '../../cloud/tools/keys.mjs';
import { startEdge } from '../../cloud/tools/local_edge.mjs';
import { atEnd, folder, serve, until } from './program.mjs';

const site = 'example.com';
const settings = { site, session: 'redirect', session_idle_seconds: 1800, session_max_seconds: 7200, protect: 'origin' };
const sessionOf = (cookie) => cookie.split('=')[1].split('.')[2];
const cookieOf = ({ headers }) => headers['set-cookie']?.[0].split(';')[0];

const start = async (...args) => {
  const root = folder();
  writeFileSync(join(root, 'index.html'), '<!doctype html><title>Hello</title>');
  const server = await serve({ site, args: ['--root', root, '--session', 'redirect', ...args] });
  const file = join(server.data, 'session-keys.json');
  const keys = () => JSON.parse(readFileSync(file, 'utf8')).keys;
  // As another process replaces it: a reader sees the old keys or the new.
  const rotate = () => {
    writeFileSync(`${file}.next`, JSON.stringify({ version: 1, keys: rotated(keys(), new Date()) }));
    renameSync(`${file}.next`, file);
  };
  return { server, root, keys, rotate };
};

const ask = (url, path, { method = 'GET', headers = {}, body } = {}) => new Promise((resolve, reject) => {
  const { hostname: host, port } = new URL(url);
  http.request({ host, port, path, method, agent: false, headers }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (piece) => (text += piece)).on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
  }).on('error', reject).end(body);
});

describe('The edge functions and the program', () => {
  test('know each other’s sessions', async () => {
    const { server, keys, rotate } = await start('--trusted-proxy', 'loopback');
    const edge = await loadFunctions(() => ({ ...settings, keys: keys() }));
    const name = '__Host-footfall';
    const load = (cookie) => ask(server.url, '/', { headers: { host: site, 'x-forwarded-proto': 'https', 'x-forwarded-for': '198.51.100.7', ...(cookie ? { cookie } : {}) } });
    const begin = async () => `${name}=${(await edge.page_request(eventOf({ host: site }))).cookies[name].value}`;
    const refreshed = async (cookie) => {
      const response = await edge.page_response(eventOf({ type: 'viewer-response', host: site, cookie, response: responseOf(200, { 'content-type': 'text/html' }) }));
      return response.cookies[name] && `${name}=${response.cookies[name].value}`;
    };

    assert.equal((await load()).status, 302);
    const made = await begin();
    const page = await load(made);
    assert.equal(page.status, 200, 'who has a session of the functions is not sent round by the program');
    assert.equal(sessionOf(cookieOf(page)), sessionOf(made));
    const theirs = cookieOf(await load());
    assert.equal(sessionOf(await refreshed(theirs)), sessionOf(theirs), 'and who has one of the program is known to the functions');

    rotate();
    assert.equal(sessionOf(await refreshed(made)), sessionOf(made), 'a rotation ends no session');
    const next = await begin();
    assert.equal(next.split('.')[1], keys().at(-1).id);
    await until(async () => (await load(next)).status === 200, 'the program to read the new key');
    assert.equal((await load(made)).status, 200);
    await server.stop();
  });

  test('a view that comes through the edge on this machine is one row, in the session that the edge gave', async () => {
    const { server, root, keys } = await start();
    const edge = await startEdge({ readEdge: () => ({ ...settings, secure: false, keys: keys() }), folder: root, api: server.url });
    atEnd(() => edge.close());
    const first = await ask(edge.url, '/');
    assert.equal(first.status, 302);
    const page = await ask(edge.url, first.headers.location, { headers: { cookie: cookieOf(first) } });
    assert.equal(page.status, 200);
    const view = (origin) => ask(edge.url, '/api/event', { method: 'POST', headers: { cookie: cookieOf(page), origin, 'content-type': 'text/plain' },
      body: JSON.stringify({ n: 'pageview', u: `https://${site}/seen`, d: site }) });
    assert.deepEqual([(await view(`https://${site}`)).status, (await view('https://evil.example')).headers['x-footfall-dropped']], [202, 'foreign_origin']);
    const rows = await server.rows();
    assert.deepEqual(rows.map(({ path, session }) => [path, session]), [['/seen', sessionOf(cookieOf(first))]]);
    assert.deepEqual(edge.counted, { cdn_requests: 4, edge_runs: 5, store_reads: 4, api_requests: 1 });
    assert.equal((await ask(edge.url, `/api/visits?site=${site}`)).status, 401);
    assert.equal((await ask(edge.url, `/api/visits?site=${site}`, { headers: { authorization: `Bearer ${server.token}` } })).status, 200);
    await edge.close();
    await server.stop();
  });
});
