// CloudFront, a bucket and an API on one port of this machine: the edge functions as they are deployed, in front of files, and of
// an API that believes the edge alone. What the smoke test is tried on.

import { createHmac } from 'node:crypto';
import http from 'node:http';
import { cookiesOf, engines, eventOf } from './edge_runner.mjs';

const [{ run }] = engines;

// Whether the edge told the truth of a request: what an origin has to look at, see tests/vectors/edge_proof.json.
export const isProved = (headers, keys, now) => {
  const [id, time, mac] = (headers['x-ff-edge'] ?? '').split('.');
  const key = keys.find((one) => one.id === id);
  if (!key || Math.abs(now - parseInt(time, 36)) > 300) return false;
  const told = ['edge', id, time, headers['x-ff-host'] ?? '', headers['x-ff-ip'] ?? '', headers['x-ff-session'] ?? '', headers['x-ff-path'] ?? ''].join('\n');
  return createHmac('sha256', Buffer.from(key.secret, 'base64url')).update(told).digest().subarray(0, 16).toString('base64url') === mac;
};

const listen = (handle) => new Promise((resolve) => {
  const server = http.createServer((request, response) => {
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece)).on('end', () => handle(request, Buffer.concat(pieces).toString(), response));
  }).listen(0, '127.0.0.1', () => resolve({ url: `http://127.0.0.1:${server.address().port}`, close: () => new Promise((done) => server.close(done).closeAllConnections()) }));
});

// `broken`: what does not work, to see that it is found out.
export const startCloud = async ({ edge, files, token, broken = {} }) => {
  const now = () => Math.floor(Date.now() / 1000);
  const rows = [];
  const counters = new Map();

  const api = (method, path, query, headers, body) => {
    if (!broken.open && !isProved(headers, edge?.keys ?? [], now())) return { status: 403, headers: {}, body: '{"code":"forbidden"}' };
    const counter = /^\/api\/counters\/(\w+)\/increment$/.exec(path);
    if (counter) {
      if (!broken.counter || counters.get(counter[1]) === undefined) counters.set(counter[1], (counters.get(counter[1]) ?? 0) + 1);
      return { status: 200, headers: {}, body: JSON.stringify({ value: counters.get(counter[1]) }) };
    }
    if (path === '/api/event' && method === 'POST') {
      const row = { path: new URL(JSON.parse(body).u).pathname, session: headers['x-ff-session'] ?? '', ip: headers['x-ff-ip'] };
      for (let i = 0; i < (broken.twice ? 2 : 1); i += 1) rows.push(row);
      return { status: 202, headers: {}, body: 'ok' };
    }
    if (path === '/api/visits' && method === 'GET') {
      if (headers.authorization !== `Bearer ${token}`) return { status: 401, headers: {}, body: '{}' };
      return { status: 200, headers: {}, body: JSON.stringify({ visits: rows.filter((row) => row.path === new URLSearchParams(query).get('path')) }) };
    }
    return { status: 404, headers: {}, body: '{"code":"not_found"}' };
  };
  const origin = await listen((request, body, response) => {
    const [path, query = ''] = request.url.split('?');
    const answer = api(request.method, path, query, request.headers, body);
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });

  const front = await listen(async (request, body, response) => {
    const [uri, query = ''] = request.url.split('?');
    const { cookie, ...headers } = request.headers;
    const base = { method: request.method, uri, query, host: headers.host, headers, cookie: cookie ?? '', ip: '127.0.0.1' };
    const send = ({ statusCode, headers: fields, cookies = {}, body: content }) => {
      const all = Object.fromEntries(Object.entries(fields).map(([name, { value }]) => [name, value]));
      const set = Object.entries(cookies).map(([name, { value, attributes }]) => `${name}=${value}; ${attributes}`);
      response.writeHead(statusCode, { ...all, ...(set.length > 0 ? { 'set-cookie': set } : {}) }).end(content?.data ?? '');
    };
    const call = async (name, event) => (await run(name, [{ now: now(), edge, event }]))[0];
    const isApi = /^\/(api\/|counter\/|pixel\.gif$)/.test(uri);
    const passed = await call(isApi ? 'api_request' : 'page_request', eventOf(base));
    if (passed.statusCode) {
      send(passed);
      return;
    }
    if (isApi) {
      const fields = Object.fromEntries(Object.entries(passed.headers).map(([name, { value }]) => [name, value]));
      const answer = api(request.method, uri, query, fields, body);
      send({ statusCode: answer.status, headers: {}, body: { data: answer.body } });
      return;
    }
    const file = files[passed.uri];
    const types = { html: 'text/html', js: 'text/javascript', css: 'text/css' };
    if (file === undefined) {
      send({ statusCode: 404, headers: { 'content-type': { value: 'text/html' } }, body: { data: 'none' } });
      return;
    }
    const answer = { statusCode: 200, statusDescription: 'OK', cookies: {}, headers: { 'content-type': { value: types[passed.uri.split('.').at(-1)] } } };
    const event = { ...eventOf({ ...base, type: 'viewer-response' }), response: answer };
    event.request.cookies = cookiesOf(cookie);
    send({ ...(broken.refresh ? answer : await call('page_response', event)), body: { data: file } });
  });
  return { url: front.url, api: origin.url, rows, close: async () => { await front.close(); await origin.close(); } };
};
