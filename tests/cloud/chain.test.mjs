// The whole way: a thousand page views through the API's function into SQS, from there, one to three times, shuffled
// and with failures, through the processor into DynamoDB, summed by the compactor when their day is over, and back through
// the API. All numbers must be exact.
//
// The functions are the packaged program, in a bare chroot where that is allowed. FOOTFALL_SEED repeats a run.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { randomOf, seed } from '../e2e/random.mjs';
import { startEmulators, tableName } from './emulators.mjs';
import { canChroot, furnish, httpEvent, queueEvent, scheduledEvent, startFunction, streamEvent } from './lambda_host.mjs';
import { unpacked, zip } from './package.mjs';

const missing = existsSync(zip) ? false : `there is no ${zip}: run scripts/build_zips.sh`;
const site = 'example.com';
const adminToken = 'the-admin-token-of-the-test';
const page_views = 1_000;
const day_ms = 86_400_000;
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const profiles = ['full', 'lean'];

const tally = (list, by) => list.reduce((counts, one) => counts.set(by(one), (counts.get(by(one)) ?? 0) + 1), new Map());

const world = async (t, { profile = 'full', ...more } = {}) => {
  const random = randomOf(seed);
  t.diagnostic(`seed ${seed}`);
  if (!canChroot) t.diagnostic('not root: the functions run without a chroot');
  const emulators = await startEmulators({ seed: random.below(1 << 30), profile });
  const folder = unpacked();
  if (canChroot) furnish(folder);
  const environment = (mode) => ({
    ...emulators.environment, FOOTFALL_MODE: mode, FOOTFALL_TABLE: tableName, FOOTFALL_SITE: site, FOOTFALL_PROFILE: profile, FOOTFALL_ADMIN_TOKEN: adminToken,
    ...(mode === 'api' && { FOOTFALL_QUEUE_URL: emulators.queueUrl }), ...more,
  });
  const functions = [];
  const start = async (mode) => {
    const started = await startFunction(folder, environment(mode));
    functions.push(started);
    return started;
  };
  t.after(async () => {
    for (const one of functions) await one.stop();
    await emulators.close();
  });
  const api = await start('api');
  const ask = async (method, target, { token, ...more } = {}) => {
    const answer = await api.invoke(httpEvent(method, target, { ...more, headers: { ...more.headers, ...(token && { authorization: `Bearer ${token}` }) } }));
    return { ...answer, json: () => JSON.parse(answer.body) };
  };
  return { profile, random, emulators, start, api, ask };
};

// What AWS Lambda does between the queue and the processor: batches in any order, each message one to three times, some
// batches never given, functions that end in the middle, and only what was done removed.
const drain = async ({ random, emulators, start }, { failures = 0.05, kills = 0, hold = 60 } = {}) => {
  const processors = [await start('processor'), await start('processor')];
  const held = [];
  let given = 0;
  for (let quiet = 0; quiet < 3;) {
    const { Messages: received = [] } = await emulators.sqs('ReceiveMessage', { QueueUrl: emulators.queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, AttributeNames: ['All'] });
    quiet = received.length === 0 ? quiet + 1 : 0;
    for (const message of received) held.push(message);
    if (received.length > 0 && held.length < hold) continue;
    const batch = held.splice(0).flatMap((message) => Array(random.between(1, 3)).fill(message));
    for (let i = batch.length - 1; i > 0; --i) {
      const other = random.below(i + 1);
      [batch[i], batch[other]] = [batch[other], batch[i]];
    }
    while (batch.length > 0) {
      const part = batch.splice(0, random.between(1, 40));
      // One message stands in a batch once.
      const messages = [...new Map(part.map((message) => [message.MessageId, message])).values()];
      if (random.chance(failures)) continue;
      const at = random.below(processors.length);
      const answered = processors[at].invoke(queueEvent(messages.map((message) => ({ id: message.MessageId, body: message.Body }))));
      given += messages.length;
      if (random.chance(kills)) processors[at].child.kill('SIGKILL');
      let answer;
      try {
        answer = await answered;
      } catch {
        await processors[at].stop();
        processors[at] = await start('processor');
        continue;
      }
      const failed = new Set(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      const done = messages.filter(({ MessageId }) => !failed.has(MessageId));
      for (let i = 0; i < done.length; i += 10) {
        await emulators.sqs('DeleteMessageBatch', { QueueUrl: emulators.queueUrl, Entries: done.slice(i, i + 10).map(({ ReceiptHandle }, id) => ({ Id: String(id), ReceiptHandle })) });
      }
    }
  }
  return given;
};

// `when`: a time in the past, for all of them.
const makeViews = (random, { count = page_views, from = 0, when } = {}) => Array.from({ length: count }, (_, i) => ({
  path: `/page-${random.below(20)}`,
  ip: random.chance(0.2) ? `2001:db8::${random.between(1, 9)}` : `203.0.113.${random.between(1, 30)}`,
  session: `session-${random.below(100)}`,
  id: `0193a5f0-0000-7000-8000-${String(from + i).padStart(12, '0')}`,
  ...(when && { timestamp: new Date(when + i * 1_000).toISOString() }),
}));

const recordViews = async ({ random, ask }, views) => {
  for (let i = 0; i < views.length;) {
    const together = views.slice(i, i + random.between(1, 25));
    const body = JSON.stringify(together.map((view) => ({ site, user_agent: firefox, ...view })));
    // A client that is not told that all is well sends all of it again.
    let answer;
    for (let tries = 0; tries < 20; ++tries) {
      answer = await ask('POST', '/api/visits', { token: adminToken, body });
      if (answer.statusCode === 202 && !random.chance(0.05)) break;
    }
    assert.equal(answer.statusCode, 202, answer.body);
    assert.equal(answer.json().accepted, together.length);
    i += together.length;
  }
};

// The numbers of charts, over all days from `first` to today.
const query = async ({ ask }, more = {}, first = Date.now() - day_ms) => {
  const date = (time) => new Date(time).toISOString().slice(0, 10);
  const body = { site_id: site, metrics: ['visitors', 'visits', 'pageviews'], date_range: [date(first), date(Date.now())], ...more };
  const answer = await ask('POST', '/api/v2/query', { token: adminToken, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  assert.equal(answer.statusCode, 200, answer.body);
  return answer.json().results;
};

const expectNumbers = async (all, views, first) => {
  const { ask } = all;
  const counters = new Map((await ask('GET', `/api/counters?site=${site}`, { token: adminToken })).json().counters.map(({ key, value }) => [key, value]));
  assert.equal(counters.get('TOTAL'), views.length, 'the total');
  const pages = tally(views, (view) => view.path);
  for (const [path, count] of pages) {
    assert.equal(counters.get(path), count, path);
    assert.equal((await ask('GET', `/api/counters/${encodeURIComponent(path)}?site=${site}`)).json().value, count, path);
  }
  // Who is anonymous is somebody else on another day.
  const visitors = new Set(views.map(({ ip, timestamp = '' }) => `${timestamp.slice(0, 10)} ${ip}`)).size;
  const visits = new Set(views.map(({ session }) => session)).size;
  assert.deepEqual(await query(all, {}, first), [{ dimensions: [], metrics: [visitors, visits, views.length] }]);
  const top = await query(all, { metrics: ['pageviews'], dimensions: ['event:page'] }, first);
  assert.deepEqual(new Map(top.map(({ dimensions: [path], metrics: [count] }) => [path, count])), pages);
  assert.deepEqual(top.map(({ metrics: [count] }) => count), [...pages.values()].sort((a, b) => b - a), 'the most viewed first');
};

const expectExact = async (all, views, first) => {
  const { profile, emulators, ask } = all;
  const items = await emulators.items();
  const rows = items.filter(({ pk }) => pk.S.startsWith('V#'));
  if (profile === 'full') {
    assert.equal(rows.length, views.length, 'rows');
    assert.deepEqual(new Set(rows.map(({ id }) => id.S)), new Set(views.map(({ id }) => id)));
  } else {
    assert.deepEqual(rows, [], 'there are packs alone');
  }
  await expectNumbers(all, views, first);
  const from = first ? `&from=${new Date(first - day_ms).toISOString()}` : '';
  for (const by of ['ip', 'path', 'session']) {
    for (const [value, count] of tally(views, (view) => view[by])) {
      const found = [];
      let cursor = '';
      do {
        const answer = await ask('GET', `/api/visits?site=${site}&${by}=${encodeURIComponent(value)}&limit=40${from}${cursor && `&cursor=${cursor}`}`, { token: adminToken });
        assert.equal(answer.statusCode, 200, answer.body);
        const page = answer.json();
        found.push(...page.visits);
        cursor = page.next_cursor ?? '';
      } while (cursor);
      assert.equal(found.length, count, `${by} ${value}`);
      assert.ok(found.every((row) => row[by] === value));
      assert.equal(new Set(found.map(({ id }) => id)).size, count);
    }
  }
};

for (const profile of profiles) {
  test(`${profile}: a thousand page views are a thousand, whatever SQS does`, { skip: missing, timeout: 300_000 }, async (t) => {
    const all = await world(t, { profile });
    const views = makeViews(all.random);
    await recordViews(all, views);
    const given = await drain(all);
    t.diagnostic(`${given} messages were given to the processor; requests: ${JSON.stringify(all.emulators.counts.requests)}`);
    assert.ok(given > 0);
    assert.deepEqual(all.emulators.counts.refused_signatures, []);
    await expectExact(all, views);
  });

  test(`${profile}: and whatever DynamoDB does: throttled, failing, silent, taking half, and functions killed`, { skip: missing, timeout: 300_000 }, async (t) => {
    const all = await world(t, { profile });
    const views = makeViews(all.random, { count: 300 });
    Object.assign(all.emulators.faults, { throttle: 0.05, fail: 0.03, reset: 0.03, lose_reply: 0.03, partial: 0.05, unprocessed: 0.05 });
    await recordViews(all, views);
    await drain(all, { failures: 0.05, kills: 0.1 });
    t.diagnostic(`faults: ${JSON.stringify(all.emulators.counts.faults)}`);
    Object.keys(all.emulators.faults).forEach((fault) => { all.emulators.faults[fault] = 0; });
    await expectExact(all, views);
  });
}

test('a day that is over is summed, and summed again when something comes late, and its numbers are the same', { skip: missing, timeout: 300_000 }, async (t) => {
  const all = await world(t, { profile: 'lean' });
  const { random, emulators, start } = all;
  const when = Math.floor(Date.now() / day_ms - 3) * day_ms + 10 * 3_600_000;
  const views = [...makeViews(random, { count: 200, when }), ...makeViews(random, { count: 100, from: 200, when: when + day_ms }), ...makeViews(random, { count: 50, from: 300 })];
  // A session ends with its day here.
  for (const view of views) view.session += (view.timestamp ?? '').slice(0, 10);
  await recordViews(all, views);
  await drain(all);
  await expectExact(all, views, when);

  Object.assign(emulators.faults, { throttle: 0.05, fail: 0.02, reset: 0.02, lose_reply: 0.02, unprocessed: 0.05 });
  const compactors = [await start('compactor'), await start('compactor')];
  const until = Date.now() + 60_000;
  const untilDone = async (event, answer) => {
    for (;;) {
      const said = await compactors[0].invoke(event).catch((error) => error);
      if (JSON.stringify(said) === JSON.stringify(answer)) return;
      assert.ok(Date.now() < until, `${said}: ${compactors[0].logs.join('').slice(-1_000)}`);
    }
  };
  await untilDone(scheduledEvent(), {});
  const sums = async () => (await emulators.items()).filter(({ pk }) => pk.S.startsWith(`R#${site}#`));
  const made = (await sums()).length;
  assert.ok(made > 0);
  Object.keys(emulators.faults).forEach((fault) => { emulators.faults[fault] = 0; });
  await expectExact(all, views, when);

  emulators.changed('D#');
  const late = makeViews(random, { count: 40, from: 400, when: when + 60_000 });
  for (const view of late) view.session += view.timestamp.slice(0, 10);
  await recordViews(all, late);
  await drain(all);
  views.push(...late);
  await expectExact(all, views, when);
  const marks = emulators.changed('D#');
  assert.ok(marks.length > 0);
  assert.deepEqual([...new Set(marks.map(({ pk, sk }) => `${pk.S} ${sk.S}`))], [`D#${site} ${new Date(when).toISOString().slice(0, 10).replaceAll('-', '')}`]);
  await untilDone(streamEvent(marks), { batchItemFailures: [] });
  await expectExact(all, views, when);

  // What is not read any more cannot be part of a number: the packs of the days that are over go, and the numbers stay.
  for (const { pk, sk } of (await emulators.items()).filter(({ pk: { S: key } }) => key.startsWith('P#') && !key.endsWith(new Date().toISOString().slice(0, 10).replaceAll('-', '')))) {
    await emulators.dynamo('DeleteItem', { TableName: tableName, Key: { pk, sk } });
  }
  await expectNumbers(all, views, when);
});

test('a page’s script, an image and a named counter work without a token', { skip: missing, timeout: 120_000 }, async (t) => {
  const all = await world(t);
  const { ask } = all;
  const origin = { origin: `https://${site}`, 'content-type': 'text/plain' };
  const event = JSON.stringify({ n: 'pageview', u: `https://${site}/about?utm_source=x`, d: site });
  assert.equal((await ask('POST', '/api/event', { body: event, headers: origin })).statusCode, 202);
  const foreign = await ask('POST', '/api/event', { body: event, headers: { origin: 'https://evil.example' } });
  assert.equal(foreign.headers['x-footfall-dropped'], 'foreign_origin');
  const pixel = await ask('GET', `/pixel.gif?site=${site}&p=/about`);
  assert.equal(pixel.statusCode, 200);
  assert.equal(pixel.isBase64Encoded, true);
  assert.equal(Buffer.from(pixel.body, 'base64').subarray(0, 4).toString(), 'GIF8');
  const numbers = [];
  for (let i = 0; i < 5; ++i) numbers.push((await ask('POST', `/api/counters/likes/increment?site=${site}`)).json().value);
  assert.deepEqual(numbers, [1, 2, 3, 4, 5]);
  await drain(all, { failures: 0 });
  assert.equal((await ask('GET', `/api/counters/%2Fabout?site=${site}`)).json().value, 2);
  const { visits } = (await ask('GET', `/api/visits?site=${site}&path=/about`, { token: adminToken })).json();
  assert.deepEqual(visits.map(({ source }) => source).sort(), ['pixel', 'script']);
  assert.equal(visits[0].ip, '203.0.113.9');
  assert.equal(new Set(visits.map(({ visitor }) => visitor)).size, 1);
  for (const target of ['/api/live', `/api/visits.parquet?site=${site}`]) {
    const answer = await ask('GET', target, { token: adminToken });
    assert.equal(answer.statusCode, 501, target);
    assert.equal(answer.json().code, 'unsupported');
  }
});

test('poison is set aside after five times and holds up nobody', { skip: missing, timeout: 120_000 }, async (t) => {
  const all = await world(t);
  await all.emulators.sqs('SendMessage', { QueueUrl: all.emulators.queueUrl, MessageBody: 'poison' });
  assert.equal((await all.ask('GET', `/pixel.gif?site=${site}&p=/`)).statusCode, 200);
  const until = Date.now() + 60_000;
  const dead = [];
  while (dead.length === 0 && Date.now() < until) {
    await drain(all, { failures: 0, hold: 1 });
    const { Messages = [] } = await all.emulators.sqs('ReceiveMessage', { QueueUrl: all.emulators.deadQueueUrl, MaxNumberOfMessages: 10 });
    dead.push(...Messages.map(({ Body }) => Body).filter((body) => body === 'poison'));
  }
  assert.deepEqual(dead, ['poison']);
  assert.equal((await all.ask('GET', `/api/counters/%2F?site=${site}`)).json().value, 1);
});

test('functions that start together agree on keys, token and salt', { skip: missing, timeout: 120_000 }, async (t) => {
  const all = await world(t, { FOOTFALL_ADMIN_TOKEN: '' });
  const others = [all.api, await all.start('api'), await all.start('api'), await all.start('api')];
  const answers = await Promise.all(others.map((one) => one.invoke(httpEvent('GET', `/pixel.gif?site=${site}&p=/`))));
  assert.deepEqual(answers.map(({ statusCode }) => statusCode), [200, 200, 200, 200]);
  await drain(all, { failures: 0 });
  const items = await all.emulators.items();
  const token = items.find(({ pk }) => pk.S === 'F#admin-token').text.S.trim();
  const ids = new Set();
  for (const one of others) {
    const answer = await one.invoke(httpEvent('GET', `/api/visits?site=${site}&path=/`, { headers: { authorization: `Bearer ${token}` } }));
    assert.equal(answer.statusCode, 200, answer.body);
    const { visits } = JSON.parse(answer.body);
    assert.equal(visits.length, 4);
    assert.equal(new Set(visits.map(({ visitor }) => visitor)).size, 1);
    ids.add(visits.map(({ id }) => id).join());
  }
  assert.equal(ids.size, 1);
});
