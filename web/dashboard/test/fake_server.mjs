// A small stand-in for Footfall: serves the built page as Footfall does, and answers its API from made-up visits.
//
//   node web/dashboard/test/fake_server.mjs 8090      to look at the page; the token is "admin"
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, normalize } from 'node:path';
import { BadQuery, answerQuery, makeVisits } from './fake_visits.mjs';

const types = { html: 'text/html; charset=utf-8', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml', woff2: 'font/woff2' };
const policy = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";
const tokens = { admin: 'admin', reader: 'read' };

export class FakeServer {
  constructor({ dist, prefix = '', sites = ['localhost', 'blog.example'], visits = makeVisits(), timezones, dimensions } = {}) {
    Object.assign(this, { dist, prefix, sites, visits, timezones, dimensions });
    this.sessions = new Map();
    this.streams = new Set();
    this.failures = [];
    this.dropped = {};
    this.readmissions = [];
    this.queries = [];
    this.requests = [];
    this.delay_ms = 0;
    this.number = 0;
    this.server = createServer((request, response) => void this.handle(request, response));
  }

  async start(port = 0) {
    await new Promise((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    this.port = this.server.address().port;
    this.url = `http://127.0.0.1:${this.port}${this.prefix}/dashboard`;
    return this;
  }

  async stop() {
    for (const stream of this.streams) stream.response.destroy();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  // Answers the next requests of a route with a failure.
  fail(route, status, problem = {}, { times = 1, headers = {}, when = () => true } = {}) {
    this.failures.push({ route, status, problem, times, headers, when });
  }

  // Records a hit, as Footfall does, and tells whoever listens.
  add(hit) {
    const now = Date.now();
    const last = this.visits.find((visit) => visit.session === hit.session);
    const whole = {
      id: `hit-${(this.number += 1)}`, site: 'localhost', path: '/', title: '', session: `session-${this.number}`, visitor: `visitor-${this.number}`, ip: '192.0.2.9',
      user_agent: 'Firefox/145', referrer: '', event: 'pageview', kind: 'load', source: 'script', country: 'DE', browser: 'Firefox', browser_version: '145', os: 'Linux',
      os_version: '', device: 'desktop', referrer_source: '', channel: 'Direct', bot: null, engaged_ms: null, scroll_depth: null, ...last, ...hit, time: hit.time ?? now,
    };
    this.visits.push(whole);
    this.tell('hit', { time: new Date(whole.time).toISOString(), site: whole.site, path: whole.path, kind: whole.kind, event: whole.event, country: whole.country }, whole.site);
    this.tell('visitors', { current: this.current(whole.site) }, whole.site);
    return whole;
  }

  current(site) {
    const since = Date.now() - 300_000;
    return new Set(this.visits.filter((hit) => hit.site === site && hit.time > since && !hit.bot).map((hit) => hit.visitor)).size;
  }

  tell(event, data, site) {
    for (const stream of this.streams) if (stream.site === site) stream.response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  async handle(request, response) {
    const url = new URL(request.url, 'http://fake');
    const path = url.pathname.startsWith(this.prefix) ? url.pathname.slice(this.prefix.length) : '/elsewhere';
    this.requests.push(`${request.method} ${path}`);
    const answer = (status, body, headers = {}) => {
      const type = status >= 400 ? 'application/problem+json' : 'application/json';
      response.writeHead(status, body === undefined ? headers : { 'Content-Type': type, 'Cache-Control': 'no-store', ...headers });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    };
    try {
      if (path === '/dashboard/') return answer(308, undefined, { Location: `${this.prefix}/dashboard` });
      if (path === '/dashboard') return this.file(response, 'index.html');
      if (path.startsWith('/dashboard/assets/')) return this.file(response, normalize(path));
      if (!path.startsWith('/api/')) return answer(404, { code: 'not_found', title: 'Not found' });
      const text = await new Promise((resolve) => {
        let read = '';
        request.on('data', (chunk) => (read += chunk)).on('end', () => resolve(read));
      });
      const failure = this.failures.find((one) => path.startsWith(one.route) && one.times > 0 && one.when(text));
      if (failure) {
        failure.times -= 1;
        return answer(failure.status, failure.problem, failure.headers);
      }
      if (this.delay_ms) await new Promise((resolve) => setTimeout(resolve, this.delay_ms));
      return this.api(request, response, path.slice(5), url.searchParams, text, answer);
    } catch (error) {
      if (error instanceof BadQuery) return answer(400, { code: 'bad_query', title: 'The query is wrong', detail: error.message });
      answer(500, { code: 'fake', title: 'The fake server failed', detail: String(error?.stack) });
    }
  }

  api(request, response, route, parameters, text, answer) {
    const key = /(?:^|; )dash=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
    const role = this.sessions.get(key);
    if (route === 'login') {
      const granted = tokens[JSON.parse(text).token];
      if (!granted) return answer(401, { code: 'bad_token', title: 'The token is not valid', detail: 'No token of this server is spelled like that.' });
      const made = `s${Math.random().toString(36).slice(2)}`;
      this.sessions.set(made, granted);
      return answer(204, undefined, { 'Set-Cookie': `dash=${made}; Path=/; HttpOnly; SameSite=Lax` });
    }
    if (!role) return answer(401, { code: 'unauthorized', title: 'Not logged in' });
    if (route === 'logout') {
      this.sessions.delete(key);
      return answer(204);
    }
    if (route === 'me') return answer(200, { role, sites: this.sites, timezones: this.timezones, dimensions: this.dimensions });
    if (route === 'v2/query') {
      const body = JSON.parse(text);
      this.queries.push(body);
      return answer(200, answerQuery(this.visits, body));
    }
    if (route === 'live') {
      const site = parameters.get('site');
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
      response.write(`retry: 500\nevent: visitors\ndata: ${JSON.stringify({ current: this.current(site) })}\n\n`);
      const stream = { response, site };
      this.streams.add(stream);
      response.on('close', () => this.streams.delete(stream));
      return;
    }
    if (route === 'visits' || route === 'visits.csv') return this.list(response, route, parameters, answer);
    if (route === 'dropped') return answer(200, { counts: this.dropped, dropped: [], next_cursor: null });
    if (route === 'dropped/readmit') {
      const { reason } = JSON.parse(text);
      const readmitted = this.dropped[reason] ?? 0;
      this.dropped = Object.fromEntries(Object.entries(this.dropped).filter(([name]) => name !== reason));
      this.readmissions.push(JSON.parse(text));
      return answer(200, { readmitted, more: false });
    }
    return answer(404, { code: 'not_found', title: 'There is no such route' });
  }

  list(response, route, parameters, answer) {
    const is = (name, field = name) => (hit) => !parameters.has(name) || hit[field] === parameters.get(name);
    const known = new Set(['site', 'ip', 'path', 'session', 'visitor', 'event', 'from', 'to', 'limit', 'cursor', 'order', 'fresh']);
    for (const name of parameters.keys()) if (!known.has(name)) return answer(400, { code: 'unknown_parameter', title: 'Unknown parameter', detail: name });
    const from = parameters.has('from') ? Date.parse(parameters.get('from')) : -Infinity;
    const to = parameters.has('to') ? Date.parse(parameters.get('to')) : Infinity;
    const rows = this.visits
      .map((hit, place) => ({ hit, place }))
      .filter(({ hit }) => ['site', 'ip', 'path', 'session', 'visitor', 'event'].every((name) => is(name)(hit)) && hit.time >= from && hit.time <= to)
      .sort((a, b) => b.hit.time - a.hit.time || b.place - a.place);
    if (route === 'visits.csv') {
      response.writeHead(200, { 'Content-Type': 'text/csv; charset=utf-8' });
      response.end(`time,path\n${rows.map(({ hit }) => `${new Date(hit.time).toISOString()},"${hit.path.replaceAll('"', '""')}"`).join('\n')}\n`);
      return;
    }
    const limit = Number(parameters.get('limit') ?? 50);
    // The cursor names the last row that was sent, so that new rows above do not shift the page.
    const after = parameters.get('cursor');
    const start = after ? rows.findIndex(({ hit }) => hit.id === after) + 1 : 0;
    const page = rows.slice(start, start + limit).map(({ hit }) => ({ ...hit, time: new Date(hit.time).toISOString() }));
    return answer(200, { visits: page, next_cursor: start + limit < rows.length ? page.at(-1).id : null });
  }

  file(response, name) {
    const path = join(this.dist, name);
    if (!existsSync(path)) {
      response.writeHead(404);
      return response.end();
    }
    response.writeHead(200, {
      'Content-Type': types[name.split('.').at(-1)] ?? 'application/octet-stream',
      'Content-Security-Policy': policy,
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': name === 'index.html' ? 'no-cache' : 'public, max-age=31536000, immutable',
    });
    createReadStream(path).pipe(response);
  }
}

if (process.argv[1] === import.meta.filename && process.argv[2]) {
  const visits = [...makeVisits({ days: 200, per_day: 45 }), ...makeVisits({ site: 'blog.example', seed: 11, per_day: 12 })];
  const fake = await new FakeServer({ dist: join(import.meta.dirname, '../dist'), visits }).start(Number(process.argv[2]));
  console.log(`listening on ${fake.url}`);
  const paths = ['/', '/about', '/projects/footfall', '/blog/what-an-fsync-promises'];
  const countries = ['DE', 'US', 'FR', 'JP'];
  setInterval(() => fake.add({ path: paths[Math.floor(Math.random() * 4)], country: countries[Math.floor(Math.random() * 4)] }), 4000).unref();
}
