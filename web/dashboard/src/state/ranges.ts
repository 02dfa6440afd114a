// Which stretch of time the page shows: the presets, the one before it, and the intervals that fit.
//
// Pure: the caller brings the time and the site's zone. Days are whole days of that zone, and today is one of
// them, because a page that updates live must show the view that has just come.
import { addDays, addMonths, daysBetween, instantOf, wallClock, wallDay } from './zone';
import type { Interval } from '../api/types';

export const presets = ['30m', 'day', '24h', '7d', '30d', '91d', 'month', '12mo', 'all'] as const;
export type Preset = (typeof presets)[number];

// A preset, or two wall clock times of the same kind: days, or 'YYYY-MM-DD HH:MM'. Both ends are included.
export type Range = Preset | { from: string; to: string };

export interface Span {
  // What the query API takes: 'all', two days, or two instants.
  date_range: 'all' | [string, string];
  // The first and the last millisecond; null for 'all', whose ends only the server knows.
  from: number | null;
  to: number | null;
  includes_now: boolean;
}

const minute_ms = 60_000;
const hour_ms = 3_600_000;
const day_ms = 86_400_000;

function ofDays(from: string, to: string, now: number, zone: string): Span {
  const start = instantOf(from, zone);
  const end = instantOf(addDays(to, 1), zone) - 1;
  return { date_range: [from, to], from: start, to: end, includes_now: start <= now && now <= end };
}

function ofInstants(from: number, to: number, now: number): Span {
  const date_range: [string, string] = [new Date(from).toISOString(), new Date(to).toISOString()];
  return { date_range, from, to, includes_now: from <= now && now <= to };
}

export function spanOf(range: Range, now: number, zone: string): Span {
  const today = wallDay(now, zone);
  if (typeof range === 'object') {
    if (range.from.length === 10) return ofDays(range.from, range.to, now, zone);
    return ofInstants(instantOf(range.from, zone), instantOf(range.to, zone) + minute_ms - 1, now);
  }
  switch (range) {
    case '30m': {
      const minute = Math.floor(now / minute_ms) * minute_ms;
      return ofInstants(minute - 29 * minute_ms, minute + minute_ms - 1, now);
    }
    case '24h': {
      const hour = Math.floor(now / hour_ms) * hour_ms;
      return ofInstants(hour - 23 * hour_ms, hour + hour_ms - 1, now);
    }
    case 'day':
      return ofDays(today, today, now, zone);
    case '7d':
      return ofDays(addDays(today, -6), today, now, zone);
    case '30d':
      return ofDays(addDays(today, -29), today, now, zone);
    case '91d':
      return ofDays(addDays(today, -90), today, now, zone);
    case 'month':
      return ofDays(`${today.slice(0, 8)}01`, today, now, zone);
    case '12mo':
      return ofDays(addMonths(`${today.slice(0, 8)}01`, -11), today, now, zone);
    case 'all':
      return { date_range: 'all', from: null, to: null, includes_now: true };
  }
}

// The range as two wall clock times, however it was named. Null for 'all'.
function asEnds(range: Range, now: number, zone: string): { from: string; to: string } | null {
  if (typeof range === 'object') return range;
  const span = spanOf(range, now, zone);
  if (span.from === null || span.to === null) return null;
  if (range === '30m' || range === '24h') return { from: wallClock(span.from, zone), to: wallClock(span.to, zone) };
  return { from: wallDay(span.from, zone), to: wallDay(span.to, zone) };
}

// The same length of time one step earlier (-1) or later (+1); whole months step by months.
// Null where there is nothing to step to: 'all', or a range that would begin in the future.
export function stepped(range: Range, step: -1 | 1, now: number, zone: string): Range | null {
  const ends = asEnds(range, now, zone);
  if (!ends) return null;
  let next: { from: string; to: string };
  const { from, to } = ends;
  if (from.length > 10) {
    const length = instantOf(to, zone) - instantOf(from, zone) + minute_ms;
    next = {
      from: wallClock(instantOf(from, zone) + step * length, zone),
      to: wallClock(instantOf(to, zone) + step * length, zone),
    };
  } else if (from.endsWith('-01') && (range === 'month' || range === '12mo' || addDays(to, 1).endsWith('-01'))) {
    const months = 12 * (Number(to.slice(0, 4)) - Number(from.slice(0, 4))) + Number(to.slice(5, 7)) - Number(from.slice(5, 7)) + 1;
    const first = addMonths(from, step * months);
    next = { from: first, to: addDays(addMonths(first, months), -1) };
  } else {
    const days = daysBetween(from, to) + 1;
    next = { from: addDays(from, step * days), to: addDays(to, step * days) };
  }
  return next.from > wallClock(now, zone) ? null : next;
}

export interface Comparison {
  // The whole period before: the line behind the line.
  whole: Span;
  // As much of it as has passed of the present one: the fair partner for a total.
  so_far: Span;
}

export function comparisonOf(range: Range, now: number, zone: string): Comparison | null {
  const span = spanOf(range, now, zone);
  const before = stepped(range, -1, now, zone);
  if (!before || span.from === null || span.from > now) return null;
  const whole = spanOf(before, now, zone);
  if (whole.from === null || whole.to === null) return null;
  if (!span.includes_now) return { whole, so_far: whole };
  const passed = Math.floor((now - span.from) / minute_ms) * minute_ms + minute_ms - 1;
  return { whole, so_far: ofInstants(whole.from, Math.min(whole.from + passed, whole.to), now) };
}

const interval_ms: Record<Interval, number> = {
  minute: minute_ms,
  hour: hour_ms,
  day: day_ms,
  week: 7 * day_ms,
  month: 30 * day_ms,
};

// More points than this are slower to draw than they are worth looking at.
const points_max = 800;

// The intervals that divide this stretch sensibly, finest first.
export function intervalsFor(length_ms: number): Interval[] {
  return (Object.keys(interval_ms) as Interval[]).filter((interval) => {
    const points = length_ms / interval_ms[interval];
    return points <= points_max && (points > 1.5 || (interval === 'minute' && points > 0));
  });
}

export function defaultInterval(length_ms: number): Interval {
  if (length_ms <= 2 * hour_ms) return 'minute';
  if (length_ms <= 3 * day_ms) return 'hour';
  if (length_ms <= 120 * day_ms) return 'day';
  if (length_ms <= 400 * day_ms) return 'week';
  return 'month';
}

// The interval to use: the chosen one where it fits, else the one that suits.
export function intervalFor(length_ms: number, chosen: Interval | null): Interval {
  const fitting = intervalsFor(length_ms);
  if (chosen && fitting.includes(chosen)) return chosen;
  const usual = defaultInterval(length_ms);
  return fitting.includes(usual) ? usual : (fitting[0] ?? 'day');
}

// A custom range from what a person or a link gave; null when it is not one.
export function parsedEnds(from: string, to: string): { from: string; to: string } | null {
  const shape = /^\d{4}-\d\d-\d\d( \d\d:\d\d)?$/;
  if (!shape.test(from) || !shape.test(to) || from.length !== to.length || from > to) return null;
  for (const end of [from, to]) {
    const instant = Date.parse(`${end.slice(0, 10)}T${end.slice(11) || '00:00'}:00Z`);
    if (!Number.isFinite(instant) || wallClock(instant, 'UTC').slice(0, end.length) !== end) return null;
  }
  return { from, to };
}

// Two buckets of the chart as a range: of minutes where the buckets are smaller than a day.
export function zoomEnds(first: string, last: string, interval: Interval): { from: string; to: string } | null {
  const clock = (label: string) => label.replace('T', ' ').slice(0, 16);
  switch (interval) {
    case 'minute':
      return { from: clock(first), to: clock(last) };
    case 'hour':
      return { from: clock(first), to: `${clock(last).slice(0, 13)}:59` };
    default: {
      const end = new Date(`${last.slice(0, 10)}T00:00:00Z`);
      if (interval === 'week') end.setUTCDate(end.getUTCDate() + 6);
      if (interval === 'month') end.setUTCMonth(end.getUTCMonth() + 1, 0);
      return { from: first.slice(0, 10), to: end.toISOString().slice(0, 10) };
    }
  }
}
