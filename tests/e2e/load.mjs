// Writers that never forget what they were promised.
//
// Each writer has one kept-alive connection and sends, one after the other, visits (alone and in batches, some with an id
// of their own), events and increments. Every hit carries a title that no other has. The ledger knows what was sent and
// what was answered, and compares it with what is found in the end.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';

export const counter = 'tickets';
const paths = ['/', '/about', '/projects.html', '/blog/one', '/blog/two', '/pricing'];

export class Ledger {
  hits = new Map(); // title → {path, event, id, acked}; `id` is the sender's own, or the one answered
  increments = []; // {key, value}; `value` once it was answered
  refused = 0;

  get acked() {
    return [...this.hits.values()].filter((hit) => hit.acked).length;
  }
  get counted() {
    return this.increments.filter((one) => one.value !== undefined).length;
  }

  // Every acknowledged hit is there once, under its id; none is there twice; and none that was never sent.
  compareRows(rows) {
    const found = new Map();
    const wrong = { lost: [], doubled: [], unknown: [], renamed: [] };
    for (const row of rows) {
      const hit = this.hits.get(row.title);
      if (!hit || row.path !== hit.path || (row.event ?? undefined) !== hit.event) wrong.unknown.push(row);
      else if (hit.id && row.id !== hit.id) wrong.renamed.push({ ...hit, found: row.id });
      if (found.has(row.title)) wrong.doubled.push(row.title);
      found.set(row.title, row);
    }
    for (const [title, hit] of this.hits) if (hit.acked && !found.has(title)) wrong.lost.push(title);
    const figures = Object.fromEntries(Object.entries(wrong).map(([name, list]) => [name, list.length]));
    assert.deepEqual(figures, { lost: 0, doubled: 0, unknown: 0, renamed: 0 },
      Object.entries(wrong).map(([name, list]) => `${name}: ${JSON.stringify(list.slice(0, 3))}`).join('; '));
  }

  // The counters are the rows; no number was given to two, and the last covers all that were given.
  compareCounters(counters, rows) {
    const views = rows.filter((row) => !row.event);
    const wanted = { TOTAL: views.length };
    for (const { path } of views) wanted[path] = (wanted[path] ?? 0) + 1;
    const { [counter]: tickets = 0, ...ofPaths } = counters;
    assert.deepEqual(ofPaths, wanted, 'the counters of the pages are not the rows');
    const values = this.increments.filter((one) => one.value !== undefined).map((one) => one.value);
    assert.equal(new Set(values).size, values.length, 'a number was given to two');
    assert.ok(Math.max(0, ...values) <= tickets, `the counter went back: ${tickets} after ${Math.max(...values)}`);
    assert.ok(tickets >= values.length && tickets <= this.increments.length,
      `${tickets} counted, but ${values.length} were acknowledged of ${this.increments.length} sent`);
  }

  // Compares everything with a server.
  async compare(server) {
    const rows = await server.rows();
    this.compareRows(rows);
    const answer = await server.ask('/api/counters?site=example.com');
    this.compareCounters(Object.fromEntries(answer.json.counters.map(({ key, value }) => [key, value])), rows);
    return rows;
  }
}

const send = (agent, port, { path, headers, body }) => new Promise((resolve, reject) => {
  const request = httpRequest({ agent, host: '127.0.0.1', port, path, method: 'POST', headers: { ...headers, 'content-length': Buffer.byteLength(body) } },
    (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => (text += part));
      // A response that is cut off ends as `aborted`, never as `end`.
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text, reused: request.reusedSocket }));
      response.on('error', reject);
    });
  request.on('error', (problem) => reject(Object.assign(problem, { reused: request.reusedSocket })));
  request.end(body);
});

// One thing to send, and what its answer means for the ledger.
const compose = (ledger, random, title) => {
  const visitOf = (entry, name) => ({ site: 'example.com', path: entry.path, title: name, ...(entry.id ? { id: entry.id } : {}) });

  const kind = random.below(10);
  if (kind < 3) {
    const entry = { path: random.pick(paths), id: random.chance(0.5) ? randomUUID() : undefined };
    const name = title();
    ledger.hits.set(name, entry);
    return {
      path: '/api/visits', headers: { 'content-type': 'application/json' }, body: JSON.stringify(visitOf(entry, name)),
      repeatable: Boolean(entry.id),
      take: (answer) => {
        assert.equal(answer.status, 202, answer.text);
        entry.acked = true;
        entry.id = JSON.parse(answer.text).ids[0];
      },
    };
  }
  if (kind < 5) {
    const ownIds = random.chance(0.5);
    const entries = Array.from({ length: random.between(2, 20) }, () => {
      const entry = { path: random.pick(paths), id: ownIds ? randomUUID() : undefined };
      const name = title();
      ledger.hits.set(name, entry);
      return { entry, name };
    });
    return {
      path: '/api/visits', headers: { 'content-type': 'application/json' },
      body: JSON.stringify(entries.map(({ entry, name }) => visitOf(entry, name))),
      repeatable: ownIds,
      take: (answer) => {
        assert.equal(answer.status, 202, answer.text);
        const { accepted, ids } = JSON.parse(answer.text);
        assert.equal(accepted, entries.length);
        entries.forEach(({ entry }, place) => Object.assign(entry, { acked: true, id: ids[place] }));
      },
    };
  }
  if (kind < 8) {
    const entry = { path: random.pick(paths), event: random.chance(0.3) ? 'Signup' : undefined };
    const name = title();
    ledger.hits.set(name, entry);
    return {
      path: '/api/event', headers: { 'content-type': 'text/plain' },
      body: JSON.stringify({ n: entry.event ?? 'pageview', d: 'example.com', u: `https://example.com${entry.path}`, t: name }),
      repeatable: false,
      take: (answer) => {
        assert.equal(answer.status, 202, answer.text);
        assert.equal(answer.headers['x-footfall-dropped'], undefined);
        entry.acked = true;
      },
    };
  }
  const increment = {};
  ledger.increments.push(increment);
  const once = random.chance(0.5) ? { 'idempotency-key': randomUUID() } : undefined;
  return {
    path: `/api/counters/${counter}/increment?site=example.com`, headers: { ...once }, body: '',
    repeatable: Boolean(once),
    take: (answer) => {
      assert.equal(answer.status, 200, answer.text);
      const { value } = JSON.parse(answer.text);
      assert.ok(Number.isSafeInteger(value) && value > 0, answer.text);
      assert.equal(increment.value ?? value, value, 'the same key was answered two numbers');
      increment.value = value;
    },
  };
};

let writers = 0;

export class Writer {
  constructor(ledger, random) {
    Object.assign(this, { ledger, random, name: `w${(writers += 1)}`, number: 0, pending: undefined, answered: 0 });
  }

  // Sends one thing after the other until the connection breaks, the server says that it closes it, or `wanted` says no.
  // Returns why it ended: 'enough', 'closed', or the error. What was answered otherwise than it must be is thrown.
  //   refusals  503 is an answer too: nothing was promised, and Retry-After says when to come again
  async run(port, wanted, { refusals = false } = {}) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      while (wanted()) {
        // What got no answer is sent again, where sending twice must not count twice.
        const message = this.pending ?? compose(this.ledger, this.random, () => `${this.name}-${(this.number += 1)}`);
        let answer;
        try {
          answer = await send(agent, port, message);
        } catch (problem) {
          this.pending = message.repeatable && this.random.chance(0.7) ? message : undefined;
          return problem;
        }
        this.pending = undefined;
        if (refusals && answer.status === 503) {
          assert.ok(Number(answer.headers['retry-after']) > 0, `503 without Retry-After: ${answer.text}`);
          this.ledger.refused += 1;
        } else {
          message.take(answer);
          this.answered += 1;
        }
        if (answer.headers.connection === 'close') return 'closed';
      }
      return 'enough';
    } finally {
      agent.destroy();
    }
  }
}
