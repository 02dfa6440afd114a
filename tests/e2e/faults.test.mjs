// What a person meets who starts the program: wrong usage, ports and folders that are taken, configuration, manuals.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { folder, run, serve } from './program.mjs';
import { Wire, head } from './wire.mjs';

// One line for a person that names the trouble, no stack, nothing on standard output, and the exit code that scripts need.
const assertTells = (ended, code, words) => {
  assert.equal(ended.code, code, `${ended.code}: ${ended.err}`);
  assert.equal(ended.out, '');
  assert.match(ended.err, /^footfall: [^\n]+\n$/, 'one line on standard error');
  assert.match(ended.err, words);
};

const serveArgs = (data, ...more) => ['serve', '--data', data, '--listen', '127.0.0.1:0', ...more];

describe('A start that cannot be', () => {
  test('a port in use: one line, exit code 1, and who has it is not disturbed', async () => {
    const first = await serve();
    const address = `127.0.0.1:${first.port}`;
    const second = await run(['serve', '--data', join(folder(), 'data'), '--listen', address, '--site', 'example.com'], { ms: 5_000 });
    assertTells(second, 1, new RegExp(address.replaceAll('.', '\\.')));
    await first.visit('/unharmed');
    assert.equal((await first.rows()).length, 1);
    await first.stop();
  });

  test('a port that another program has: the same', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const data = join(folder(), 'data');
    const port = other.address().port;
    assertTells(await run(['serve', '--data', data, '--listen', `127.0.0.1:${port}`]), 1, new RegExp(String(port)));
    other.close();
    // Nothing stays locked or half made.
    const server = await serve({ data });
    await server.stop();
  });

  test('a data folder in use: one line within a second, exit code 1, and the first process goes on', async () => {
    const first = await serve();
    await first.visit('/before');
    const begun = performance.now();
    const second = await run(serveArgs(first.data, '--site', 'example.com'), { ms: 5_000 });
    const ms = performance.now() - begun;
    assertTells(second, 1, /in use/);
    assert.ok(second.err.includes(first.data), 'it says which folder');
    assert.ok(ms < 1_000, `it took ${Math.round(ms)} ms`);
    await first.visit('/after');
    assert.deepEqual((await first.rows()).map((row) => row.path), ['/before', '/after']);
    assert.equal((await run(['export', '--data', first.data])).out.split('\n').length, 3, 'commands still find the first');
    assert.equal((await first.stop()).code, 0);
  });

  test('a data folder that cannot be made', async () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    assertTells(await run(serveArgs(join(file, 'data'))), 1, /data/);
    assertTells(await run(serveArgs(file)), 1, /file/);
  });

  test('a root folder that is not there', async () => {
    const root = join(folder(), 'nowhere');
    assertTells(await run(serveArgs(join(folder(), 'data'), '--root', root)), 1, /nowhere/);
  });

  for (const [because, ...args] of [
    ['an unknown flag', 'serve', '--colour', 'blue'],
    ['an unknown command', 'count'],
    ['no command at all'],
    ['a command that needs another', 'site'],
    ['too many arguments', 'serve', 'now'],
    ['an option without its value', 'serve', '--data'],
    ['a listen address without a port', 'serve', '--listen', 'localhost'],
    ['a listen port that is none', 'serve', '--listen', '127.0.0.1:99999'],
    ['a listen address that is none', 'serve', '--listen', '127.0.0.256:80'],
    ['a rate that is none', 'serve', '--rate-limit', 'fast'],
    ['a number that is none', 'serve', '--threads', 'many'],
    ['a number out of range', 'serve', '--threads', '0'],
    ['a reserve that is none', 'serve', '--disk-reserve', 'some'],
    ['a site that is no host name', 'serve', '--listen', '127.0.0.1:0', '--site', 'http://example.com/'],
    ['an import without a site', 'import', 'access.log'],
    ['a log format that there is not', 'import', '--site', 'example.com', '--format', 'xml', '-'],
    ['an export format that there is not', 'export', '--format', 'xml'],
    ['a role that there is not', 'token', 'create', '--role', 'king'],
  ]) {
    test(`wrong usage is one line and exit code 2: ${because}`, async () => {
      const nothing = folder();
      const ended = await run(args, { cwd: nothing, ms: 10_000 });
      const named = args.at(-1);
      assertTells(ended, 2, named?.startsWith('-') || ['count', 'now', 'xml', 'king'].includes(named) ? new RegExp(named) : /./);
    });
  }
});

describe('A configuration file', () => {
  const withConfig = (text) => {
    const file = join(folder(), 'footfall.toml');
    writeFileSync(file, text);
    return file;
  };

  for (const [because, text, words] of [
    ['is no TOML', 'listen = = 1\n', /:1: /],
    ['has a key that there is not', 'colour = "blue"\n', /colour/],
    ['has a value of a wrong type', 'listen = { port = 80 }\n', /listen/],
    ['has a value that makes no sense', 'threads = "many"\n', /threads/],
  ]) {
    test(`that ${because} is one line and exit code 2`, async () => {
      const file = withConfig(text);
      const ended = await run(serveArgs(join(folder(), 'data'), '--config', file), { ms: 5_000 });
      assertTells(ended, 2, words);
    });
  }

  test('that is not there, or is a folder, is one line and exit code 2', async () => {
    assertTells(await run(serveArgs(join(folder(), 'data'), '--config', '/nowhere/footfall.toml')), 2, /nowhere/);
    const here = folder();
    assertTells(await run(serveArgs(join(folder(), 'data'), '--config', here)), 2, new RegExp(here));
  });

  test('gives what neither flags nor environment give', async () => {
    const data = join(folder(), 'data');
    const file = withConfig(`data = "${data}"\nlisten = "127.0.0.1:0"\nsite = ["a.example", "b.example"]\nrate-limit = "off"\nprefix = "/stats"\n`);
    // The environment goes before the file, and flags go before both.
    const server = await serve({ data, site: null, args: ['--config', file], env: { FOOTFALL_PREFIX: '/counted' } });
    const sites = await server.ask('/counted/api/sites');
    assert.deepEqual(sites.json.sites.map(({ site }) => site), ['a.example', 'b.example']);
    assert.equal((await server.ask('/stats/api/sites')).status, 404);
    await server.stop();
  });

  test('holds for commands too, also for what they need', async () => {
    const data = join(folder(), 'data');
    const file = withConfig(`data = "${data}"\nsite = "example.com"\n`);
    const imported = await run(['import', '--config', file, '-'], { input: '192.0.2.1 - - [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 200 5\n' });
    assert.equal(imported.code, 0, imported.err);
    const top = await run(['top', '--config', file]);
    assert.match(top.out, /\t\/a$/m);
  });
});

describe('The environment', () => {
  test('has a twin of every flag', async () => {
    const data = join(folder(), 'data');
    const root = folder();
    writeFileSync(join(root, 'index.html'), 'the site');
    const server = await serve({ data, site: null, env: {
      FOOTFALL_SITE: 'a.example,b.example', FOOTFALL_ROOT: root, FOOTFALL_PREFIX: '/stats', FOOTFALL_MEMORY: '128', FOOTFALL_THREADS: '2',
      FOOTFALL_JOURNAL_SEGMENT: '8', FOOTFALL_ADMIN_TOKEN: 'a token of my own',
    } });
    const wire = await Wire.open(server.port);
    wire.send(head('GET / HTTP/1.1', 'Host: b.example'));
    assert.equal((await wire.answers(1))[0].body, 'the site');
    wire.close();
    const sites = await server.ask('/stats/api/sites', { token: 'a token of my own' });
    assert.deepEqual(sites.json.sites.map(({ site }) => site), ['a.example', 'b.example']);
    assert.ok(!existsSync(join(data, 'admin-token')), 'a given token is written nowhere');
    await server.stop();

    const env = { FOOTFALL_DATA: data, FOOTFALL_SITE: 'a.example' };
    assert.equal((await run(['import', '-'], { env, input: '192.0.2.1 - - [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 200 5\n' })).code, 0);
    assert.match((await run(['top'], { env: { ...env, FOOTFALL_BY: 'ip' } })).out, /\t192\.0\.2\.1$/m);
    assert.match((await run(['export'], { env: { ...env, FOOTFALL_FORMAT: 'csv' } })).out, /^id,time,site/);
  });

  test('goes before the default, and a flag before it', async () => {
    const data = join(folder(), 'data');
    const env = { FOOTFALL_DATA: join(folder(), 'unused'), FOOTFALL_LISTEN: '127.0.0.1:1' };
    const server = await serve({ data, env });
    assert.ok(!existsSync(env.FOOTFALL_DATA));
    await server.stop();
  });

  test('a value that makes no sense is one line and exit code 2', async () => {
    assertTells(await run(serveArgs(join(folder(), 'data')), { env: { FOOTFALL_THREADS: 'many' } }), 2, /threads|FOOTFALL_THREADS/i);
    assertTells(await run(['serve', '--data', join(folder(), 'data')], { env: { FOOTFALL_LISTEN: 'nowhere' } }), 2, /listen/);
  });

  test('an admin token of its own opens a running server to the commands', async () => {
    const server = await serve({ env: { FOOTFALL_ADMIN_TOKEN: 'a token of my own' } });
    await server.visit('/');
    const exported = await run(['export', '--data', server.data], { env: { FOOTFALL_ADMIN_TOKEN: 'a token of my own' } });
    assert.equal(exported.code, 0, exported.err);
    assert.equal(exported.out.trim().split('\n').length, 1);
    await server.stop();
  });
});

describe('--help', () => {
  const commands = {
    '': ['serve', 'import', 'query', 'top', 'export', 'site', 'token', 'version'],
    serve: ['--data', '--listen', '--site', '--root', '--rate-limit', '--prefix', '--geoip', '--threads', '--memory', '--journal-segment', '--disk-reserve', '--config', 'FOOTFALL_LISTEN', 'SIGTERM'],
    import: ['--site', '--format', '--data', '--server', '--token', 'FILE', 'standard input', 'gzip'],
    query: ['--site', '--from', '--to', '--limit', '--metrics', '--by', '--range', '--bots', '--data', '--server', '--token'],
    top: ['--by', '--ip', '--path', '--session', '--visitor', '--event', '--from', '--to', '--limit'],
    export: ['--format', '--output', '--ip', '--path', '--session', '--visitor', '--event', '--from', '--to', '--limit'],
    site: ['list', 'add', 'remove'],
    'site list': ['--data'],
    'site add': ['SITE', '--session-idle', '--session-max'],
    'site remove': ['SITE'],
    token: ['list', 'create', 'revoke'],
    'token list': ['--data'],
    'token create': ['--role', '--site', '--label'],
    'token revoke': ['ID'],
    version: [],
  };
  for (const [command, words] of Object.entries(commands)) {
    test(`of ${command || 'the program'} is its manual`, async () => {
      const ended = await run([...command.split(' ').filter(Boolean), '--help']);
      assert.equal(ended.code, 0);
      assert.equal(ended.err, '');
      for (const word of words) assert.ok(ended.out.includes(word), `${word} is not in it`);
    });
  }

  test('version is told in one line', async () => {
    const [command, flag] = [await run(['version']), await run(['--version'])];
    assert.match(command.out, /^footfall \d+\.\d+\.\d+\n$/);
    assert.deepEqual([command.code, flag.code, flag.out], [0, 0, command.out]);
  });
});

describe('Sites and tokens by command', () => {
  test('what is registered while a server runs counts at once, and ends when it is removed', async () => {
    const server = await serve();
    const record = () => server.ask('/api/event', { method: 'POST', token: null, body: { n: 'pageview', u: 'https://new.example/' } });
    assert.equal((await record()).headers.get('x-footfall-dropped'), 'unknown_site');
    const added = await run(['site', 'add', 'new.example', '--data', server.data, '--session-idle', '5']);
    assert.equal(added.code, 0, added.err);
    assert.match((await run(['site', 'list', '--data', server.data])).out, /^new\.example\n  session_idle_seconds\t300\n  session_max_seconds\t7200$/m);
    assert.equal((await record()).headers.get('x-footfall-dropped'), null);
    assert.equal((await server.rows('new.example')).length, 1);
    assert.equal((await run(['site', 'remove', 'new.example', '--data', server.data])).code, 0);
    assert.equal((await record()).headers.get('x-footfall-dropped'), 'unknown_site');
    assertTells(await run(['site', 'remove', 'new.example', '--data', server.data]), 1, /new\.example/);
    await server.stop();
  });

  test('a token opens what its role opens, for its site alone, until it is revoked, also after a restart', async () => {
    const first = await serve({ args: ['--site', 'other.example'] });
    const made = await run(['token', 'create', '--role', 'read', '--site', 'example.com', '--label', 'for the charts', '--data', first.data]);
    assert.equal(made.code, 0, made.err);
    const token = made.out.trim();
    const id = made.err.match(/token (\S+),/)[1];
    for (const name of readdirSync(first.data)) {
      const file = join(first.data, name);
      if (statSync(file).isFile()) assert.ok(!readFileSync(file, 'utf8').includes(token), `${name} holds the token as it is`);
    }
    await first.stop();
    const server = await serve({ data: first.data });
    const status = async (path, options) => (await server.ask(path, { token, ...options })).status;
    assert.equal(await status('/api/visits?site=example.com'), 200);
    assert.equal(await status('/api/visits?site=other.example'), 404, 'another site is as if it were not there');
    assert.equal(await status('/api/sites'), 403);
    assert.equal(await status('/api/visits', { method: 'POST', body: { site: 'example.com', path: '/', ip: '192.0.2.1' } }), 403);
    assert.match((await run(['token', 'list', '--data', server.data])).out, new RegExp(`^${id}\tread\texample\\.com\t[^\t]+\tfor the charts$`, 'm'));
    assert.equal((await run(['token', 'revoke', id, '--data', server.data])).code, 0);
    assert.equal(await status('/api/visits?site=example.com'), 401);
    await server.stop();
  });
});
