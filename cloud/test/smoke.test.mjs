// The smoke test of a deployment, tried on a cloud of this machine: it finds what is whole, and what is not.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startCloud } from './fake_cloud.mjs';

const tool = fileURLToPath(new URL('../tools/smoke.mjs', import.meta.url));
const edge = { keys: [{ id: '1', secret: Buffer.alloc(32, 7).toString('base64url') }], site: 'example.com', hosts: ['127.0.0.1'], session: 'redirect', session_idle_seconds: 1800, session_max_seconds: 7200, protect: 'origin' };
const files = { '/index.html': 'Hello', '/js/footfall.js': '1' };

const look = async (given = {}, args = ['--token', 'secret', '--wait', '3']) => {
  const cloud = await startCloud({ edge, files, token: 'secret', ...given });
  const result = await new Promise((resolve) => {
    execFile(process.execPath, [tool, '--url', cloud.url, '--site', 'example.com', '--api', cloud.api, ...args], (error, stdout, stderr) => resolve({ status: error ? error.code : 0, stdout, stderr }));
  });
  await cloud.close();
  return { ...result, rows: cloud.rows };
};

describe('smoke.mjs', () => {
  test('says that all is well, promise by promise', async () => {
    const { status, stdout, stderr, rows } = await look();
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /11 promises are kept/);
    assert.doesNotMatch(stdout, /NOT OK|skipped/);
    assert.equal(rows.length, 1);
    assert.match(rows[0].path, /^\/smoke\/[0-9a-f]{12}$/);
    assert.equal(rows[0].session.length, 22);
  });

  test('says loudly what it did not look at', async () => {
    const { status, stdout } = await look({}, []);
    assert.equal(status, 0);
    assert.match(stdout, /^skipped .*needs a token$/m);
  });

  for (const [what, given, promise] of [
    ['an origin that believes everybody', { broken: { open: true } }, 'nobody gets past the edge'],
    ['an API that has other keys than the edge', { broken: { keys: true } }, 'a counter answers the next number'],
    ['a view that is counted twice', { broken: { twice: true } }, 'and is one row'],
    ['a counter that stands', { broken: { counter: true } }, 'a counter answers the next number'],
    ['a session that is not refreshed', { broken: { refresh: true } }, 'the session goes on'],
    ['a script that was not published', { files: { '/index.html': 'x' } }, '/js/footfall.js is there'],
    ['an edge without keys', { edge: null }, 'a first visit is sent to itself'],
    ['an edge that lets foreign pages through', { edge: { ...edge, protect: 'off' } }, 'a foreign page records nothing'],
  ]) {
    test(`finds ${what}`, async () => {
      const { status, stdout, stderr } = await look(given);
      assert.equal(status, 1, stdout);
      assert.match(stdout, new RegExp(`^NOT OK .*${promise}`, 'm'));
      assert.match(stderr, /^footfall: \d+ of \d+ promises are not kept/);
    });
  }

  test('a place where nobody answers is one failure after the other, and not a crash', async () => {
    const result = await new Promise((resolve) => {
      execFile(process.execPath, [tool, '--url', 'http://127.0.0.1:9', '--site', 'example.com'], (error, stdout, stderr) => resolve({ status: error?.code, stdout, stderr }));
    });
    assert.equal(result.status, 1);
    assert.match(result.stderr, /^footfall: (\d+) of \1 promises are not kept at http:\/\/127\.0\.0\.1:9\/\n$/);
  });
});
