// Several sites in one process, told apart by Host: own pages, own settings, read again on SIGHUP, and what a bad
// configuration is told.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { request } from './plain_request.mjs';
import { folder, run, serve, until } from './program.mjs';

// A folder of pages: one that says whose it is.
const pages = (words) => {
  const root = folder();
  writeFileSync(join(root, 'index.html'), `<!doctype html><title>${words}</title>${words}`);
  writeFileSync(join(root, '404.html'), `nothing of ${words}`);
  return root;
};

const written = (text, file = join(folder(), 'footfall.toml')) => {
  writeFileSync(file, text);
  return file;
};

const started = (text, args = []) => {
  const config = written(text);
  return serve({ site: null, args: ['--config', config, ...args] }).then((server) => Object.assign(server, { config }));
};

// What a host gets: the page's words, or the status. With the edge's marker, so that a site which redirects to give a
// session has done so.
const at = async (server, host, path = '/?ff=1') => {
  const answer = await request(server.url + path, { headers: { host } });
  return answer.status === 200 ? answer.text.replace(/^.*<\/title>/, '') : answer.status;
};

const settings = async (server, name) => (await server.ask('/api/sites')).json.sites.find(({ site }) => site === name);

describe('Two sites', () => {
  let server;
  before(async () => {
    server = await started(`
      threads = 2
      [site."example.com"]
      root = "${pages('the first')}"
      session = "redirect"
      protect = "strict"
      hosts = ["blog.example.net", "static.example.net"]
      session_idle_seconds = 600
      [site."Example.org"]
      root = "${pages('the second')}"
      protect = "off"
      session_max_seconds = 3600
      address = "truncated"
      visit_days = 400
      honour_dnt = true
      dialects = ["goatcounter"]
      [site."elsewhere.example"]
      protect = "off"
    `);
  });
  after(() => server.stop());

  test('have their own pages, whatever the case and port of the host', async () => {
    assert.equal(await at(server, 'example.com'), 'the first');
    assert.equal(await at(server, 'EXAMPLE.COM:8080'), 'the first');
    assert.equal(await at(server, 'example.org'), 'the second');
    assert.equal((await request(`${server.url}/none`, { headers: { host: 'example.org' } })).text, 'nothing of the second');
  });

  test('are found by "www." and by the hosts they list', async () => {
    assert.equal(await at(server, 'www.example.org'), 'the second');
    assert.equal(await at(server, 'blog.example.net'), 'the first');
    assert.equal(await at(server, 'static.example.net'), 'the first');
  });

  test('leave a host that is none of theirs alone, and one whose pages are elsewhere', async () => {
    for (const host of ['other.example', '127.0.0.1', 'elsewhere.example', 'example.com.evil.example']) {
      assert.equal(await at(server, host), 421, host);
    }
  });

  test('share the API, which any host leads to', async () => {
    assert.equal((await request(`${server.url}/livez`, { headers: { host: 'other.example' } })).status, 200);
    for (const site of ['example.org', 'elsewhere.example']) {
      assert.equal((await server.ask('/api/visits', { method: 'POST', body: { site, path: '/', title: site } })).status, 202);
    }
    const reported = (await server.rows('example.org')).filter(({ source }) => source === 'api');
    assert.deepEqual(reported.map(({ path }) => path), ['/']);
  });

  test('have the settings that their tables give, and the defaults for the rest', async () => {
    const first = await settings(server, 'example.com');
    assert.deepEqual([first.session, first.protect, first.session_idle_seconds, first.session_max_seconds],
      ['redirect', 'strict', 600, 7200]);
    assert.deepEqual(first.hosts, ['blog.example.net', 'static.example.net']);
    const second = await settings(server, 'example.org');
    assert.deepEqual([second.session, second.protect, second.session_max_seconds, second.honour_dnt, second.dialects],
      ['response', 'off', 3600, true, ['goatcounter']]);
    assert.deepEqual([first.address, first.visit_days, second.address, second.visit_days], ['full', 0, 'truncated', 400]);
    assert.ok(await settings(server, 'elsewhere.example'));
  });
});

describe('One site', () => {
  test('answers for any host', async () => {
    const server = await started(`[site."example.com"]\nroot = "${pages('the only')}"`);
    for (const host of ['example.com', '127.0.0.1:8080', 'anything.example']) assert.equal(await at(server, host), 'the only');
    await server.stop();
  });

  test('is set by flags, which win over the file; without a name they mean the only site', async () => {
    const flagged = pages('from the flag');
    const server = await started(
      `[site."example.com"]\nroot = "${pages('from the file')}"\nsession = "off"\nprotect = "strict"`,
      ['--root', flagged, '--session', 'redirect'],
    );
    assert.equal(await at(server, 'example.com'), 'from the flag');
    const { session, protect } = await settings(server, 'example.com');
    assert.deepEqual([session, protect], ['redirect', 'strict']);
    await server.stop();
  });

  test('is named by --site among several', async () => {
    const server = await started(
      `[site."a.example"]\nroot = "${pages('a')}"\n[site."b.example"]\nroot = "${pages('b')}"`,
      ['--site', 'b.example', '--root', pages('other b'), '--protect', 'off'],
    );
    assert.equal(await at(server, 'a.example'), 'a');
    assert.equal(await at(server, 'b.example'), 'other b');
    assert.deepEqual([(await settings(server, 'a.example')).protect, (await settings(server, 'b.example')).protect], ['origin', 'off']);
    await server.stop();
  });

  test('may have its flags as keys of the file', async () => {
    const server = await started(`site = "example.com"\nroot = "${pages('by keys')}"\nprotect = "off"`);
    assert.equal(await at(server, 'example.com'), 'by keys');
    assert.equal((await settings(server, 'example.com')).protect, 'off');
    await server.stop();
  });
});

describe('Counters of the file', () => {
  const counter = (text) => `[site."example.com"]\n[site."example.com".counter."/guest book"]\n${text}`;
  const state = async (server) => (await server.ask('/api/counters/%2Fguest%20book/wins?site=example.com')).json;
  const count = async (server) => (await server.ask('/api/counters/%2Fguest%20book/increment?site=example.com', { method: 'POST' })).json;

  test('are as it says, from the first number on, and stay so when it is read again', async () => {
    const server = await started(counter('initial = 40\nwinners = { every = 2, exact = [41] }\nprizes = ["a card", { code = "ABC" }]\nfallback = "thanks"'));
    const { value, receipt } = await count(server);
    assert.equal(value, 41);
    const claimed = await server.ask('/api/counters/%2Fguest%20book/claim?site=example.com', { method: 'POST', body: { receipt } });
    assert.deepEqual(claimed.json.surprise, { text: 'a card' });
    const before = await state(server);
    assert.deepEqual(before.rules.map(({ rule, since }) => [rule, since]), [['exact', 40], ['every', 40]]);
    assert.equal(before.prizes_left, 1);
    server.signal('SIGHUP');
    await until(() => /read the sites again: 1/.test(server.said), 'the file to be read again');
    assert.deepEqual(await state(server), before);
    written(counter('winners = { every = 10 }'), server.config);
    server.signal('SIGHUP');
    await until(async () => (await state(server)).rules.length === 3, 'the new rule');
    assert.deepEqual((await state(server)).rules.map(({ rule, until: end }) => [rule, end]), [['exact', 41], ['every', 41], ['every', null]]);
    await server.stop();
  });

  for (const [because, text, words] of [
    ['a rule that there is not', 'winners = { sometimes = 2 }', /:2: site\."example\.com"\.counter\."\/guest book"\.winners: a rule is one of/],
    ['a setting that there is not', 'colour = "red"', /:2: .*\.colour: a counter has no setting of this name/],
    ['a surprise that is none', 'prizes = [{ gold = "1 kg" }]', /:2: .*\.prizes: a surprise is/],
    ['a date', 'initial = 2026-01-01', /:2: .* has a value of a wrong type/],
    ['a winner of the total', 'initial = 1\n[site."example.com".counter.TOTAL]\nwinners = { every = 2 }', /:4: .*TOTAL.*it can only begin at a value/],
    ['a number that has passed', 'initial = 5\nwinners = { exact = [3] }', /:2: .*a number that wins has passed already/],
    ['an empty key', 'initial = 1\n[site."example.com".counter.""]', /the key is empty/],
    ['what is no table', 'initial = 1\n[site."b.example"]\ncounter = 7', /:5: site\."b\.example"\.counter: must be tables/],
  ]) {
    test(`${because} is told with file, line and key`, async () => {
      const ended = await run(['serve', '--data', join(folder(), 'data'), '--listen', '127.0.0.1:0', '--config', written(counter(text))]);
      assert.equal(ended.code, 2, ended.err);
      assert.match(ended.err, words);
      assert.equal(ended.err.trim().split('\n').length, 1, ended.err);
    });
  }
});

describe('SIGHUP', () => {
  test('reads the sites again: settings, folders, new and gone ones; the counts stay', async () => {
    const [a, b] = [pages('a'), pages('b')];
    const server = await started(`[site."a.example"]\nroot = "${a}"\n[site."b.example"]\nroot = "${b}"`);
    await server.ask('/api/visits', { method: 'POST', body: { site: 'b.example', path: '/' } });
    assert.equal(await at(server, 'a.example'), 'a');
    written(`[site."a.example"]\nroot = "${pages('new a')}"\nsession = "off"\n[site."c.example"]\nroot = "${b}"`, server.config);
    server.signal('SIGHUP');
    await until(() => /read the sites again: 2/.test(server.said), 'the new sites');
    assert.equal(await at(server, 'a.example'), 'new a');
    assert.equal((await settings(server, 'a.example')).session, 'off');
    assert.equal(await at(server, 'c.example'), 'b');
    assert.equal(await at(server, 'b.example'), 421);
    assert.equal((await server.rows('b.example')).length, 1);
    await server.stop();
  });

  test('changes nothing when the file is wrong, and says why in one line', async () => {
    const root = pages('as it was');
    const server = await started(`[site."a.example"]\nroot = "${root}"`);
    await until(() => server.said.includes('admin token'), 'the last word of the start');
    for (const [bad, words] of [
      ['[site."a.example"]\nroot = "/no/such/folder"', /:1: site\."a\.example": cannot open the site's folder \/no\/such\/folder/],
      ['[site."a.example"]\nprotect = "of"', /:2: site\."a\.example"\.protect: 'protect' must be off, origin or strict/],
      ['[site."a.example"', /:1: /],
    ]) {
      written(bad, server.config);
      const before = server.said.length;
      server.signal('SIGHUP');
      await until(() => server.said.slice(before).includes('\n'), 'the complaint');
      const said = server.said.slice(before);
      assert.match(said, /^footfall: kept the sites as they were: /);
      assert.match(said, words);
      assert.equal(said.trim().split('\n').length, 1, said);
      assert.equal(await at(server, 'a.example'), 'as it was');
    }
    await server.stop();
  });
});

describe('A bad configuration', () => {
  const root = pages('never');
  for (const [because, text, words, code = 2] of [
    ['a key that there is not', '[site."a.example"]\nroot = "."\nsesion = "off"', /footfall\.toml:3: site\."a\.example"\.sesion: there is no such key/],
    ['a value that cannot be', '[site."a.example"]\nsession = "cookie"', /:2: site\."a\.example"\.session: 'session' must be off, response or redirect/],
    ['a value of another type', '[site."a.example"]\nhosts = "b.example"', /:2: site\."a\.example"\.hosts: 'hosts' must be an array/],
    ['a date', '[site."a.example"]\nsession_max_seconds = 2026-01-01', /:2: site\."a\.example"\.session_max_seconds: has a value of a wrong type/],
    ['a host in a list that is none', '[site."a.example"]\nhosts = ["https://b.example"]', /:2: .*hosts: .* is not a host name/],
    ['a folder that is not there', `[site."a.example"]\nroot = "${root}"\n[site."b.example"]\nroot = "/no/such/folder"`, /:3: site\."b\.example": cannot open the site's folder/, 1],
    ['an empty folder name', '[site."a.example"]\nroot = ""', /:2: site\."a\.example"\.root: must be a text/],
    ['pages from two places', '[site."a.example"]\nroot = "."\nupstream = "http://127.0.0.1:1"', /:1: site\."a\.example": has root and upstream/],
    ['a name that is no host', '[site."a example"]', /:1: site\."a example": is not a host name/],
    ['a name without quotes', '[site.a.example]\nroot = "."', /in quotes/],
    ['one site twice', '[site."a.example"]\n[site."A.example"]', /this site stands here twice/],
    ['one host of two sites', '[site."a.example"]\nhosts = ["b.example"]\n[site."b.example"]', /the host b\.example is that of b\.example already/],
    ['a session shorter than its quiet time', '[site."a.example"]\nsession_idle_seconds = 600\nsession_max_seconds = 60', /a session must last at least as long/],
    ['flags for several sites at once', `root = "${root}"\n[site."a.example"]\n[site."b.example"]`, /are for one site here: name it by --site/],
    ['a setting without a site', 'protect = "off"', /name it by --site/],
    ['a key of no option', 'treads = 2', /footfall\.toml:1: treads: there is no such key/],
    ['a number that is none', '\nthreads = "many"', /footfall\.toml:2: threads: /],
    ['what is no TOML', 'listen = ', /footfall\.toml:1: /],
  ]) {
    test(`${because} is told with file, line and key`, async () => {
      const ended = await run(['serve', '--data', join(folder(), 'data'), '--listen', '127.0.0.1:0', '--config', written(text)]);
      assert.equal(ended.code, code, ended.err);
      assert.match(ended.err, words);
      assert.equal(ended.err.trim().split('\n').length, 1, ended.err);
    });
  }
});
