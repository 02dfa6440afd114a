// The tools of a deployment, with a stand-in for the `aws` command: what they ask for, and what they leave alone.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { engines, eventOf } from './edge_runner.mjs';
import { groupOf, isNamedByContent, stage } from '../tools/publish.mjs';
import { rotated } from '../tools/keys.mjs';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'footfall-tools-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, 'bin'));
symlinkSync(fileURLToPath(new URL('fake_aws.mjs', import.meta.url)), join(folder, 'bin/aws'));

const outputs = { Url: 'https://d1.cloudfront.net/', Site: 'example.com', Bucket: 'footfall-sitebucket-1', DistributionId: 'E1', Table: 'footfall-visits',
  KeyValueStoreArn: 'arn:aws:cloudfront::123456789012:key-value-store/1', ApiUrl: 'https://a.execute-api.us-east-1.amazonaws.com/' };

let clouds = 0;
const cloud = (given = {}) => {
  const path = join(folder, `cloud-${(clouds += 1)}.json`);
  writeFileSync(path, JSON.stringify({ outputs, items: {}, store: {}, etag: 1, calls: [], ...given }));
  return {
    get state() {
      return JSON.parse(readFileSync(path, 'utf8'));
    },
    run: (tool, ...args) => new Promise((resolve) => {
      const env = { ...process.env, FAKE_AWS: path, PATH: given.noAws ? join(folder, 'nothing') : `${join(folder, 'bin')}:${process.env.PATH}` };
      execFile(process.execPath, [join(checkout, 'cloud/tools', `${tool}.mjs`), ...args], { cwd: checkout, env }, (error, stdout, stderr) => resolve({ status: error ? error.code : 0, stdout, stderr }));
    }),
  };
};
const keysOf = ({ state }) => JSON.parse(state.items['F#session-keys|-'].text.S).keys;
const edgeOf = ({ state }) => JSON.parse(state.store.edge);

describe('keys.mjs', () => {
  test('makes keys and a token where there are none, and brings them to the edge', async () => {
    const made = cloud();
    const { status, stdout, stderr } = await made.run('keys');
    assert.equal(status, 0, stderr);
    const [key] = keysOf(made);
    assert.equal(key.id, '1');
    assert.equal(Buffer.from(key.secret, 'base64url').length, 32);
    const { keys, ...settings } = edgeOf(made);
    assert.deepEqual(keys, [key]);
    assert.deepEqual(settings, { session: 'redirect', protect: 'origin', hosts: [], session_idle_seconds: 1800, session_max_seconds: 7200, site: 'example.com' });
    const token = made.state.items['F#admin-token|-'].text.S.trim();
    assert.match(token, /^ff_admin_[\w-]{43}$/);
    assert.ok(!stdout.includes(token), 'logs of a pipeline are read by many');
    assert.ok((await made.run('keys', '--show-token')).stdout.includes(token));
    const [{ run }] = engines;
    const [redirect] = await run('page_request', [{ now: Math.floor(Date.now() / 1000), edge: edgeOf(made), event: eventOf({}) }]);
    assert.equal(redirect.statusCode, 302, 'the edge functions take what the tool writes');
  });

  test('a second run changes nothing', async () => {
    const made = cloud();
    await made.run('keys');
    const before = made.state;
    const { status, stdout } = await made.run('keys');
    assert.equal(status, 0);
    assert.match(stdout, /already/);
    assert.deepEqual([made.state.items, made.state.store], [before.items, before.store]);
  });

  test('changes a setting and keeps the others', async () => {
    const made = cloud();
    await made.run('keys', '--session', 'response', '--hosts', 'Shop.example.com, blog.example.com');
    await made.run('keys', '--require-session', 'yes', '--session-idle-seconds', '600');
    const { keys, ...settings } = edgeOf(made);
    assert.equal(keys.length, 1);
    assert.deepEqual(settings, { session: 'response', protect: 'origin', hosts: ['shop.example.com', 'blog.example.com'], session_idle_seconds: 600, session_max_seconds: 7200, require_session: true, site: 'example.com' });
  });

  test('a rotation is in the table before it is at the edge, and the old key stays', async () => {
    const made = cloud();
    await made.run('keys');
    const { status, stderr } = await made.run('keys', '--rotate', '--wait', '0');
    assert.equal(status, 0, stderr);
    const [old, next] = keysOf(made);
    assert.deepEqual([old.id, next.id], ['1', '2']);
    assert.equal(made.state.items['F#session-keys|-'].ver.N, '2');
    assert.ok(old.retired && !next.retired);
    assert.deepEqual(edgeOf(made).keys, [old, next]);
    const calls = made.state.calls.map(({ args }) => args[1]);
    assert.ok(calls.lastIndexOf('put-item') < calls.lastIndexOf('put-key'));
  });

  test('a key leaves at the first rotation after all that it signed has ended', () => {
    const at = (minutes) => new Date(Date.UTC(2026, 0, 1, 0, minutes));
    const first = { id: 'z', secret: 'x', made: at(0).toISOString() };
    const second = rotated([first], at(1));
    assert.deepEqual(second.map(({ id }) => id), ['z', '10']);
    assert.deepEqual(rotated(second, at(126)).map(({ id }) => id), ['z', '10', '11']);
    assert.deepEqual(rotated(second, at(127)).map(({ id }) => id), ['10', '11']);
  });

  test('of two who rotate at once, one is told', async () => {
    const made = cloud();
    await made.run('keys');
    const racing = cloud({ ...made.state, race: true });
    const { status, stderr } = await racing.run('keys', '--rotate', '--wait', '0');
    assert.equal(status, 1);
    assert.match(stderr, /^footfall: aws dynamodb put-item: .*ConditionalCheckFailed/);
  });

  test('secrets stand on no command line', async () => {
    const made = cloud();
    await made.run('keys');
    const secrets = [keysOf(made)[0].secret, made.state.items['F#admin-token|-'].text.S.trim()];
    for (const { args } of made.state.calls) for (const secret of secrets) assert.ok(!args.join(' ').includes(secret), args[1]);
  });

  test('what cannot be is refused before anything is changed', async () => {
    const hosts = Array.from({ length: 50 }, (_, i) => `a-rather-long-name-${i}.example.com`).join(',');
    for (const [args, message] of [[['--session', 'maybe'], /--session must be/], [['--hosts', 'https://x'], /is no host name/], [['--session-idle-seconds', '0'], /number of seconds/],
      [['--require-session', 'true'], /must be yes, no/], [['--wait', 'long'], /--wait/], [['extra'], /what is 'extra'/]]) {
      const made = cloud();
      const { status, stderr } = await made.run('keys', ...args);
      assert.equal(status, 2);
      assert.match(stderr, message);
      assert.deepEqual(made.state.items, {});
    }
    const made = cloud();
    const { stderr } = await made.run('keys', '--hosts', hosts);
    assert.match(stderr, /the key value store takes 1024/);
    assert.deepEqual(made.state.store, {});
    assert.equal((await cloud().run('keys', '--nonsense')).status, 2);
  });

  test('a stack that is not there, and a machine without the AWS command line, are told in a line', async () => {
    assert.match((await cloud({ outputs: null }).run('keys')).stderr, /^footfall: aws cloudformation describe-stacks: .*does not exist\n$/);
    assert.match((await cloud({ outputs: { Other: 'x' } }).run('keys')).stderr, /no outputs of Footfall/);
    assert.match((await cloud({ noAws: true }).run('keys')).stderr, /the AWS command line \(version 2\) is not installed/);
  });
});

describe('publish.mjs', () => {
  const source = join(folder, 'site');
  for (const [name, text] of Object.entries({ 'index.html': '<h1>Hello</h1>', '404.html': 'none', 'style.css': 'a{}', 'style.css.br': 'x', 'assets/app-D4fk29Xa.js': '1', 'feed.json': '{}',
    '.git/config': 'secret', '.env': 'secret', '.well-known/security.txt': 'mail', 'blog/.draft.html': 'x', 'blog/index.html': 'x' })) {
    mkdirSync(join(source, name, '..'), { recursive: true });
    writeFileSync(join(source, name), text);
  }
  symlinkSync('/etc/passwd', join(source, 'passwd'));

  test('a file may be cached for as long as its name is true', () => {
    for (const [name, group] of [['index.html', 'pages'], ['feed.json', 'pages'], ['a/B.HTM', 'pages'], ['app.webmanifest', 'pages'], ['style.css', 'assets'], ['logo.png', 'assets'],
      ['assets/app-D4fk29Xa.js', 'immutable'], ['js/footfall.js', 'assets'], ['index-5d41402a.html', 'pages']]) {
      assert.equal(groupOf(name), group, name);
    }
  });

  test('which names are made of their content is the rule of the server', () => {
    const text = readFileSync(join(checkout, 'src/app/api/media_type_test.cc'), 'utf8');
    const names = (from, to) => [...text.slice(text.indexOf(from), text.indexOf(to)).matchAll(/"(\/[^"]*)"/g)].map(([, name]) => name);
    const [yes, no] = [names('AreTheFilesOfBundlers', 'AreNotNamesThatPeopleGive'), names('AreNotNamesThatPeopleGive', '}  // namespace')];
    assert.ok(yes.length >= 10 && no.length >= 20);
    for (const name of yes) assert.equal(isNamedByContent(name), true, name);
    for (const name of no) assert.equal(isNamedByContent(name), false, name);
  });

  test('what a server never shows, links, and compressed forms stay at home', () => {
    const target = join(folder, 'staged');
    writeFileSync(join(folder, 'script.js'), '1');
    const { files, skipped } = stage(source, [[join(folder, 'script.js'), 'js/footfall.js']], target);
    const below = (group) => readdirSync(join(target, group), { recursive: true }).filter((name) => statSync(join(target, group, name)).isFile()).sort();
    assert.deepEqual(below('pages'), ['404.html', 'blog/index.html', 'feed.json', 'index.html']);
    assert.deepEqual(below('assets'), ['.well-known/security.txt', 'js/footfall.js', 'style.css']);
    assert.deepEqual(below('immutable'), ['assets/app-D4fk29Xa.js']);
    assert.equal(files, 8);
    assert.deepEqual(skipped.sort(), ['.env', '.git', 'blog/.draft.html', 'passwd', 'style.css.br']);
  });

  test('a folder without a front page, or with files where Footfall has its own, is refused', () => {
    const other = join(folder, 'other');
    mkdirSync(join(other, 'api'), { recursive: true });
    assert.throws(() => stage(other, [], join(folder, 'staged-2')), /no index\.html/);
    writeFileSync(join(other, 'index.html'), '');
    writeFileSync(join(other, 'api/x.html'), '');
    assert.throws(() => stage(other, [], join(folder, 'staged-2')), /api\/x\.html is where Footfall has its own/);
  });

  test('assets come first, pages last and with what is gone; then CloudFront forgets, and says when it has', async () => {
    const made = cloud();
    const { status, stdout, stderr } = await made.run('publish', source);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /left out: .*passwd/);
    const calls = made.state.calls.map(({ args }) => args);
    const syncs = calls.filter(([service]) => service === 's3');
    assert.deepEqual(syncs.map((args) => [args[2].split('/').at(-1), args[args.indexOf('--cache-control') + 1], args.includes('--delete')]), [
      ['immutable', 'public, max-age=31536000, immutable', false],
      ['assets', 'public, max-age=60, must-revalidate', false],
      ['pages', 'public, max-age=0, must-revalidate', true],
    ]);
    for (const args of syncs) assert.equal(args[3], 's3://footfall-sitebucket-1');
    assert.deepEqual(calls.slice(-2).map((args) => args.slice(0, 2).join(' ')), ['cloudfront create-invalidation', 'cloudfront wait']);
    const staged = readdirSync(join(checkout, 'build/cloud-site'), { recursive: true });
    for (const name of ['assets/js/footfall.js', 'assets/js/counter.js', 'pages/dashboard.html']) assert.ok(staged.includes(name), name);
  });

  test('pages that report for another site are not published, as all that they report would be dropped', async () => {
    const example = join(checkout, 'examples/site');
    const made = cloud();
    const { status, stderr } = await made.run('publish', example);
    assert.equal(status, 1);
    assert.match(stderr, /^footfall: the stack counts for example\.com, and data-site says something else in .*index\.html \(localhost\)/);
    assert.deepEqual(made.state.calls.filter(({ args }) => args[0] === 's3'), []);
    assert.equal((await made.run('publish', '--other-sites', example)).status, 0);
  });

  test('no folder, a file, a stack that is not there', async () => {
    assert.match((await cloud().run('publish')).stderr, /which folder/);
    assert.match((await cloud().run('publish', join(source, 'index.html'))).stderr, /is no folder/);
    assert.match((await cloud({ outputs: null }).run('publish', source)).stderr, /does not exist/);
  });
});
