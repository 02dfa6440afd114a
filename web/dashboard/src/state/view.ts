// What the page shows, and how that is written in the address so that a view can be linked and "back" works.
//
// It is kept behind the #, which browsers never send: an address in a filter stays out of every server's log.
// Decoding never fails; a part that makes no sense is left out.
import type { FilterOperator, Interval, Metric } from '../api/types';
import { type Range, parsedEnds, presets, type Preset } from './ranges';

export interface Filter {
  operator: FilterOperator;
  dimension: string;
  values: string[];
}

// A list that lies over the page: all rows of a dimension, or the hits of one session, address or page.
export type Overlay =
  | { kind: 'rows'; dimension: string }
  | { kind: 'hits'; by: HitsBy; value: string };

export const hits_by = ['session', 'ip', 'visitor', 'path'] as const;
export type HitsBy = (typeof hits_by)[number];

export interface View {
  site: string;
  range: Range;
  interval: Interval | null;
  metrics: Metric[];
  filters: Filter[];
  bots: boolean;
  compare: boolean;
  table: boolean;
  overlay: Overlay | null;
}

export const counts: readonly Metric[] = ['visitors', 'visits', 'pageviews'];
export const headline: readonly Metric[] = [...counts, 'views_per_visit', 'bounce_rate', 'visit_duration'];

export const default_view: View = {
  site: '',
  range: '7d',
  interval: null,
  metrics: [...counts],
  filters: [],
  bots: false,
  compare: true,
  table: false,
  overlay: null,
};

const filters_max = 20;
const values_max = 50;
const operators: readonly FilterOperator[] = ['is', 'is_not', 'contains', 'contains_not'];
const intervals: readonly Interval[] = ['minute', 'hour', 'day', 'week', 'month'];

// Percent-encoding that leaves readable what may stay: / : , @ — and guards ~, which separates.
function escaped(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/%(2F|3A|2C|40)/g, (code) => decodeURIComponent(code))
    .replaceAll('~', '%7E');
}

function unescaped(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function listed(parts: string[]): string {
  return parts.map(escaped).join('~');
}

function unlisted(text: string): string[] | null {
  const parts = text.split('~').map(unescaped);
  return parts.includes(null) ? null : (parts as string[]);
}

export function encodeView(view: View): string {
  const parts: string[] = [];
  const add = (key: string, value: string) => parts.push(`${key}=${value}`);
  if (view.site) add('site', escaped(view.site));
  if (typeof view.range === 'object') add('range', listed([view.range.from, view.range.to]));
  else if (view.range !== default_view.range) add('range', view.range);
  if (view.interval) add('by', view.interval);
  if (view.metrics.join() !== default_view.metrics.join()) add('show', view.metrics.join(','));
  for (const filter of view.filters) add('f', listed([filter.operator, filter.dimension, ...filter.values]));
  if (view.bots) add('bots', '1');
  if (!view.compare) add('compare', '0');
  if (view.table) add('table', '1');
  if (view.overlay?.kind === 'rows') add('rows', escaped(view.overlay.dimension));
  if (view.overlay?.kind === 'hits') add('hits', listed([view.overlay.by, view.overlay.value]));
  return parts.join('&');
}

function decodeFilter(text: string): Filter | null {
  const [operator, dimension, ...values] = unlisted(text) ?? [];
  if (!operators.includes(operator as FilterOperator) || values.length === 0 || values.length > values_max) return null;
  if (!dimension || !/^(event|visit):[a-z_:.-]+$/i.test(dimension)) return null;
  return { operator: operator as FilterOperator, dimension, values };
}

// A chart shows either some of the counts, which share a scale, or one of the others alone.
export function chartable(metrics: Metric[]): Metric[] {
  const known = headline.filter((metric) => metrics.includes(metric));
  const counted = known.filter((metric) => counts.includes(metric));
  if (counted.length > 0) return counted;
  return known.length > 0 ? known.slice(0, 1) : [...default_view.metrics];
}

export function decodeView(hash: string): View {
  const view: View = { ...default_view, filters: [] };
  for (const part of hash.replace(/^#/, '').split('&')) {
    const at = part.indexOf('=');
    if (at < 0) continue;
    const key = part.slice(0, at);
    const raw = part.slice(at + 1);
    const value = unescaped(raw);
    if (value === null) continue;
    switch (key) {
      case 'site':
        view.site = value;
        break;
      case 'range': {
        const ends = unlisted(raw);
        if (presets.includes(value as Preset)) view.range = value as Preset;
        else if (ends?.length === 2) view.range = parsedEnds(ends[0]!, ends[1]!) ?? view.range;
        break;
      }
      case 'by':
        if (intervals.includes(value as Interval)) view.interval = value as Interval;
        break;
      case 'show':
        view.metrics = chartable(value.split(',') as Metric[]);
        break;
      case 'f': {
        const filter = decodeFilter(raw);
        if (filter && view.filters.length < filters_max) view.filters.push(filter);
        break;
      }
      case 'bots':
        view.bots = value === '1';
        break;
      case 'compare':
        view.compare = value !== '0';
        break;
      case 'table':
        view.table = value === '1';
        break;
      case 'rows':
        if (/^(event|visit):[a-z_]+$/.test(value)) view.overlay = { kind: 'rows', dimension: value };
        break;
      case 'hits': {
        const [by, of] = unlisted(raw) ?? [];
        if (of && hits_by.includes(by as HitsBy)) view.overlay = { kind: 'hits', by: by as HitsBy, value: of };
        break;
      }
    }
  }
  return view;
}

// Filters after a row was chosen: the same choice again takes it away, another value of the same dimension
// takes its place.
export function toggled(filters: Filter[], dimension: string, value: string): Filter[] {
  const others = filters.filter((filter) => !(filter.dimension === dimension && filter.operator === 'is'));
  return hasFilter(filters, dimension, value) ? others : [...others, { operator: 'is', dimension, values: [value] }];
}

export function hasFilter(filters: Filter[], dimension: string, value: string): boolean {
  return filters.some(
    (filter) => filter.operator === 'is' && filter.dimension === dimension && filter.values.length === 1 && filter.values[0] === value,
  );
}

// The one value a dimension is filtered to, if there is exactly one.
export function onlyValue(filters: Filter[], dimension: string): string | null {
  const filter = filters.find((one) => one.dimension === dimension && one.operator === 'is');
  return filter?.values.length === 1 ? filter.values[0]! : null;
}
