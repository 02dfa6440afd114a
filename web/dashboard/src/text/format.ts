// Numbers, durations and times as a person reads them. English, like the page, and the same on every machine.
import type { Interval, Metric } from '../api/types';

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });
const ratio = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export const none = '–';

export function count(value: number): string {
  return whole.format(value);
}

// Up to 9,999 as it is; above that three digits: 12.3K, 4.56M.
export function countShort(value: number): string {
  return Math.abs(value) < 10_000 ? whole.format(value) : short.format(value);
}

export function percent(value: number): string {
  return `${value > 0 && value < 1 ? '<1' : Math.round(value)}%`;
}

export function duration(seconds: number): string {
  const total = Math.round(seconds);
  if (total < 60) return `${total}s`;
  const [hours, minutes] = [Math.floor(total / 3600), Math.floor(total / 60) % 60];
  if (hours > 0) return `${hours}h ${String(minutes).padStart(2, '0')}m`;
  return total % 60 === 0 ? `${minutes}m` : `${minutes}m ${String(total % 60).padStart(2, '0')}s`;
}

export type Unit = 'count' | 'ratio' | 'percent' | 'duration';

const units: Record<Metric, Unit> = {
  visitors: 'count',
  visits: 'count',
  pageviews: 'count',
  events: 'count',
  views_per_visit: 'ratio',
  bounce_rate: 'percent',
  visit_duration: 'duration',
  time_on_page: 'duration',
  scroll_depth: 'percent',
};

export function unitOf(metric: Metric): Unit {
  return units[metric];
}

export function metricValue(metric: Metric, value: number | null | undefined, length: 'short' | 'full' = 'short'): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return none;
  switch (units[metric]) {
    case 'count':
      return length === 'short' ? countShort(value) : count(value);
    case 'ratio':
      return ratio.format(value);
    case 'percent':
      return percent(value);
    case 'duration':
      return duration(value);
  }
}

export interface Change {
  text: string;
  direction: 'up' | 'down' | 'same';
  good: boolean | null;
}

// How a value compares with the one before. Shares change by points, all else by per cent.
export function change(metric: Metric, now: number | null | undefined, before: number | null | undefined): Change | null {
  if (typeof now !== 'number' || typeof before !== 'number') return null;
  const difference = units[metric] === 'percent' ? Math.round(now) - Math.round(before) : now - before;
  const direction = difference > 0 ? 'up' : difference < 0 ? 'down' : 'same';
  const good = direction === 'same' ? null : (direction === 'up') !== (metric === 'bounce_rate');
  if (units[metric] === 'percent') return { text: `${Math.abs(difference)} pt`, direction, good };
  if (before === 0 && now === 0) return null;
  if (before === 0) return units[metric] === 'count' ? { text: 'new', direction, good } : null;
  const share = Math.abs(difference / before) * 100;
  if (share >= 1000) return { text: `${ratio.format(now / before)}×`, direction, good };
  const text = percent(share);
  return text === '0%' ? { text, direction: 'same', good: null } : { text, direction, good };
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const months_long = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];

export interface Wall {
  year: number;
  month: number;
  day: number;
  weekday: string;
  // 'HH:MM', or empty where the label is a day.
  clock: string;
  month_name: string;
}

// Reads a wall clock label: '2026-11-21', '2026-11-21 14:00:00', with a T or an offset as well.
export function wall(label: string): Wall | null {
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d:\d\d))?/.exec(label);
  if (!match) return null;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (month < 1 || month > 12) return null;
  const weekday = weekdays[new Date(Date.UTC(year, month - 1, day)).getUTCDay()]!;
  return { year, month, day, weekday, clock: match[4] ?? '', month_name: months[month - 1]! };
}

export function dayText(day: string, year: 'year' | 'no year' = 'year'): string {
  const at = wall(day);
  if (!at) return day;
  return `${at.day} ${at.month_name}${year === 'year' ? ` ${at.year}` : ''}`;
}

// What one point of the chart stands for, in full.
export function bucketText(label: string, interval: Interval): string {
  const at = wall(label);
  if (!at) return label;
  const date = `${at.weekday} ${at.day} ${at.month_name} ${at.year}`;
  switch (interval) {
    case 'minute':
      return `${date}, ${at.clock}`;
    case 'hour':
      return `${date}, ${at.clock}–${at.clock.slice(0, 2)}:59`;
    case 'day':
      return date;
    case 'week':
      return `Week from ${at.day} ${at.month_name} ${at.year}`;
    case 'month':
      return `${months_long[at.month - 1]} ${at.year}`;
  }
}

// A custom range: '3 – 9 Nov 2026', '28 Oct – 3 Nov 2026', '21 Nov 2026, 09:00 – 11:59'.
export function rangeText(from: string, to: string): string {
  const [a, b] = [wall(from), wall(to)];
  if (!a || !b) return `${from} – ${to}`;
  const sameDay = from.slice(0, 10) === to.slice(0, 10);
  if (a.clock) return sameDay ? `${dayText(from)}, ${a.clock} – ${b.clock}` : `${dayText(from)}, ${a.clock} – ${dayText(to)}, ${b.clock}`;
  if (sameDay) return dayText(from);
  if (a.year !== b.year) return `${dayText(from)} – ${dayText(to)}`;
  if (a.month !== b.month) return `${dayText(from, 'no year')} – ${dayText(to)}`;
  return `${a.day} – ${dayText(to)}`;
}

// 'just now', '4 min ago', '3 h ago', '2 days ago'.
export function ago(instant: number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - instant) / 1000));
  if (seconds < 10) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  const days = Math.floor(seconds / 86_400);
  return days === 1 ? 'yesterday' : `${days} days ago`;
}
