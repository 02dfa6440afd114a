// A deployment on this machine: the local edge in front of files, and of an API that believes the edge alone. What the smoke
// test is tried on.

import { createHmac } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startEdge } from '../tools/local_edge.mjs';

// Whether the edge told the truth of a request: what an origin has to look at, see tests/vectors/edge_proof.json.
export const isProved = (headers, keys, now) => {
  const [id, time, mac] = (headers['x-ff-edge'] ?? '').split('.');
  const key = keys.find((one) => one.id === id);
  if (!key || Math.abs(now - parseInt(time, 36)) > 300) return false;
  const told = ['edge', id, time, headers['x-ff-host'] ?? '', headers['x-ff-ip'] ?? '', headers['x-ff-session'] ?? '', headers['x-ff-path'] ?? ''].join('\n');
  return createHmac('sha256', Buffer.from(key.secret, 'base64url')).update(told).digest().subarray(0, 16).toString('base64url') === mac;
};

// `broken`: what does not work, to see that it is found out.
export const startCloud = async ({ edge, files, token, missing, broken = {} }) => {
  const rows = [];
  const counters = new Map();
  const folder = mkdtempSync(join(tmpdir(), 'footfall-site-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }

  const answer = (method, path, query, headers, body) => {
    if (!broken.open && !isProved(headers, broken.keys ? [] : (edge?.keys ?? []), Math.floor(Date.now() / 1000))) return [403, '{"code":"forbidden"}'];
    const counter = /^\/api\/counters\/(\w+)\/increment$/.exec(path);
    if (counter) {
      if (!broken.counter || !counters.has(counter[1])) counters.set(counter[1], (counters.get(counter[1]) ?? 0) + 1);
      return [200, JSON.stringify({ value: counters.get(counter[1]) })];
    }
    if (path === '/api/event' && method === 'POST') {
      const row = { path: new URL(JSON.parse(body).u).pathname, session: headers['x-ff-session'] ?? '', ip: headers['x-ff-ip'] };
      for (let i = 0; i < (broken.twice ? 2 : 1); i += 1) rows.push(row);
      return [202, 'ok'];
    }
    if (path === '/api/visits' && method === 'GET') {
      if (headers.authorization !== `Bearer ${token}`) return [401, '{}'];
      return [200, JSON.stringify({ visits: rows.filter((row) => row.path === new URLSearchParams(query).get('path')) })];
    }
    return [404, '{"code":"not_found"}'];
  };
  const api = await new Promise((resolve) => {
    const server = http.createServer((request, response) => {
      const pieces = [];
      request.on('data', (piece) => pieces.push(piece)).on('end', () => {
        const [path, query = ''] = request.url.split('?');
        const [status, text] = answer(request.method, path, query, request.headers, Buffer.concat(pieces).toString());
        response.writeHead(status, { 'content-type': 'application/json', 'x-asked-for': request.url }).end(text);
      });
    }).listen(0, '127.0.0.1', () => resolve({ url: `http://127.0.0.1:${server.address().port}`, close: () => new Promise((done) => server.close(done).closeAllConnections()) }));
  });
  const front = await startEdge({ readEdge: () => edge, folder, api: api.url, missing, functions: broken.refresh ? { page_response: (event) => event.response } : {} });
  return {
    url: front.url, api: api.url, rows, counted: front.counted,
    close: async () => {
      await front.close();
      await api.close();
      rmSync(folder, { recursive: true });
    },
  };
};
