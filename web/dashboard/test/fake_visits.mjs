// Makes visits by a seed, and answers the stats query from them: nothing is canned, so filters really filter.

// A small random generator with a seed (mulberry32).
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const pages = [
  ['/', 'Jane Doe, engineer', 30],
  ['/about', 'About', 14],
  ['/projects', 'Projects', 12],
  ['/projects/footfall', 'Footfall', 11],
  ['/blog', 'Blog', 9],
  ['/blog/counting-visitors-without-cookies', 'Counting visitors without cookies', 8],
  ['/blog/what-an-fsync-promises', 'What an fsync promises', 7],
  ['/blog/duckdb-on-a-small-machine', 'DuckDB on a small machine', 5],
  ['/resume.html', 'Résumé', 6],
  ['/contact', 'Contact', 4],
  ['/projects/lighthouse', 'Lighthouse', 3],
  ['/talks', 'Talks', 2],
  ['/feed.json', '', 2],
];
const sources = [
  ['', '', 'Direct', 40],
  ['https://www.google.com/', 'Google', 'Organic Search', 26],
  ['https://news.ycombinator.com/item?id=4711', 'Hacker News', 'Organic Social', 14],
  ['https://github.com/jane/footfall', 'GitHub', 'Referral', 9],
  ['https://duckduckgo.com/', 'DuckDuckGo', 'Organic Search', 6],
  ['https://lobste.rs/s/abc', 'Lobsters', 'Organic Social', 3],
  ['https://www.linkedin.com/feed', 'LinkedIn', 'Organic Social', 4],
  ['https://planet.example/rss', 'planet.example', 'Referral', 2],
];
const countries = [['DE', 26], ['US', 24], ['FR', 9], ['GB', 9], ['IN', 8], ['NL', 6], ['JP', 4], ['BR', 4], ['PL', 3], ['SE', 3], ['CA', 3], ['', 1]];
const clients = [
  ['Chrome', '141', 'Windows', '11', 'desktop', 30],
  ['Chrome', '142', 'Android', '16', 'mobile', 22],
  ['Safari', '26.1', 'iOS', '26.1', 'mobile', 18],
  ['Firefox', '145', 'Linux', '', 'desktop', 12],
  ['Safari', '26.0', 'macOS', '26', 'desktop', 10],
  ['Edge', '142', 'Windows', '11', 'desktop', 6],
  ['Firefox', '144', 'Windows', '10', 'desktop', 4],
  ['Safari', '18.6', 'iPadOS', '18', 'tablet', 3],
];
const bots = ['Googlebot', 'GPTBot', 'AhrefsBot', 'curl'];
const campaigns = [['launch', 'newsletter', 'email'], ['show-hn', 'hackernews', 'social'], ['autumn', 'newsletter', 'email']];
const day_ms = 86_400_000;

function picker(rows, next) {
  const total = rows.reduce((sum, row) => sum + row.at(-1), 0);
  return () => {
    let at = next() * total;
    for (const row of rows) if ((at -= row.at(-1)) < 0) return row;
    return rows[0];
  };
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

export function makeVisits({ site = 'localhost', seed = 7, days = 60, per_day = 40, now = Date.now() } = {}) {
  const next = random(seed);
  const page = picker(pages, next);
  const source = picker(sources, next);
  const country = picker(countries, next);
  const client = picker(clients, next);
  const id = (length) => Array.from({ length }, () => letters[Math.floor(next() * 64)]).join('');
  const hits = [];
  const people = Array.from({ length: Math.max(8, Math.round((days * per_day) / 3)) }, () => ({
    ip: next() < 0.15 ? `2001:db8:${Math.floor(next() * 65536).toString(16)}::${Math.floor(next() * 65536).toString(16)}` : `${next() < 0.5 ? '198.51.100' : '203.0.113'}.${1 + Math.floor(next() * 250)}`,
    visitor: id(16),
    country: country()[0],
    client: client(),
  }));
  for (let back = days - 1; back >= 0; back -= 1) {
    const start = Math.floor(now / day_ms) * day_ms - back * day_ms;
    const weekday = new Date(start).getUTCDay();
    const wave = (weekday === 0 || weekday === 6 ? 0.6 : 1) * (0.7 + (0.6 * (days - back)) / days) * (0.85 + next() * 0.3);
    const sessions = Math.round(per_day * wave);
    for (let number = 0; number < sessions; number += 1) {
      // More people come in the afternoon than at night.
      const hour = 24 * Math.min(0.999, Math.max(0, (next() + next() + next()) / 3 + 0.08));
      let time = start + Math.floor(hour * 3_600_000);
      const person = people[Math.floor(next() ** 1.5 * people.length)];
      const bot = next() < 0.09 ? bots[Math.floor(next() * bots.length)] : null;
      const [referrer, referrer_source, channel] = bot ? ['', '', 'Direct'] : source();
      const [utm_campaign, utm_source, utm_medium] = !bot && next() < 0.12 ? campaigns[Math.floor(next() * campaigns.length)] : ['', '', ''];
      const session = id(22);
      const [browser, browser_version, os, os_version, device] = bot ? [bot, '', '', '', 'bot'] : person.client;
      const views = bot ? 1 : 1 + Math.floor(next() ** 2.2 * 7);
      for (let view = 0; view < views && time <= now; view += 1) {
        const [path, title] = page();
        const common = {
          site, path, title, session, visitor: bot ? `bot-${bot}` : person.visitor, ip: person.ip, user_agent: `${browser}/${browser_version} (${os})`,
          referrer, source: next() < 0.7 ? 'edge' : next() < 0.9 ? 'script' : 'log', country: person.country, browser, browser_version, os, os_version, device,
          referrer_source, channel, utm_campaign, utm_source, utm_medium, utm_content: '', utm_term: '', bot, region: '', city: '',
        };
        const engaged_ms = bot ? null : Math.floor(2000 + next() * 90_000);
        hits.push({ ...common, id: id(22), time, event: 'pageview', kind: view > 0 && next() < 0.12 ? 'restored' : next() < 0.05 ? 'cached' : 'load', engaged_ms, scroll_depth: bot ? null : Math.floor(20 + next() * 80) });
        if (!bot && next() < 0.06 && time + 900 <= now) {
          const name = next() < 0.6 ? 'Download résumé' : next() < 0.7 ? 'Sign up' : 'Outbound link';
          hits.push({ ...common, id: id(22), time: time + 900, event: name, kind: 'event', props: { place: 'header' }, engaged_ms: null, scroll_depth: null });
        }
        time += Math.floor((engaged_ms ?? 500) + next() * 20_000);
      }
    }
  }
  return hits.sort((a, b) => a.time - b.time);
}

// What is true of a whole session, for the dimensions and metrics that are about visits.
function sessionsOf(hits) {
  const sessions = new Map();
  for (const hit of hits) {
    let one = sessions.get(hit.session);
    if (!one) sessions.set(hit.session, (one = { first: hit, start: hit.time, end: hit.time, views: 0, entry: '', exit: '' }));
    one.start = Math.min(one.start, hit.time);
    one.end = Math.max(one.end, hit.time);
    if (hit.kind !== 'event') {
      one.views += 1;
      one.entry ||= hit.path;
      one.exit = hit.path;
    }
  }
  return sessions;
}

const of_hit = {
  'event:page': (hit) => hit.path,
  'event:name': (hit) => hit.event,
  'event:hostname': (hit) => hit.site,
  'event:kind': (hit) => hit.kind,
  'event:source': (hit) => hit.source,
};
const of_visit = {
  'visit:entry_page': (visit) => visit.entry,
  'visit:exit_page': (visit) => visit.exit,
  'visit:source': (visit) => visit.first.referrer_source || 'Direct / None',
  'visit:referrer': (visit) => visit.first.referrer || 'Direct / None',
  'visit:channel': (visit) => visit.first.channel,
};
for (const name of ['utm_source', 'utm_medium', 'utm_campaign', 'utm_content', 'utm_term', 'device', 'browser', 'browser_version', 'os', 'os_version', 'country', 'region', 'city', 'ip', 'session', 'visitor']) {
  of_visit[`visit:${name}`] = (visit) => visit.first[name] || '(not set)';
}
of_visit['visit:bot'] = (visit) => visit.first.bot || '(none)';

const iso = (time) => new Date(time).toISOString();

function bucket(time, interval) {
  const date = new Date(time);
  switch (interval) {
    case 'minute':
      return `${iso(time).slice(0, 16).replace('T', ' ')}:00`;
    case 'hour':
      return `${iso(time).slice(0, 13).replace('T', ' ')}:00:00`;
    case 'week':
      date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
      return date.toISOString().slice(0, 10);
    case 'month':
      return `${iso(time).slice(0, 7)}-01`;
    default:
      return iso(time).slice(0, 10);
  }
}

export class BadQuery extends Error {}

export function rangeOf(date_range, hits, now) {
  if (date_range === 'all') return [hits[0]?.time ?? now, Math.floor(now / day_ms) * day_ms + day_ms - 1];
  if (!Array.isArray(date_range) || date_range.length !== 2) throw new BadQuery(`date_range ${JSON.stringify(date_range)}`);
  const [from, to] = date_range;
  const start = Date.parse(from.length === 10 ? `${from}T00:00:00Z` : from);
  const end = to.length === 10 ? Date.parse(`${to}T00:00:00Z`) + day_ms - 1 : Date.parse(to);
  if (!Number.isFinite(start) || !Number.isFinite(end) || start > end) throw new BadQuery(`date_range ${from} ${to}`);
  return [start, end];
}

export function answerQuery(all, body, now = Date.now()) {
  const hits = all.filter((hit) => hit.site === body.site_id);
  const [from, to] = rangeOf(body.date_range, hits, now);
  const sessions = sessionsOf(hits);
  const valueOf = (dimension, hit) => {
    if (of_hit[dimension]) return of_hit[dimension](hit);
    if (of_visit[dimension]) return of_visit[dimension](sessions.get(hit.session));
    throw new BadQuery(`dimension ${dimension}`);
  };
  const tests = (body.filters ?? []).map(([operator, dimension, values]) => {
    const matches = {
      is: (value) => values.includes(value),
      is_not: (value) => !values.includes(value),
      contains: (value) => values.some((part) => value.toLowerCase().includes(part.toLowerCase())),
      contains_not: (value) => !values.some((part) => value.toLowerCase().includes(part.toLowerCase())),
    }[operator];
    if (!matches) throw new BadQuery(`operator ${operator}`);
    return (hit) => matches(valueOf(dimension, hit));
  });
  const aboutBots = body.include?.bots || (body.filters ?? []).some(([, dimension]) => dimension === 'visit:bot');
  const chosen = hits.filter((hit) => hit.time >= from && hit.time <= to && (aboutBots || !hit.bot) && tests.every((test) => test(hit)));

  const measure = (list) => {
    const visitors = new Set(list.map((hit) => hit.visitor)).size;
    const ids = new Set(list.map((hit) => hit.session));
    const visits = [...ids].map((one) => sessions.get(one));
    const views = list.filter((hit) => hit.kind !== 'event');
    const mean = (values) => (values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null);
    const metrics = {
      visitors,
      visits: visits.length,
      pageviews: views.length,
      events: list.length,
      views_per_visit: visits.length ? Math.round((100 * views.length) / visits.length) / 100 : 0,
      bounce_rate: visits.length ? Math.round((100 * visits.filter((visit) => visit.views <= 1).length) / visits.length) : null,
      visit_duration: visits.length ? Math.round(mean(visits.map((visit) => (visit.end - visit.start) / 1000))) : null,
      time_on_page: Math.round((mean(views.map((hit) => hit.engaged_ms).filter((value) => value !== null)) ?? 0) / 1000),
      scroll_depth: Math.round(mean(views.map((hit) => hit.scroll_depth).filter((value) => value !== null)) ?? 0),
    };
    return body.metrics.map((name) => {
      if (!(name in metrics)) throw new BadQuery(`metric ${name}`);
      return metrics[name];
    });
  };

  const query = { ...body, date_range: [iso(from).replace('.000', ''), iso(to)] };
  const meta = {};
  const [dimension] = body.dimensions ?? [];
  if (!dimension) return { results: [{ dimensions: [], metrics: measure(chosen) }], meta, query };

  const interval = /^time:(\w+)$/.exec(dimension)?.[1];
  const groups = new Map();
  for (const hit of chosen) {
    const value = interval ? bucket(hit.time, interval) : valueOf(dimension, hit);
    if (value === '' || ((dimension === 'visit:region' || dimension.includes('utm_')) && value === '(not set)')) continue;
    if (!groups.has(value)) groups.set(value, []);
    groups.get(value).push(hit);
  }
  let results = [...groups].map(([value, list]) => ({ dimensions: [value], metrics: measure(list) }));
  if (interval) {
    results.sort((a, b) => (a.dimensions[0] < b.dimensions[0] ? -1 : 1));
    if (body.include?.time_labels) {
      const step = { minute: 60_000, hour: 3_600_000 }[interval] ?? day_ms;
      const labels = new Set();
      for (let time = from; time <= to; time += step) labels.add(bucket(time, interval));
      meta.time_labels = [...labels];
    }
  } else {
    const order = body.order_by ?? [[body.metrics[0], 'desc']];
    results.sort((a, b) => {
      for (const [name, direction] of order) {
        const place = body.metrics.indexOf(name);
        const [x, y] = place >= 0 ? [a.metrics[place] ?? -1, b.metrics[place] ?? -1] : [a.dimensions[0], b.dimensions[0]];
        if (x !== y) return (x < y ? -1 : 1) * (direction === 'desc' ? -1 : 1);
      }
      return 0;
    });
    if (body.include?.total_rows) meta.total_rows = results.length;
    const { limit = 10_000, offset = 0 } = body.pagination ?? {};
    results = results.slice(offset, offset + limit);
  }
  return { results, meta, query };
}
