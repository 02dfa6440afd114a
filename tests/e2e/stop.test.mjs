// Stopping: what is under way is answered, what was acknowledged is there after the next start, and nothing hangs.
//
// FOOTFALL_LONG stops a hundred times under load instead of a few.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ledger, Writer } from './load.mjs';
import { folder, serve, sleep, until, within } from './program.mjs';
import { randomOf, seed } from './random.mjs';

const rounds = process.env.FOOTFALL_LONG ? 100 : 8;
const connections = 16;
const stop_ms_max = 10_000;

test(`SIGTERM under load, ${rounds} times: no request under way is cut, the exit code is 0, everything is there afterwards`, async (t) => {
  t.diagnostic(`seed ${seed}`);
  const random = randomOf(seed);
  const data = join(folder(), 'data');
  const ledger = new Ledger();
  let slowest_ms = 0;

  for (let round = 0; round < rounds; round += 1) {
    const server = await serve({ data });
    // Connections of their own every round. After the signal nobody opens another: who is refused there was never under way.
    const writers = Array.from({ length: connections }, (_, place) => new Writer(ledger, randomOf(seed + round * connections + place)));
    const ends = writers.map((writer) => writer.run(server.port, () => true));
    await until(() => writers.every((writer) => writer.answered > 0), 'every connection to be at work');
    await sleep(random.between(0, 300));
    const stopped = await server.stop(stop_ms_max);
    slowest_ms = Math.max(slowest_ms, stopped.ms);
    assert.deepEqual([stopped.code, stopped.signal], [0, null], server.said);
    for (const end of await Promise.all(ends)) assert.equal(end, 'closed', `a request was cut: ${end.stack ?? end}`);
  }

  const last = await serve({ data });
  const rows = await ledger.compare(last);
  assert.equal(rows.length, ledger.hits.size, 'every request was answered, so every hit must be there');
  assert.equal(ledger.counted, ledger.increments.length);
  await last.stop();
  t.diagnostic(`${rounds} stops, ${rows.length} hits acknowledged and there, slowest stop ${Math.round(slowest_ms)} ms`);
});

// A request that has begun and does not go on.
const halfRequest = async (server) => {
  const socket = connect(server.port, '127.0.0.1');
  const got = { text: '', ended: new Promise((resolve) => socket.on('close', resolve)) };
  socket.setEncoding('utf8').on('data', (text) => (got.text += text)).on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write('POST /api/visits HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 4');
  await sleep(200); // so that the server has read it
  return { socket, got };
};

test('a request that comes slowly while the server stops is still answered, and what it brought is stored', async () => {
  const server = await serve();
  const { socket, got } = await halfRequest(server);
  const body = JSON.stringify({ site: 'example.com', path: '/late', title: 'sent while stopping' }).padEnd(400);
  const stopping = server.stop(stop_ms_max);
  await sleep(500);
  socket.write(`00\r\n\r\n${body}`);
  await within(5_000, got.ended, 'the answer');
  assert.match(got.text, /^HTTP\/1\.1 202 /);
  assert.match(got.text, /^connection: close\r$/im);
  assert.equal((await stopping).code, 0);

  const again = await serve({ data: server.data });
  assert.deepEqual((await again.rows()).map((row) => row.title), ['sent while stopping']);
  await again.stop();
});

test('a client that never finishes its request cannot keep the server from stopping', async () => {
  const server = await serve();
  const { socket } = await halfRequest(server);
  const stopped = await server.stop(stop_ms_max);
  socket.destroy();
  assert.equal(stopped.code, 0);
});

test('a reader of the live feed does not keep the server from stopping', async () => {
  const server = await serve();
  const live = await fetch(`${server.url}/api/live?site=example.com`, { headers: { authorization: `Bearer ${server.token}` } });
  assert.equal(live.status, 200);
  const stopped = await server.stop(3_000);
  assert.equal(stopped.code, 0);
  await live.text().catch(() => {});
});

test('no connection is taken any more while the server stops', async () => {
  const server = await serve();
  const { socket } = await halfRequest(server);
  const stopping = server.stop(stop_ms_max);
  await until(() => fetch(`${server.url}/livez`).then(() => false, () => true), 'the port to be closed', 2_000);
  socket.destroy();
  await stopping;
});

test('a second SIGTERM ends at once, and what was acknowledged before is there', async () => {
  const server = await serve();
  await server.visit('/acknowledged');
  const { socket } = await halfRequest(server);
  server.signal('SIGTERM');
  await sleep(500);
  assert.ok(server.isRunning, 'the first signal waits for the request under way');
  const begun = performance.now();
  server.signal('SIGTERM');
  const ended = await within(2_000, server.gone, 'the end');
  const ms = performance.now() - begun;
  socket.destroy();
  assert.ok(ms < 500, `it took ${Math.round(ms)} ms`);
  assert.equal(ended.signal, 'SIGTERM');

  const again = await serve({ data: server.data });
  assert.deepEqual((await again.rows()).map((row) => row.path), ['/acknowledged']);
  await again.stop();
});

test('SIGINT stops as SIGTERM does', async () => {
  const server = await serve();
  await server.visit('/');
  server.signal('SIGINT');
  assert.deepEqual(await within(5_000, server.gone, 'the end'), { code: 0, signal: null });
});

test('SIGHUP does not end the server', async () => {
  const server = await serve();
  server.signal('SIGHUP');
  await sleep(300);
  await server.visit('/after');
  assert.equal((await server.stop()).code, 0);
});
