// What a visitor, a page's script and a forger meet at the edge. Each in node, in njs and in C++.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { cookiesOf, engines, eventOf, responseOf } from './edge_runner.mjs';

const { keys } = JSON.parse(readFileSync(new URL('../../tests/vectors/session_cookie.json', import.meta.url), 'utf8')).keys;
const now = 1795251780;
const edge = { keys, site: 'example.com', hosts: ['shop.example.com'], session: 'redirect', session_idle_seconds: 1800, session_max_seconds: 7200, protect: 'origin' };
const name = '__Host-footfall';
const html = { 'content-type': 'text/html; charset=utf-8' };

for (const { name: engine, run, skip } of engines) {
  // A skipped suite counts for nothing; a skipped test is seen at the end of a run.
  if (skip) {
    test(`the edge functions in ${engine}`, { skip });
    continue;
  }
  const one = async (fn, event, { at = now, value = edge } = {}) => (await run(fn, [{ now: at, edge: value, event: eventOf(event) }]))[0];
  const page = (event, options) => one('page_request', event, options);
  const served = (event, options) => one('page_response', { type: 'viewer-response', response: responseOf(200, html), ...event }, options);
  const api = (event, options) => one('api_request', event, options);
  const cookie = ({ cookies }) => `${name}=${cookies[name].value}`;

  describe(`A page at the edge, in ${engine}`, () => {
    test('a visitor without a session is sent to the same address, which sets one, and comes back', async () => {
      const first = await page({ uri: '/about', query: 'a=1&b=%20x&a=2' });
      assert.equal(first.statusCode, 302);
      assert.equal(first.headers.location.value, '/about?a=1&b=%20x&a=2&ff=1');
      assert.equal(first.headers['cache-control'].value, 'no-store');
      const second = await page({ uri: '/about', query: 'a=1&b=%20x&a=2&ff=1', cookie: cookie(first) });
      assert.equal(second.statusCode, undefined);
      assert.equal(second.uri, '/about.html');
      const response = await served({ uri: '/about', cookie: cookie(first) }, { at: now + 60 });
      const [, , sid, started, seen] = response.cookies[name].value.split('.');
      assert.deepEqual([sid, started, seen], [cookie(first).split('.')[2], now.toString(36), (now + 60).toString(36)]);
    });

    test('a browser that keeps no cookies is served without a session, and never sent round', async () => {
      const request = await page({ uri: '/about', query: 'ff=1' });
      assert.equal(request.uri, '/about.html');
      assert.deepEqual((await served({ uri: '/about', query: 'ff=1' })).cookies, {});
    });

    test('the query is put together again where the runtime does not hand it out', async () => {
      const first = await page({ uri: '/', query: 'a=1&flag&b=2', withRawQuery: false });
      assert.equal(first.headers.location.value, '/?a=1&flag&b=2&ff=1');
    });

    test('a redirect leads to no other host', async () => {
      assert.equal((await page({ uri: '//evil.example/' })).headers.location.value, '/.//evil.example/?ff=1');
      assert.equal((await page({ uri: '/\\evil.example/a' })).headers.location.value, '/./\\evil.example/a?ff=1');
    });

    test('two sessions are two', async () => {
      const ids = (await run('page_request', Array.from({ length: 50 }, () => ({ now, edge, event: eventOf({}) })))).map((response) => cookie(response).split('.')[2]);
      assert.equal(new Set(ids).size, 50);
    });

    test('only documents begin a session: no assets, frames, fetches, posts, heads, or what is fetched ahead', async () => {
      for (const event of [{ uri: '/style.css' }, { uri: '/photo.PNG' }, { method: 'POST' }, { method: 'HEAD' },
        { headers: { 'sec-fetch-dest': 'iframe' } }, { headers: { 'sec-fetch-dest': 'empty' }, uri: '/data.json' }, { headers: { 'sec-purpose': 'prefetch;prerender' } },
        { uri: '/js/footfall.js' }]) {
        assert.equal((await page(event)).statusCode, undefined, JSON.stringify(event));
        assert.deepEqual((await served(event, { value: { ...edge, session: 'response' } })).cookies, {}, JSON.stringify(event));
      }
      assert.equal((await page({ headers: { 'sec-fetch-dest': 'document' } })).statusCode, 302);
    });

    test('who asks not to be counted gets no cookie where the site honours it', async () => {
      for (const [header, setting] of [['dnt', 'honour_dnt'], ['sec-gpc', 'honour_gpc']]) {
        assert.equal((await page({ headers: { [header]: '1' } })).statusCode, 302);
        assert.equal((await page({ headers: { [header]: '1' } }, { value: { ...edge, [setting]: true } })).statusCode, undefined);
      }
    });

    test('the mode `response` sets the session with the page, `off` never', async () => {
      const value = { ...edge, session: 'response' };
      assert.equal((await page({}, { value })).uri, '/index.html');
      assert.match((await served({}, { value })).cookies[name].value, /^1\.2\./);
      assert.deepEqual((await served({}, { value: { ...edge, session: 'off' } })).cookies, {});
      assert.equal((await page({}, { value: { ...edge, session: 'off' } })).statusCode, undefined);
    });

    test('an address is the file that the bucket has', async () => {
      const value = { ...edge, session: 'off' };
      for (const [address, file] of [['/', '/index.html'], ['/about', '/about.html'], ['/blog/', '/blog/index.html'], ['/v1.2/notes', '/v1.2/notes.html'],
        ['/about.html', '/about.html'], ['/style.css', '/style.css'], ['/js/footfall.js', '/js/footfall.js']]) {
        assert.equal((await page({ uri: address }, { value })).uri, file);
      }
    });

    test('what carries a cookie is for its reader alone', async () => {
      const begun = await page({});
      for (const [before, then] of [['public, max-age=0, must-revalidate', 'private, max-age=0, must-revalidate'], ['s-maxage=60,no-cache', 'private, no-cache'], [undefined, 'private']]) {
        const response = responseOf(200, { ...html, ...(before ? { 'cache-control': before } : {}) });
        assert.equal((await served({ cookie: cookie(begun), response })).headers['cache-control'].value, then);
      }
      const asset = responseOf(200, { 'content-type': 'text/css', 'cache-control': 'public, max-age=60' });
      assert.equal((await served({ uri: '/style.css', cookie: cookie(begun), response: asset })).headers['cache-control'].value, 'public, max-age=60');
    });

    test('without keys the site is served all the same, and nothing is set', async () => {
      assert.equal((await page({ uri: '/about' }, { value: null })).uri, '/about.html');
      assert.deepEqual((await served({}, { value: null })).cookies, {});
    });
  });

  describe(`The API at the edge, in ${engine}`, () => {
    const event = (headers = {}, more = {}) => ({ method: 'POST', uri: '/api/event', headers, ...more });

    test('what a visitor says about session and address is forgotten, and the truth is told', async () => {
      const forged = { 'x-ff-session': 'AAAAAAAAAAAAAAAAAAAAAA', 'x-ff-ip': '192.0.2.1', 'x-ff-host': 'bank.example', 'x-ff-edge': '2.touh50.AAAAAAAAAAAAAAAAAAAAAA', 'x-ff-path': '/api/visits', 'x-ff-anything': 'x' };
      const { headers } = await api(event(forged));
      assert.deepEqual(Object.keys(headers).filter((header) => header.startsWith('x-ff-')).sort(), ['x-ff-edge', 'x-ff-host', 'x-ff-ip', 'x-ff-path']);
      assert.equal(headers['x-ff-path'].value, '/api/event');
      assert.equal(headers['x-ff-ip'].value, '198.51.100.7');
      assert.equal(headers['x-ff-host'].value, 'example.com');
      assert.notEqual(headers['x-ff-edge'].value, forged['x-ff-edge']);
      const begun = await page({});
      assert.equal((await api(event(forged, { cookie: cookie(begun) }))).headers['x-ff-session'].value, cookie(begun).split('.')[2]);
    });

    test('only the site’s own pages are passed on, the others are dropped without being paid for', async () => {
      for (const [headers, reason] of [[{ origin: 'https://evil.example' }, 'foreign_origin'], [{ origin: 'null' }, 'foreign_origin'],
        [{ origin: 'https://example.com.evil.example' }, 'foreign_origin'], [{ origin: 'https://example.com@evil.example' }, 'foreign_origin'],
        [{ origin: 'https://evil.example', referer: 'https://example.com/' }, 'foreign_origin'],
        [{ referer: 'https://evil.example/example.com/' }, 'foreign_referrer'], [{ 'sec-fetch-site': 'cross-site' }, 'cross_site']]) {
        const response = await api(event(headers));
        assert.equal(response.statusCode, 202, JSON.stringify(headers));
        assert.equal(response.headers['x-footfall-dropped'].value, reason, JSON.stringify(headers));
        assert.equal((await api(event(headers), { value: { ...edge, protect: 'off' } })).statusCode, undefined, 'protect off');
        assert.equal((await api(event({ ...headers, authorization: 'Bearer x' }))).statusCode, undefined, 'a token speaks for others; the origin looks at it');
      }
      for (const headers of [{}, { origin: 'https://example.com' }, { origin: 'http://www.example.com:8080' }, { origin: 'https://shop.example.com' },
        { referer: 'https://EXAMPLE.com/a?b' }, { 'sec-fetch-site': 'same-origin' }, { 'sec-fetch-site': 'none' }]) {
        assert.equal((await api(event(headers))).statusCode, undefined, JSON.stringify(headers));
      }
    });

    test('a page of the site by another of its names is told to the origin by the name that it knows', async () => {
      const host = 'd111111abcdef8.cloudfront.net';
      for (const [name, sent, told] of [['origin', `https://${host}`, 'https://example.com'], ['origin', 'https://shop.example.com', 'https://example.com'], ['origin', 'https://example.com', 'https://example.com'],
        ['referer', `https://${host}/a?b=https://x.example/`, 'https://example.com/a?b=https://x.example/'], ['referer', `https://${host}`, 'https://example.com'],
        ['referer', 'https://evil.example/a', 'https://evil.example/a'], ['origin', 'null', 'null']]) {
        const request = await api({ uri: '/pixel.gif', host, headers: { [name]: sent } });
        assert.equal(request.headers[name].value, told, sent);
      }
      assert.equal((await api({ method: 'POST', uri: '/api/event', host, headers: { origin: `https://${host}` } })).statusCode, undefined);
    });

    test('a site may ask for a session before anything is paid for', async () => {
      const value = { ...edge, require_session: true };
      const response = await api(event(), { value });
      assert.deepEqual([response.statusCode, response.headers['x-footfall-dropped'].value], [202, 'no_token']);
      const begun = await page({});
      assert.equal((await api(event({}, { cookie: cookie(begun) }), { value })).statusCode, undefined);
      const forged = cookie(begun).replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A'));
      assert.equal((await api(event({}, { cookie: forged }), { value })).headers['x-footfall-dropped'].value, 'no_token');
    });

    test('without keys nothing is passed on that nobody could believe', async () => {
      const response = await api(event(), { value: null });
      assert.equal(response.statusCode, 503);
      assert.equal(response.headers['retry-after'].value, '60');
      assert.equal(JSON.parse(response.body.data).code, 'unavailable');
    });

    // The edge has a short list of its own: it must refuse nothing that is open, and open nothing that shows addresses.
    test('what the description of the API calls open is open, and rows, lists and settings take a token', async () => {
      const { paths, security } = JSON.parse(readFileSync(new URL('../../src/app/api/openapi.json', import.meta.url), 'utf8'));
      const cases = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, route]) => ({
        path: path.replaceAll('{key}', 'likes'), method: method.toUpperCase(),
        open: (route.security ?? security).length === 0 || (route.security ?? security).some((way) => Object.keys(way).length === 0),
      }))).filter(({ path }) => path.startsWith('/api/'));
      assert.ok(cases.length > 40);
      const results = await run('api_request', cases.map(({ path, method }) => ({ now, edge, event: eventOf({ uri: path, method }) })));
      const left = [];
      for (const [i, { path, method, open }] of cases.entries()) {
        if (open) assert.equal(results[i].statusCode, undefined, `${method} ${path} is open`);
        else if (results[i].statusCode !== 401) left.push(`${method} ${path}`);
        else assert.equal(results[i].headers['www-authenticate'].value, 'Bearer');
      }
      // These show no addresses, and the origin asks for the token.
      assert.deepEqual(left.sort(), ['GET /api/counters/likes/wins', 'POST /api/counters/likes/draw/reveal', 'POST /api/receipts/rotate', 'PUT /api/counters/likes']);
      for (const way of [{ headers: { authorization: 'Bearer x' } }, { cookie: 'footfall_login=x' }]) {
        assert.equal((await api({ uri: '/api/visits', ...way })).statusCode, undefined);
      }
    });

    test('pixels, badges and counters pass with what the edge knows', async () => {
      const begun = await page({});
      for (const uri of ['/pixel.gif', '/counter/likes.svg', '/api/counters/likes/increment']) {
        const request = await api({ uri, cookie: cookie(begun), query: 'site=example.com' });
        assert.equal(request.headers['x-ff-session'].value, cookie(begun).split('.')[2]);
        assert.equal(request.uri, uri);
      }
    });
  });
}

test('a Cookie header is taken apart as CloudFront does it', () => {
  assert.deepEqual(cookiesOf('a=1; b=2=3;a=4; broken'), { a: { value: '1', multiValue: [{ value: '1' }, { value: '4' }] }, b: { value: '2=3' } });
});
