// The names a person sees for metrics, dimensions and their values.
import type { FilterOperator, Interval, Metric } from '../api/types';
import type { Preset } from '../state/ranges';
import type { Filter } from '../state/view';

export const metric_names: Record<Metric, string> = {
  visitors: 'Visitors',
  visits: 'Sessions',
  pageviews: 'Page views',
  events: 'Events',
  views_per_visit: 'Views per session',
  bounce_rate: 'Bounce rate',
  visit_duration: 'Session duration',
  time_on_page: 'Time on page',
  scroll_depth: 'Scroll depth',
};

// For the heads of narrow columns.
export const metric_names_short: Record<Metric, string> = {
  ...metric_names,
  pageviews: 'Views',
  views_per_visit: 'Views/session',
  bounce_rate: 'Bounce',
  visit_duration: 'Duration',
  time_on_page: 'Time',
  scroll_depth: 'Scroll',
};

export const dimension_names: Record<string, string> = {
  'event:page': 'Page',
  'visit:entry_page': 'Entry page',
  'visit:exit_page': 'Exit page',
  'event:name': 'Event',
  'event:hostname': 'Host name',
  'visit:channel': 'Channel',
  'visit:source': 'Source',
  'visit:referrer': 'Referrer',
  'visit:utm_source': 'UTM source',
  'visit:utm_medium': 'UTM medium',
  'visit:utm_campaign': 'UTM campaign',
  'visit:utm_content': 'UTM content',
  'visit:utm_term': 'UTM term',
  'visit:country': 'Country',
  'visit:region': 'Region',
  'visit:city': 'City',
  'visit:browser': 'Browser',
  'visit:browser_version': 'Browser version',
  'visit:os': 'Operating system',
  'visit:os_version': 'System version',
  'visit:device': 'Device',
  'visit:ip': 'IP address',
  'visit:session': 'Session',
  'visit:visitor': 'Visitor',
  'visit:bot': 'Bot',
  'event:kind': 'Kind of view',
  'event:source': 'Reported by',
};

// The title of a list of all values.
const plurals: Record<string, string> = {
  'visit:country': 'Countries',
  'visit:city': 'Cities',
  'visit:ip': 'IP addresses',
  'event:kind': 'Kinds of view',
  'event:source': 'Reported by',
};

export function dimensionPlural(dimension: string): string {
  return plurals[dimension] ?? `${dimensionName(dimension)}s`;
}

export const preset_names: Record<Preset, { short: string; long: string }> = {
  '30m': { short: '30 min', long: 'Last 30 minutes' },
  day: { short: 'Today', long: 'Today' },
  '24h': { short: '24 h', long: 'Last 24 hours' },
  '7d': { short: '7 d', long: 'Last 7 days' },
  '30d': { short: '30 d', long: 'Last 30 days' },
  '91d': { short: '91 d', long: 'Last 91 days' },
  month: { short: 'Month', long: 'This month' },
  '12mo': { short: '12 mo', long: 'Last 12 months' },
  all: { short: 'All', long: 'All time' },
};

export const interval_names: Record<Interval, string> = {
  minute: 'Minutes',
  hour: 'Hours',
  day: 'Days',
  week: 'Weeks',
  month: 'Months',
};

export const operator_names: Record<FilterOperator, string> = {
  is: 'is',
  is_not: 'is not',
  contains: 'contains',
  contains_not: 'does not contain',
};

const value_names: Record<string, Record<string, string>> = {
  'event:kind': {
    load: 'Loaded from the server',
    cached: 'From the browser’s cache',
    restored: 'Back or forward',
    soft: 'Within the page',
    prerendered: 'Prerendered, then shown',
    event: 'Event',
  },
  'event:source': { edge: 'The edge', script: 'The script', pixel: 'The pixel', api: 'The API', log: 'An access log' },
  'visit:bot': { '(none)': 'People', '': 'People', null: 'People' },
};

let countries: Intl.DisplayNames | undefined;

export function countryName(code: string): string {
  if (!/^[A-Z]{2}$/i.test(code)) return code || 'Unknown';
  try {
    countries ??= new Intl.DisplayNames('en', { type: 'region' });
    return countries.of(code.toUpperCase()) ?? code;
  } catch {
    return code;
  }
}

const capitalised = new Set(['visit:device', 'visit:os', 'visit:browser', 'visit:channel']);

export function valueName(dimension: string, value: string): string {
  if (dimension === 'visit:country') return countryName(value);
  // A visitor may send a value such as 'constructor', which every object has.
  const named = value_names[dimension];
  if (named && Object.hasOwn(named, value)) return named[value]!;
  if (value === '') return '(not set)';
  return capitalised.has(dimension) ? value[0]!.toUpperCase() + value.slice(1) : value;
}

export function dimensionName(dimension: string): string {
  return dimension_names[dimension] ?? dimension;
}

export function filterText({ operator, dimension, values }: Filter): { dimension: string; operator: string; value: string } {
  return {
    dimension: dimensionName(dimension),
    operator: operator_names[operator],
    value: values.map((value) => valueName(dimension, value)).join(' or '),
  };
}

// Why a hit was not counted (docs/guards.md).
export const drop_reasons: Record<string, string> = {
  foreign_origin: 'Sent by a page of another site',
  foreign_referrer: 'From a page of another site',
  cross_site: 'From another site, by the browser’s word',
  no_token: 'Without a page token',
  bad_token: 'With a forged page token',
  expired_token: 'With an expired page token',
  replayed: 'Sent again',
};
