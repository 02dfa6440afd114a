// The parts of the page that need no browser: addresses, ranges, numbers, links, scales, and the refresh.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterEach, describe, mock, test } from 'node:test';
import { runnerImport } from 'vite';
import { random } from './fake_visits.mjs';

const source = (name) => join(import.meta.dirname, '../src', name);
async function load(name) {
  const { module } = await runnerImport(source(name), { root: join(import.meta.dirname, '..'), configFile: false, logLevel: 'error' });
  return module;
}

const view = await load('state/view.ts');
const ranges = await load('state/ranges.ts');
const zone = await load('state/zone.ts');
const queries = await load('state/queries.ts');
const format = await load('text/format.ts');
const labels = await load('text/labels.ts');
const links = await load('text/links.ts');
const scale = await load('chart/scale.ts');
const series = await load('chart/series.ts');
const { Refresh, settle_ms } = await load('state/refresh.ts');
const client = await load('api/client.ts');
const { default_view, encodeView, decodeView } = view;

describe('The address of a view', () => {
  test('brings back the view it was made from', () => {
    const shown = {
      ...default_view,
      site: 'example.com',
      range: { from: '2026-11-01', to: '2026-11-09' },
      interval: 'week',
      metrics: ['bounce_rate'],
      filters: [
        { operator: 'is', dimension: 'event:page', values: ['/a b&c=d#e~f%/ü'] },
        { operator: 'contains_not', dimension: 'visit:country', values: ['DE', 'FR'] },
      ],
      bots: true,
      compare: false,
      table: true,
      overlay: { kind: 'hits', by: 'ip', value: '2001:db8::1' },
    };
    assert.deepEqual(decodeView(`#${encodeView(shown)}`), shown);
  });

  test('says nothing about what is as usual', () => {
    assert.equal(encodeView(default_view), '');
    assert.deepEqual(decodeView(''), default_view);
  });

  test('stays readable', () => {
    const filters = [{ operator: 'is', dimension: 'event:page', values: ['/blog/post'] }];
    assert.equal(encodeView({ ...default_view, site: 'localhost:8080', range: '30d', filters }), 'site=localhost:8080&range=30d&f=is~event:page~/blog/post');
  });

  test('holds any text as a value, a thousand times over', () => {
    const next = random(41);
    const alphabet = ['~', '%', '&', '=', '#', '+', ' ', '/', '\\', '"', '<', '>', '\n', '\0', 'ä', '漢', '🙂', '%7E', '%2', 'a', '\u202e', '~~'];
    for (let round = 0; round < 1000; round += 1) {
      const text = () => Array.from({ length: 1 + Math.floor(next() * 8) }, () => alphabet[Math.floor(next() * alphabet.length)]).join('');
      const shown = { ...default_view, site: text(), filters: [{ operator: 'is', dimension: 'visit:referrer', values: [text(), text()] }], overlay: { kind: 'hits', by: 'path', value: text() } };
      assert.deepEqual(decodeView(`#${encodeView(shown)}`), shown, `round ${round}`);
      assert.match(encodeView(shown), /^[\x21-\x7e]*$/);
    }
  });

  test('is read without failing, whatever stands in it', () => {
    const next = random(42);
    for (let round = 0; round < 2000; round += 1) {
      const keys = ['site', 'range', 'by', 'show', 'f', 'rows', 'hits', 'bots', 'x'];
      const junk = Array.from({ length: 5 }, () => `${keys[Math.floor(next() * keys.length)]}=${String.fromCharCode(...Array.from({ length: 9 }, () => 32 + Math.floor(next() * 200)))}`).join('&');
      const read = decodeView(`#${junk}`);
      assert.deepEqual(decodeView(encodeView(read)), read, junk);
    }
  });

  test('leaves out what makes no sense', () => {
    for (const hash of ['#range=2026-13-01~2026-14-01', '#range=2026-02-30~2026-03-01', '#range=2026-11-09~2026-11-01', '#range=yesterday', '#by=year', '#f=equals~event:page~/', '#f=is~page~/', '#f=is~event:page', '#show=money', '#rows=<script>', '#hits=name~x', '#%E0%A4%A']) {
      assert.deepEqual(decodeView(hash), default_view, hash);
    }
  });
});

describe('Choosing a row', () => {
  const page = (value) => ({ operator: 'is', dimension: 'event:page', values: [value] });

  test('adds a filter, another value takes its place, the same takes it away', () => {
    const first = view.toggled([], 'event:page', '/a');
    assert.deepEqual(first, [page('/a')]);
    assert.deepEqual(view.toggled(first, 'event:page', '/b'), [page('/b')]);
    assert.deepEqual(view.toggled(first, 'event:page', '/a'), []);
  });

  test('leaves filters of other dimensions and operators alone', () => {
    const others = [{ operator: 'is_not', dimension: 'event:page', values: ['/x'] }, { operator: 'is', dimension: 'visit:country', values: ['DE'] }];
    assert.deepEqual(view.toggled(others, 'event:page', '/a'), [...others, page('/a')]);
  });
});

describe('A period', () => {
  // A Saturday.
  const now = Date.parse('2026-11-21T14:23:45.678Z');
  const of = (range, at = 'UTC') => ranges.spanOf(range, now, at).date_range;

  test('ends today, because today is what a live page shows', () => {
    assert.deepEqual(of('day'), ['2026-11-21', '2026-11-21']);
    assert.deepEqual(of('7d'), ['2026-11-15', '2026-11-21']);
    assert.deepEqual(of('30d'), ['2026-10-23', '2026-11-21']);
    assert.deepEqual(of('91d'), ['2026-08-23', '2026-11-21']);
    assert.deepEqual(of('month'), ['2026-11-01', '2026-11-21']);
    assert.deepEqual(of('12mo'), ['2025-12-01', '2026-11-21']);
    assert.equal(of('all'), 'all');
  });

  test('of hours or minutes consists of whole ones', () => {
    assert.deepEqual(of('24h'), ['2026-11-20T15:00:00.000Z', '2026-11-21T14:59:59.999Z']);
    assert.deepEqual(of('30m'), ['2026-11-21T13:54:00.000Z', '2026-11-21T14:23:59.999Z']);
  });

  test('begins at midnight where the site is', () => {
    const span = ranges.spanOf('day', Date.parse('2026-11-21T23:30:00Z'), 'Europe/Berlin');
    assert.deepEqual(span.date_range, ['2026-11-22', '2026-11-22']);
    assert.equal(new Date(span.from).toISOString(), '2026-11-21T23:00:00.000Z');
    assert.equal(new Date(span.to).toISOString(), '2026-11-22T22:59:59.999Z');
  });

  test('knows that a day of changing clocks has 23 or 25 hours', () => {
    const hours = (day) => {
      const span = ranges.spanOf({ from: day, to: day }, now, 'Europe/Berlin');
      return (span.to + 1 - span.from) / 3_600_000;
    };
    assert.equal(hours('2026-03-29'), 23);
    assert.equal(hours('2026-10-25'), 25);
    assert.equal(hours('2026-06-01'), 24);
  });

  test('steps back by its own length, months by months', () => {
    const back = (range) => ranges.stepped(range, -1, now, 'UTC');
    assert.deepEqual(back('day'), { from: '2026-11-20', to: '2026-11-20' });
    assert.deepEqual(back('7d'), { from: '2026-11-08', to: '2026-11-14' });
    assert.deepEqual(back('month'), { from: '2026-10-01', to: '2026-10-31' });
    assert.deepEqual(back({ from: '2026-03-01', to: '2026-03-31' }), { from: '2026-02-01', to: '2026-02-28' });
    assert.deepEqual(back('12mo'), { from: '2024-12-01', to: '2025-11-30' });
    assert.deepEqual(back('24h'), { from: '2026-11-19 15:00', to: '2026-11-20 14:59' });
    assert.equal(back('all'), null);
  });

  test('does not step into the future', () => {
    assert.equal(ranges.stepped('7d', 1, now, 'UTC'), null);
    assert.deepEqual(ranges.stepped({ from: '2026-11-08', to: '2026-11-14' }, 1, now, 'UTC'), { from: '2026-11-15', to: '2026-11-21' });
  });

  test('that still runs is compared with as much of the one before', () => {
    const { whole, so_far } = ranges.comparisonOf('day', now, 'UTC');
    assert.deepEqual(whole.date_range, ['2026-11-20', '2026-11-20']);
    assert.deepEqual(so_far.date_range, ['2026-11-20T00:00:00.000Z', '2026-11-20T14:23:59.999Z']);
  });

  test('that is over is compared with the whole one before', () => {
    const { whole, so_far } = ranges.comparisonOf({ from: '2026-11-01', to: '2026-11-03' }, now, 'UTC');
    assert.deepEqual(so_far, whole);
    assert.deepEqual(whole.date_range, ['2026-10-29', '2026-10-31']);
  });

  test('has the intervals that divide it', () => {
    const [hour, day] = [3_600_000, 86_400_000];
    assert.deepEqual(ranges.intervalsFor(hour / 2), ['minute']);
    assert.deepEqual(ranges.intervalsFor(day), ['hour']);
    assert.deepEqual(ranges.intervalsFor(7 * day), ['hour', 'day']);
    assert.deepEqual(ranges.intervalsFor(91 * day), ['day', 'week', 'month']);
    assert.equal(ranges.intervalFor(7 * day, null), 'day');
    assert.equal(ranges.intervalFor(7 * day, 'hour'), 'hour');
    assert.equal(ranges.intervalFor(7 * day, 'month'), 'day');
    for (let length = 1000; length < 40 * 365 * day; length *= 1.7) assert.ok(ranges.intervalFor(length, null));
  });

  test('chosen on the chart covers the buckets that were chosen', () => {
    assert.deepEqual(ranges.zoomEnds('2026-11-21 09:00:00', '2026-11-21 11:00:00', 'hour'), { from: '2026-11-21 09:00', to: '2026-11-21 11:59' });
    assert.deepEqual(ranges.zoomEnds('2026-11-02', '2026-11-09', 'week'), { from: '2026-11-02', to: '2026-11-15' });
    assert.deepEqual(ranges.zoomEnds('2026-01-01', '2026-02-01', 'month'), { from: '2026-01-01', to: '2026-02-28' });
    const span = ranges.spanOf({ from: '2026-11-21 09:00', to: '2026-11-21 11:59' }, now, 'UTC');
    assert.deepEqual(span.date_range, ['2026-11-21T09:00:00.000Z', '2026-11-21T11:59:59.999Z']);
  });
});

describe('The wall clock', () => {
  test('and the instant lead to each other in every zone', () => {
    const next = random(5);
    for (const name of ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Chatham']) {
      for (let round = 0; round < 200; round += 1) {
        const instant = Math.floor((1.6e12 + next() * 2e11) / 60_000) * 60_000;
        const wall = zone.wallClock(instant, name);
        assert.equal(zone.wallClock(zone.instantOf(wall, name), name), wall, `${name} ${wall}`);
      }
    }
  });

  test('of a zone nobody knows is that of UTC', () => {
    assert.equal(zone.wallClock(0, 'Mars/Olympus'), '1970-01-01 00:00');
  });
});

describe('A question to the server', () => {
  const span = ranges.spanOf('7d', Date.parse('2026-11-21T14:00:00Z'), 'UTC');
  const shown = { ...default_view, site: 'localhost', filters: [{ operator: 'is', dimension: 'visit:country', values: ['DE'] }] };

  test('for the totals names site, period and filters, and no bots unless asked', () => {
    assert.deepEqual(queries.totalsQuery(shown, span), {
      site_id: 'localhost',
      metrics: ['visitors', 'visits', 'pageviews', 'views_per_visit', 'bounce_rate', 'visit_duration'],
      date_range: ['2026-11-15', '2026-11-21'],
      filters: [['is', 'visit:country', ['DE']]],
    });
    assert.deepEqual(queries.totalsQuery({ ...shown, bots: true }, span).include, { bots: true });
  });

  test('for a list is sorted so that no row is missed between two pages', () => {
    const body = queries.rowsQuery(shown, span, { dimension: 'event:name', metrics: ['events'], order_by: ['events', 'desc'], limit: 9, offset: 9, search: 'x', without: ['pageview'] });
    assert.deepEqual(body.order_by, [['events', 'desc'], ['event:name', 'asc']]);
    assert.deepEqual(body.filters, [['is', 'visit:country', ['DE']], ['is_not', 'event:name', ['pageview']], ['contains', 'event:name', ['x']]]);
    assert.deepEqual(body.pagination, { limit: 9, offset: 9 });
  });

  test('for visits carries the filters that the route knows, and the page names the others', () => {
    const filters = [...shown.filters, { operator: 'is', dimension: 'visit:ip', values: ['192.0.2.1'] }, { operator: 'contains', dimension: 'event:page', values: ['/a'] }];
    const parameters = queries.hitsParameters({ ...shown, filters }, span, 25, 'next');
    assert.equal(parameters.toString(), 'site=localhost&ip=192.0.2.1&from=2026-11-15T00%3A00%3A00.000Z&limit=25&cursor=next');
    assert.deepEqual(queries.filtersBeyondHits(filters).map((filter) => filter.dimension), ['visit:country', 'event:page']);
  });
});

describe('Numbers', () => {
  test('read as a person writes them', () => {
    for (const [metric, value, text] of [
      ['visitors', 0, '0'], ['visitors', 9999, '9,999'], ['visitors', 12_345, '12.3K'], ['pageviews', 4_560_000, '4.56M'],
      ['bounce_rate', 41.6, '42%'], ['bounce_rate', 0.2, '<1%'], ['bounce_rate', null, '–'], ['visitors', Number.NaN, '–'],
      ['visit_duration', 0, '0s'], ['visit_duration', 59.6, '1m'], ['visit_duration', 133, '2m 13s'], ['visit_duration', 3900, '1h 05m'],
      ['views_per_visit', 2.6, '2.60'],
    ]) assert.equal(format.metricValue(metric, value), text);
    assert.equal(format.metricValue('visitors', 12_345, 'full'), '12,345');
  });

  test('compare with the period before', () => {
    assert.deepEqual(format.change('visitors', 110, 100), { text: '10%', direction: 'up', good: true });
    assert.deepEqual(format.change('bounce_rate', 45, 40), { text: '5 pt', direction: 'up', good: false });
    assert.deepEqual(format.change('visitors', 5, 0), { text: 'new', direction: 'up', good: true });
    assert.equal(format.change('visitors', 0, 0), null);
    assert.deepEqual(format.change('visitors', 5000, 10), { text: '500.00×', direction: 'up', good: true });
    assert.equal(format.change('visit_duration', 10, null), null);
  });

  test('of time read in full', () => {
    assert.equal(format.bucketText('2026-11-21 14:00:00', 'hour'), 'Sat 21 Nov 2026, 14:00–14:59');
    assert.equal(format.bucketText('2026-11-01', 'month'), 'November 2026');
    assert.equal(format.bucketText('what?', 'day'), 'what?');
    assert.equal(format.rangeText('2026-11-03', '2026-11-09'), '3 – 9 Nov 2026');
    assert.equal(format.rangeText('2026-10-28', '2026-11-03'), '28 Oct – 3 Nov 2026');
    assert.equal(format.rangeText('2026-11-21 09:00', '2026-11-21 11:59'), '21 Nov 2026, 09:00 – 11:59');
  });

  test('and codes have names', () => {
    assert.equal(labels.countryName('DE'), 'Germany');
    assert.equal(labels.countryName('<b>'), '<b>');
    assert.equal(labels.valueName('visit:bot', '(none)'), 'People');
    assert.equal(labels.valueName('visit:utm_term', ''), '(not set)');
    assert.equal(labels.valueName('event:kind', 'constructor'), 'constructor');
  });
});

describe('A link to the outside', () => {
  test('is made of http and https only', () => {
    assert.equal(links.httpUrl('https://news.example/item?id=1'), 'https://news.example/item?id=1');
    assert.equal(links.httpUrl('news.example/item'), 'https://news.example/item');
    for (const text of ['javascript:alert(1)', 'data:text/html,x', ' https://a.example', 'https://a.example/"onclick="x', 'https://user:pass@a.example/', 'Direct / None', 'Google', '//a.example', 'https://', 'vbscript:x', 'java\nscript:alert(1)', '']) {
      assert.equal(links.httpUrl(text), null, JSON.stringify(text));
    }
  });

  test('to a page leads to the site that was visited and nowhere else', () => {
    const here = new URL('http://127.0.0.1:8080/dashboard');
    assert.equal(links.pageUrl('example.com', '/a?b', here), 'https://example.com/a?b');
    assert.equal(links.pageUrl('127.0.0.1', '/a', here), 'http://127.0.0.1:8080/a');
    for (const path of ['@evil.example/', 'evil', ':80@evil.example/', '']) assert.equal(links.pageUrl('example.com', path, here), null, path);
    assert.equal(new URL(links.pageUrl('example.com', '//evil.example/x', here)).host, 'example.com');
    assert.equal(links.pageUrl('evil.example/@example.com', '/', here), null);
  });

  test('to the API keeps the prefix the page was served under', () => {
    for (const [path, prefix] of [['/dashboard', ''], ['/dashboard/', ''], ['/stats/dashboard', '/stats'], ['/a/b/dashboard/', '/a/b'], ['/dashboard/index.html', '']]) {
      assert.equal(client.prefixOf(path), prefix);
    }
  });
});

describe('The scale of the chart', () => {
  test('goes from zero to above the greatest value, in round steps', () => {
    for (const unit of ['count', 'ratio', 'percent', 'duration']) {
      for (const max of [0, 0.3, 1, 2, 7, 17, 99, 100, 204, 12_345, 7_654_321]) {
        if (unit === 'percent' && max > 100) continue;
        const { top, lines } = scale.yScale(max, unit);
        assert.ok(top >= max && lines[0] === 0 && lines.length >= 2 && lines.length <= 9, `${unit} ${max}: ${top} ${lines}`);
        if (unit === 'count') assert.ok(lines.every(Number.isInteger));
        if (unit === 'percent') assert.ok(top <= 100);
      }
    }
    assert.deepEqual(scale.yScale(17, 'count').lines, [0, 5, 10, 15, 20]);
  });

  test('has as many words as there is room for, and none twice', () => {
    const days = (count) => Array.from({ length: count }, (_, at) => zone.addDays('2026-01-05', at));
    const hours = (count) => Array.from({ length: count }, (_, at) => new Date(Date.UTC(2026, 10, 20, at)).toISOString().slice(0, 19).replace('T', ' '));
    for (const [list, interval] of [[days(7), 'day'], [days(30), 'day'], [days(91), 'day'], [days(365), 'day'], [days(1), 'day'], [hours(24), 'hour'], [hours(168), 'hour'], [[], 'day']]) {
      for (const room of [0, 4, 9, 20]) {
        const ticks = scale.xTicks(list, interval, room);
        assert.ok(ticks.length <= Math.max(2, room) + 1, `${list.length} ${interval} ${room}: ${ticks.length}`);
        assert.equal(new Set(ticks.map((tick) => tick.index)).size, ticks.length);
      }
    }
    assert.deepEqual(scale.xTicks(hours(24), 'hour', 6).map((tick) => tick.text), ['00:00', '04:00', '08:00', '12:00', '16:00', '20:00']);
  });
});

describe('The line of the chart', () => {
  const answer = {
    results: [{ dimensions: ['2026-11-20'], metrics: [3, 50] }, { dimensions: ['2026-11-21'], metrics: [1, 100] }],
    meta: { time_labels: ['2026-11-19', '2026-11-20', '2026-11-21', '2026-11-22'] },
  };

  test('is zero where nothing happened, and nothing where nothing could', () => {
    const line = series.seriesOf(answer, ['visitors', 'bounce_rate'], '2026-11-21 14:00');
    assert.deepEqual(line.values.get('visitors'), [0, 3, 1, null]);
    assert.deepEqual(line.values.get('bounce_rate'), [null, 50, 100, null]);
    assert.equal(line.current, 2);
  });

  test('of a period that is over has no growing end', () => {
    assert.equal(series.seriesOf(answer, ['visitors'], null).current, -1);
  });

  test('also comes of an answer without labels', () => {
    assert.deepEqual(series.seriesOf({ results: answer.results }, ['visitors'], null).values.get('visitors'), [3, 1]);
    assert.deepEqual(series.seriesOf({ results: [] }, ['visitors'], '2026-11-21 14:00').labels, []);
  });
});

describe('The refresh', () => {
  // Time that passes only when the test says so.
  function started({ busy = () => false, visible = () => true } = {}) {
    mock.timers.enable({ apis: ['setTimeout'] });
    const clock = { ms: 0, rounds: [] };
    const refresh = new Refresh({ now: () => clock.ms, busy: () => busy(clock), visible, round: () => clock.rounds.push(clock.ms) });
    const pass = async (ms) => {
      for (const end = clock.ms + ms; clock.ms < end; ) {
        clock.ms += 5;
        mock.timers.tick(5);
        await new Promise(setImmediate);
      }
    };
    return { refresh, clock, pass };
  }
  afterEach(() => mock.timers.reset());

  test('answers a hit at once, and once more when the store has settled', async () => {
    const { refresh, clock, pass } = started();
    refresh.hit();
    await pass(5000);
    assert.equal(clock.rounds.length, 2);
    assert.ok(clock.rounds[0] <= 5 && Math.abs(clock.rounds[1] - settle_ms) <= 5, `${clock.rounds}`);
  });

  test('holds back under a flood, and does not miss the last hit', async () => {
    const { refresh, clock, pass } = started();
    for (let number = 0; number < 100; number += 1) {
      refresh.hit();
      await pass(10);
    }
    const last = clock.ms;
    await pass(5000);
    assert.ok(clock.rounds.length >= 3 && clock.rounds.length <= 5, `${clock.rounds}`);
    assert.ok(clock.rounds.at(-1) >= last);
  });

  test('waits for answers before it asks again', async () => {
    let open = true;
    const { refresh, clock, pass } = started({ busy: () => open });
    refresh.hit();
    await pass(3000);
    assert.equal(clock.rounds.length, 1);
    open = false;
    await pass(3000);
    assert.equal(clock.rounds.length, 2);
  });

  test('pauses in proportion to what a round takes', async () => {
    const { refresh, clock, pass } = started({ busy: ({ ms, rounds }) => ms - rounds.at(-1) < 300 });
    for (let number = 0; number < 100; number += 1) {
      refresh.hit();
      await pass(25);
    }
    const pauses = clock.rounds.slice(1).map((start, place) => start - clock.rounds[place]);
    assert.ok(pauses.length >= 1 && pauses.every((pause) => pause >= 900), `${clock.rounds}`);
  });

  test('rests while nobody looks, and when it is stopped', async () => {
    const { refresh, clock, pass } = started({ visible: () => false });
    refresh.hit();
    await pass(2000);
    assert.deepEqual(clock.rounds, []);
    mock.timers.reset();
    const other = started();
    other.refresh.hit();
    other.refresh.stop();
    await other.pass(2000);
    assert.deepEqual(other.clock.rounds, []);
  });
});
