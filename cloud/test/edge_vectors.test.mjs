// The edge functions against what C++ is held to: tests/vectors. Each in node, in njs and in C++.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { engines, eventOf, responseOf } from './edge_runner.mjs';

const vectors = (name) => JSON.parse(readFileSync(new URL(`../../tests/vectors/${name}`, import.meta.url), 'utf8'));
const settings = { site: 'example.com', session: 'redirect', session_idle_seconds: 1800, session_max_seconds: 7200, protect: 'origin' };

for (const { name, run, skip } of engines) {
  // A skipped suite counts for nothing; a skipped test is seen at the end of a run.
  if (skip) {
    test(`the shared vectors in ${name}`, { skip });
    continue;
  }
  describe(`The shared vectors in ${name}`, () => {
    test('of the session cookie', async () => {
      const { keys, cases, idle_seconds, max_seconds } = vectors('session_cookie.json');
      assert.ok(cases.length > 60);
      const results = await run('page_response', cases.map((one) => ({
        now: one.now,
        edge: { ...settings, keys: keys.keys, secure: one.secure, session_idle_seconds: idle_seconds, session_max_seconds: max_seconds },
        event: eventOf({ type: 'viewer-response', host: one.host, cookie: one.cookie, response: responseOf(200, { 'content-type': 'text/html' }) }),
      })));
      for (const [i, one] of cases.entries()) {
        const cookie = results[i].cookies[one.secure ? '__Host-footfall' : 'footfall'];
        if (!one.session) {
          assert.equal(cookie, undefined, one.because);
          continue;
        }
        // A session that another machine saw a little ahead of us stays as it is, like in Edge::begin: a time never goes back.
        const ahead = one.session.seen > one.now;
        assert.equal(cookie.value, ahead ? one.cookie.split('=')[1] : one.refreshed, one.because);
        assert.equal(cookie.attributes, `Path=/; Max-Age=7200${one.secure ? '; Secure' : ''}; HttpOnly; SameSite=Lax`, one.because);
      }
    });

    test('of the session that the API is told', async () => {
      const { keys, cases } = vectors('session_cookie.json');
      const results = await run('api_request', cases.map((one) => ({
        now: one.now, edge: { ...settings, keys: keys.keys, secure: one.secure },
        event: eventOf({ method: 'POST', uri: '/api/event', host: one.host, cookie: one.cookie }),
      })));
      for (const [i, one] of cases.entries()) assert.equal(results[i].headers['x-ff-session']?.value, one.session?.id, one.because);
    });

    test('of what is recorded', async () => {
      const { keys } = vectors('session_cookie.json');
      // CloudFront hands out the path alone, and knows the type of what it serves.
      const cases = vectors('recorded.json').filter((one) => one.target.startsWith('/'));
      assert.ok(cases.length > 60);
      const results = await run('page_response', cases.map((one) => ({
        now: 1795251780, edge: { ...settings, session: 'response', keys: keys.keys },
        event: eventOf({ type: 'viewer-response', method: one.method, uri: one.target.split(/[?#]/)[0],
          headers: one.purpose ? { 'sec-purpose': one.purpose } : {},
          response: responseOf(one.status, one.type === '' ? {} : { 'content-type': one.type ?? 'text/html' }) }),
      })));
      for (const [i, one] of cases.entries()) {
        assert.equal('__Host-footfall' in results[i].cookies, one.path !== null, `${one.because}: ${one.method} ${one.target}`);
      }
    });

    test('of the proof that the origin gets', async () => {
      const { keys, now, cases } = vectors('edge_proof.json');
      const signed = keys.keys.at(-1);
      // What the function says now is what the vectors call good.
      const told = cases.filter((one) => one.good && one.proof.startsWith(`${signed.id}.${now.toString(36)}.`));
      assert.ok(told.length >= 4);
      const cookie = (host, id) => {
        const [started, seen] = [now - 60, now - 30].map((time) => time.toString(36));
        const mac = createHmac('sha256', Buffer.from(signed.secret, 'base64url')).update(['1', signed.id, host, id, started, seen].join('.')).digest();
        return `__Host-footfall=${['1', signed.id, id, started, seen, mac.subarray(0, 16).toString('base64url')].join('.')}`;
      };
      const results = await run('api_request', told.map((one) => ({ now, edge: { ...settings, keys: keys.keys },
        event: eventOf({ method: 'POST', uri: one.path, host: one.host, ip: one.ip, cookie: one.session ? cookie(one.host, one.session) : '' }) })));
      for (const [i, one] of told.entries()) {
        const { headers } = results[i];
        assert.deepEqual({ host: headers['x-ff-host'].value, ip: headers['x-ff-ip'].value, session: headers['x-ff-session']?.value ?? '', path: headers['x-ff-path'].value, proof: headers['x-ff-edge'].value },
          { host: one.host, ip: one.ip, session: one.session, path: one.path, proof: one.proof }, one.because);
      }
    });
  });
}
