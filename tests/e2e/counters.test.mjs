// Numbers that can be proved: no answered number is ever answered again or lost, whatever is killed; a receipt says what
// happened and nothing else; a surprise is handed out once; a draw can be recomputed by anyone.
//
// FOOTFALL_KILLS sets how often the program is killed between increments; FOOTFALL_LONG makes that 200.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { atEnd, checkout, folder, run, serve, sleep, until } from './program.mjs';
import { randomOf, seed } from './random.mjs';
import { check, isGood } from './receipt.mjs';

const kills = Number(process.env.FOOTFALL_KILLS ?? (process.env.FOOTFALL_LONG ? 200 : 20));
const increment_path = '/api/counters/likes/increment?site=example.com';
const small_segments = ['--journal-segment', '1'];

// One request on a kept connection; null when the server was gone before it answered.
const ask = (server, agent, path, { method = 'POST', headers = {}, body } = {}) => new Promise((resolve) => {
  const sent = request({ port: server.port, host: '127.0.0.1', path, method, headers, agent }, (answer) => {
    let text = '';
    answer.setEncoding('utf8').on('data', (piece) => (text += piece));
    answer.on('end', () => resolve({ status: answer.statusCode, text, get json() { return JSON.parse(text); } }));
    answer.on('error', () => resolve(null));
  });
  sent.on('error', () => resolve(null));
  sent.end(body);
});
const increment = async (server, agent, retry) => {
  const answer = await ask(server, agent, increment_path, { headers: retry ? { 'idempotency-key': retry } : {} });
  if (answer === null) return null;
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
};

test(`killed ${kills} times between increments, no number is answered twice or lost`, async (t) => {
  t.diagnostic(`seed ${seed}`);
  const random = randomOf(seed);
  const data = join(folder(), 'data');
  const answered = new Map(); // number → receipt
  const unanswered = []; // Idempotency-Keys of those that got no answer
  let keys;
  let highest = 0;
  let retries = 0;
  for (let round = 1; round <= kills; round += 1) {
    const server = await serve({ data, args: small_segments });
    keys ??= (await server.ask('/api/receipts/key')).json;
    assert.ok(await server.count('likes') >= highest, `after kill ${round - 1} the counter is behind what it answered`);
    const agent = new Agent({ keepAlive: true });
    const take = ({ value, receipt }, what) => {
      assert.ok(!answered.has(value), `${value} was answered again (${what}, round ${round})`);
      answered.set(value, receipt);
      highest = Math.max(highest, value);
    };
    for (const retry of unanswered.splice(0)) {
      const first = await increment(server, agent, retry);
      take(first, 'a retry');
      const again = await increment(server, agent, retry);
      assert.equal(again.value, first.value, 'the same key, the same number');
      const [one, two] = [check(first.receipt, keys), check(again.receipt, keys)];
      assert.deepEqual([one.number, one.time], [two.number, two.time], 'and the same statement');
      retries += 1;
    }
    let running = true;
    const worker = async (name) => {
      for (let turn = 0; running; turn += 1) {
        const retry = random.chance(0.5) ? `${round}-${name}-${turn}` : undefined;
        const answer = await increment(server, agent, retry);
        if (answer === null) {
          if (retry) unanswered.push(retry);
          return;
        }
        take(answer, 'an increment');
      }
    };
    const workers = Array.from({ length: 8 }, (_, name) => worker(name));
    await sleep(random.between(5, 250));
    await server.kill();
    running = false;
    await Promise.all(workers);
    agent.destroy();
  }
  const server = await serve({ data });
  const value = await server.count('likes');
  assert.ok(value >= highest);
  // What is missing got no answer: it was on its way to the client, or to the disk, when the program was killed.
  const silent = value - answered.size;
  assert.ok(silent >= 0 && silent <= kills * 8, `${silent} numbers were counted and not answered`);
  const stored = await server.ask('/api/counters/likes?site=example.com&from=2000-01-01');
  assert.equal(stored.json.value, value, 'the store has counted the same');
  let checked = 0;
  for (const [number, receipt] of answered) {
    if (checked >= 300 && number !== highest) continue;
    const statement = check(receipt, keys);
    assert.deepEqual([statement.site, statement.key, statement.number], ['example.com', 'likes', number]);
    checked += 1;
  }
  t.diagnostic(`${answered.size} numbers answered, ${retries} asked for again, ${silent} counted without an answer, ${checked} receipts checked`);
  assert.ok(answered.size > kills * 10 && retries > 0);
  await server.stop();
});

test('64 who count at once get consecutive numbers, each one its own', async () => {
  const server = await serve();
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const keys = (await server.ask('/api/receipts/key')).json;
  const answers = await Promise.all(Array.from({ length: 2_000 }, () => increment(server, agent)));
  assert.deepEqual(answers.map(({ value }) => value).sort((a, b) => a - b), Array.from({ length: 2_000 }, (_, at) => at + 1));
  const together = answers.filter(({ receipt }) => receipt.length > 300);
  assert.ok(together.length > 100, 'many shared a signature');
  for (const { value, receipt } of answers.slice(0, 500)) assert.equal(check(receipt, keys).number, value);
  agent.destroy();
  await server.stop();
});

test('a receipt that is altered anywhere is refused, here and elsewhere', async () => {
  const server = await serve();
  const agent = new Agent({ keepAlive: true });
  const keys = (await server.ask('/api/receipts/key')).json;
  const { receipt } = await increment(server, agent);
  assert.equal((await server.ask('/api/receipts/verify', { method: 'POST', body: { receipt } })).json.valid, true);
  for (let at = 0; at < receipt.length; at += 3) {
    const altered = receipt.slice(0, at) + (receipt[at] === 'A' ? 'B' : 'A') + receipt.slice(at + 1);
    const verdict = (await server.ask('/api/receipts/verify', { method: 'POST', body: { receipt: altered } })).json;
    assert.equal(verdict.valid, false, `byte ${at}`);
    assert.ok(!isGood(altered, keys));
  }
  agent.destroy();
  await server.stop();
});

test('the command line verifies a receipt without a server, and the key may be replaced', async () => {
  const server = await serve();
  const agent = new Agent({ keepAlive: true });
  const before = (await increment(server, agent)).receipt;
  const rotated = await run(['receipt', 'rotate', '--data', server.data]);
  assert.equal(rotated.code, 0, rotated.err);
  const after = (await increment(server, agent)).receipt;
  const keys = (await server.ask('/api/receipts/key', { token: null })).json;
  assert.equal(keys.keys.length, 2);
  assert.notEqual(check(before, keys).key_id, check(after, keys).key_id);
  const remote = await run(['receipt', 'verify', before, '--server', server.url]);
  assert.equal(JSON.parse(remote.out).number, 1);
  assert.equal(statSync(join(server.data, 'receipt-keys.json')).mode & 0o777, 0o600);
  agent.destroy();
  await server.stop();

  const file = join(server.data, 'published.json');
  writeFileSync(file, JSON.stringify(keys));
  const local = await run(['receipt', 'verify', after, '--key', file]);
  assert.equal(local.code, 0, local.err);
  assert.deepEqual(JSON.parse(local.out), check(after, keys));
  const key = join(server.data, 'public-key');
  writeFileSync(key, `${keys.keys[0].public_key}\n`);
  assert.equal((await run(['receipt', 'verify', before, '--key', key])).code, 0);
  assert.equal((await run(['receipt', 'verify', after, '--key', key])).code, 1, 'another key signed it');
  assert.equal((await run(['receipt', 'verify', `${after}A`, '--key', file])).code, 1);
  assert.equal((await run(['receipt', 'verify', after, '--data', server.data])).code, 0);
});

const rules = (server, body) => server.ask('/api/counters/likes?site=example.com', { method: 'PUT', body });

test('one of 100 concurrent claims gets the surprise, also when the program is killed meanwhile', async (t) => {
  t.diagnostic(`seed ${seed}`);
  const random = randomOf(seed);
  const data = join(folder(), 'data');
  const prizes = Array.from({ length: 50 }, (_, at) => ({ code: `code ${at}` }));
  const given = new Map(); // number → surprise
  let first = true;
  let cut = 0;
  for (let round = 0; round < 6; round += 1) {
    const server = await serve({ data });
    if (first) assert.equal((await rules(server, { winners: { every: 2 }, prizes })).status, 200);
    first = false;
    const agent = new Agent({ keepAlive: true, maxSockets: 100 });
    await increment(server, agent);
    const { value, receipt } = await increment(server, agent);
    assert.equal(value % 2, 0);
    const claim = () => ask(server, agent, '/api/counters/likes/claim?site=example.com', { body: JSON.stringify({ receipt }) });
    const claims = Array.from({ length: 100 }, claim);
    if (round % 2) {
      await sleep(random.between(1, 25));
      await server.kill();
    }
    const answers = (await Promise.all(claims)).filter((answer) => answer !== null);
    const winners = answers.filter(({ status }) => status === 200);
    assert.ok(winners.length <= 1, 'the surprise was given twice');
    assert.ok(answers.every(({ status }) => status === 200 || status === 409));
    if (winners.length === 1) given.set(value, winners[0].json.surprise.code);
    if (!(round % 2)) assert.equal(winners.length, 1);
    agent.destroy();
    if (round % 2) {
      // Whoever got no answer asks again: given once in all, now or before.
      const again = await serve({ data });
      const late = await ask(again, undefined, '/api/counters/likes/claim?site=example.com', { body: JSON.stringify({ receipt }) });
      if (winners.length === 1) assert.equal(late.status, 409, 'a surprise that was handed out is handed out again');
      if (late.status === 200) given.set(value, late.json.surprise.code);
      else cut += winners.length === 1 ? 0 : 1;
      await again.kill();
    } else {
      await server.stop();
    }
  }
  assert.equal(new Set(given.values()).size, given.size, 'no code was given to two');
  const server = await serve({ data });
  const { wins, claimed } = (await server.ask('/api/counters/likes/wins?site=example.com')).json;
  assert.equal(claimed, 6);
  for (const [number, code] of given) {
    assert.equal(wins.find((win) => win.number === number).surprise.code, code, `what was given for ${number} is what is known`);
  }
  t.diagnostic(`${given.size} surprises answered, ${cut} handed out without an answer`);
  await server.stop();
});

test('the draw is the one that was committed to: the script of the manual finds the same winners', async () => {
  const server = await serve();
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  assert.equal((await rules(server, { winners: { random: { one_in: 20 } } })).status, 200);
  const before = (await server.ask('/api/counters/likes/draw?site=example.com', { token: null })).json.rules[0];
  assert.ok(before.seed_commitment && !before.seed);
  await Promise.all(Array.from({ length: 400 }, () => increment(server, agent)));
  await server.ask('/api/counters/likes/draw/reveal?site=example.com', { method: 'POST' });
  await Promise.all(Array.from({ length: 100 }, () => increment(server, agent)));
  const { rules: after } = (await server.ask('/api/counters/likes/draw?site=example.com', { token: null })).json;
  assert.equal(after[0].seed_commitment, before.seed_commitment);

  const page = readFileSync(join(checkout, 'docs/winners.md'), 'utf8');
  const script = page.match(/^```python\n(.*?)^```$/ms)[1];
  assert.ok(script.trim().split('\n').length <= 20);
  const file = join(folder(), 'draw.py');
  writeFileSync(file, script);
  const out = execFileSync('python3', [file, server.url, 'example.com', 'likes'], { encoding: 'utf8' });
  const { wins } = (await server.ask('/api/counters/likes/wins?site=example.com&limit=1000')).json;
  const numbers = wins.map(({ number }) => number).sort((a, b) => a - b);
  assert.ok(numbers.length > 3 && numbers.every((number) => number <= 400), `${numbers}`);
  assert.deepEqual(out.trim().split('\n').at(-1).split(' ').map(Number), numbers);
  agent.destroy();
  await server.stop();
});

test('where each counts once, a restart changes nothing', async () => {
  const data = join(folder(), 'data');
  let server = await serve({ data });
  await rules(server, { once_per: 'visitor-day', initial: 1_000 });
  const count = (userAgent) => ask(server, undefined, increment_path, { headers: { 'user-agent': userAgent } }).then((answer) => answer.json);
  assert.equal((await count('Ann')).value, 1_001);
  assert.equal((await count('Bob')).value, 1_002);
  assert.deepEqual(await count('Ann'), { site: 'example.com', key: 'likes', value: 1_001, counted: false });
  await server.ask('/api/counters/likes?site=example.com&from=2000-01-01'); // all of it is in the store
  await server.kill();
  server = await serve({ data });
  assert.deepEqual(await count('Ann'), { site: 'example.com', key: 'likes', value: 1_001, counted: false });
  assert.equal((await count('Cem')).value, 1_003);
  await server.stop();
});

test('any text of one line is a key, however it is encoded, and nothing else is', async () => {
  const server = await serve();
  const of = async (path, method = 'POST') => ask(server, undefined, path, { method });
  for (const [because, sent, key] of [
    ['a path', '%2Fabout%2Fus', '/about/us'],
    ['a path as it is', '/about/us', '/about/us'],
    ['a whole URL', 'https%3A%2F%2Fexample.com%2Fa%3Fb%3D1%23c', 'https://example.com/a?b=1#c'],
    ['dots that lead nowhere', '..%2F..%2Fetc%2Fpasswd', '../../etc/passwd'],
    ['dots that are not encoded', 'a/../b', 'a/../b'],
    ['Unicode', '%F0%9F%90%9A%20caf%C3%A9', '\u{1f41a} caf\u00e9'],
    ['what HTML would read', '%3Cscript%3E%22%26', '<script>"&'],
    ['2,000 bytes', '%61'.repeat(2_000), 'a'.repeat(2_000)],
  ]) {
    const before = await server.count(key);
    const grown = await of(`/api/counters/${sent}/increment?site=example.com`);
    assert.equal(grown.status, 200, `${because}: ${grown.text}`);
    assert.deepEqual([grown.json.key, grown.json.value], [key, before + 1], because);
    assert.equal((await of(`/api/counters/${sent}?site=example.com`, 'GET')).json.value, before + 1, because);
  }
  for (const [because, sent, status] of [
    ['2,001 bytes', '%61'.repeat(2_001), 400],
    ['not UTF-8', '%C3%28', 400],
    ['half a percent sign', 'a%2', 400],
    ['two lines', 'a%0D%0Ab', 400],
    ['a zero', 'a%00b', 400],
    ['the total', 'TOTAL', 400],
    ['nothing', '', 405],
  ]) {
    const refused = await of(`/api/counters/${sent}/increment?site=example.com`);
    assert.equal(refused.status, status, `${because}: ${refused.text}`);
    assert.match(refused.json.code, /invalid|unsupported/, because);
  }
  assert.equal((await of('/api/counters/never?site=example.com', 'GET')).status, 404);
  assert.equal((await of('/api/counters/?site=example.com', 'GET')).status, 404);
  // Past the largest number nothing is counted, and what is there stays.
  const big = '/api/counters/big/increment?site=example.com';
  assert.equal((await server.ask(big, { method: 'POST', body: { by: Number.MAX_SAFE_INTEGER } })).status, 200);
  assert.equal((await of(big)).status, 409);
  assert.equal(await server.count('big'), Number.MAX_SAFE_INTEGER);
  await server.stop();
});

test('hits and visitors of a page are exact and current, of any time', async () => {
  const server = await serve();
  for (let visitor = 0; visitor < 5; visitor += 1) {
    for (let turn = 0; turn <= visitor; turn += 1) {
      await server.visit('/a', { visitor: `v${visitor}` });
      const numbers = (await server.ask('/api/counters/%2Fa?site=example.com&unique=1&fresh=true')).json;
      assert.equal(numbers.visitors, visitor + 1, 'at once');
    }
  }
  // Strangers are told the same, a second later at most, however often they ask.
  const asStranger = async (path) => (await server.ask(path, { token: null })).json;
  await until(async () => (await asStranger('/api/counters/TOTAL?site=example.com&unique=1')).visitors === 5, 'the number of everybody');
  const total = await asStranger('/api/counters/TOTAL?site=example.com&unique=1');
  assert.deepEqual(total, { site: 'example.com', key: 'TOTAL', value: 15, visitors: 5 });
  assert.equal((await server.ask('/api/counters/%2Fa?site=example.com&unique=1&fresh=true', { token: null })).status, 401);
  const past = (await server.ask('/api/counters/%2Fa?site=example.com&unique=1&to=2020-01-01', { token: null })).json;
  assert.deepEqual([past.value, past.visitors], [0, 0]);
  await server.stop();
});

test('while much is counted and much is asked, no number goes back, and visitors are never more than views', async () => {
  const server = await serve();
  let running = true;
  const counting = Array.from({ length: 4 }, async (_, worker) => {
    for (let turn = 0; running; turn += 1) await server.visit('/a', { visitor: `${worker}-${turn % 50}` });
  });
  await until(async () => (await server.count('/a')) > 0, 'the first');
  const asking = Array.from({ length: 6 }, async () => {
    let last = { value: 0, visitors: 0 };
    for (let turn = 0; turn < 60; turn += 1) {
      const now = (await server.ask('/api/counters/%2Fa?site=example.com&unique=1', { token: null })).json;
      assert.ok(now.value >= last.value && now.visitors >= last.visitors, `${JSON.stringify(now)} after ${JSON.stringify(last)}`);
      assert.ok(now.visitors <= now.value && now.visitors <= 200, JSON.stringify(now));
      last = now;
    }
  });
  await Promise.all(asking);
  running = false;
  await Promise.all(counting);
  const end = (await server.ask('/api/counters/%2Fa?site=example.com&unique=1&fresh=true')).json;
  const rows = await server.rows();
  assert.deepEqual([end.value, end.visitors], [rows.length, new Set(rows.map(({ visitor }) => visitor)).size]);
  await server.stop();
});

test('the webhook is told of every win and claim, signed, though nobody answers at first and the program is killed', async () => {
  const told = [];
  let works = false;
  const inbox = createServer((message, answer) => {
    let body = '';
    message.setEncoding('utf8').on('data', (piece) => (body += piece)).on('end', () => {
      if (works) told.push({ body, signature: message.headers['footfall-signature'], url: message.url });
      answer.writeHead(works ? 204 : 500).end();
    });
  });
  await new Promise((resolve) => inbox.listen(0, '127.0.0.1', resolve));
  atEnd(() => inbox.close());
  const data = join(folder(), 'data');
  const args = ['--webhook', `http://127.0.0.1:${inbox.address().port}/hooks?of=footfall`, '--webhook-secret', 'a secret'];
  let server = await serve({ data, args });
  await rules(server, { winners: { every: 2 }, prizes: ['a book'] });
  for (let turn = 0; turn < 3; turn += 1) await increment(server);
  const { receipt } = await increment(server);
  assert.equal((await ask(server, undefined, '/api/counters/likes/claim?site=example.com', { body: JSON.stringify({ receipt }) })).status, 200);
  await until(() => server.said.includes('trying again'), 'the first failure');
  const metric = async (name) => Number((await server.ask('/metrics')).text.match(new RegExp(`^footfall_webhook_${name} (\\d+)$`, 'm'))[1]);
  await until(async () => (await metric('waiting')) === 3, 'all three to wait');
  assert.ok((await metric('failed_total')) > 0);
  assert.equal(await metric('sent_total'), 0);
  await server.kill();
  works = true;
  server = await serve({ data, args });
  await until(() => told.length >= 3, () => `three messages: ${JSON.stringify(told)}`);
  const messages = told.map(({ body }) => JSON.parse(body));
  assert.deepEqual(messages.map(({ type, number }) => `${type} ${number}`), ['win 2', 'win 4', 'claim 4']);
  assert.deepEqual(messages[2].surprise, { text: 'a book' });
  assert.equal(new Set(messages.map(({ id }) => id)).size, 3);
  await until(async () => (await metric('sent_total')) === 3, 'the server to know that they were taken');
  assert.equal(await metric('waiting'), 0);
  for (const { body, signature, url } of told) {
    const [, time, hex] = signature.match(/^t=(\d+),v1=([0-9a-f]{64})$/);
    assert.equal(hex, createHmac('sha256', 'a secret').update(`${time}.${body}`).digest('hex'));
    assert.equal(url, '/hooks?of=footfall');
  }
  await server.stop();
  const refused = await run(['serve', '--data', data, '--listen', '127.0.0.1:0', '--webhook', 'http://127.0.0.1:1/']);
  assert.equal(refused.code, 2, 'not without a secret');
  assert.match(refused.err, /secret/);
});
