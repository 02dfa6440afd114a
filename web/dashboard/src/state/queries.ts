// Turns the view into the questions the server is asked.
import type { Interval, Metric, QueryBody, QueryFilter } from '../api/types';
import type { Span } from './ranges';
import { type Filter, type HitsBy, type View, headline, onlyValue } from './view';

export function wireFilters(filters: Filter[]): QueryFilter[] {
  return filters.map(({ operator, dimension, values }) => [operator, dimension, values]);
}

function base(view: View, span: Span, metrics: readonly Metric[]): QueryBody {
  const body: QueryBody = { site_id: view.site, metrics: [...metrics], date_range: span.date_range };
  if (view.filters.length > 0) body.filters = wireFilters(view.filters);
  if (view.bots) body.include = { bots: true };
  return body;
}

export function totalsQuery(view: View, span: Span): QueryBody {
  return base(view, span, headline);
}

export function seriesQuery(view: View, span: Span, interval: Interval): QueryBody {
  const body = base(view, span, headline);
  body.dimensions = [`time:${interval}`];
  body.include = { ...body.include, time_labels: true };
  return body;
}

export interface RowsQuestion {
  dimension: string;
  metrics: readonly Metric[];
  order_by: [Metric, 'asc' | 'desc'];
  limit: number;
  offset?: number;
  search?: string;
  // What this dimension leaves out always, such as page views among the events.
  without?: string[];
  // This list is about bots, so they belong in it.
  bots?: boolean;
}

export function rowsQuery(view: View, span: Span, question: RowsQuestion): QueryBody {
  const { dimension, metrics, order_by, limit, offset = 0, search, without, bots } = question;
  const body = base(view, span, metrics);
  const filters = body.filters ?? [];
  if (without) filters.push(['is_not', dimension, without]);
  if (search) filters.push(['contains', dimension, [search]]);
  if (filters.length > 0) body.filters = filters;
  body.dimensions = [dimension];
  // The name breaks ties, so that pages of a list neither repeat nor skip a row.
  body.order_by = [order_by, [dimension, 'asc']];
  body.include = { ...body.include, ...(bots ? { bots: true } : {}), total_rows: true };
  body.pagination = { limit, offset };
  return body;
}

// Was this site ever visited by anyone, bots included?
export function everQuery(site: string): QueryBody {
  return { site_id: site, metrics: ['events', 'pageviews'], date_range: 'all', include: { bots: true } };
}

const hits_filter: Record<string, string> = {
  'visit:ip': 'ip',
  'visit:session': 'session',
  'visit:visitor': 'visitor',
  'event:page': 'path',
  'event:name': 'event',
};

// The rows of visits can be looked up by a few of the filters only. Which of them the list cannot follow?
export function filtersBeyondHits(filters: Filter[]): Filter[] {
  return filters.filter(({ dimension }) => !(dimension in hits_filter) || onlyValue(filters, dimension) === null);
}

export function hitsParameters(view: View, span: Span, limit: number | null, cursor?: string | null): URLSearchParams {
  const parameters = new URLSearchParams({ site: view.site });
  for (const [dimension, name] of Object.entries(hits_filter)) {
    const value = onlyValue(view.filters, dimension);
    if (value !== null) parameters.set(name, value);
  }
  if (span.from !== null) parameters.set('from', new Date(span.from).toISOString());
  if (span.to !== null && !span.includes_now) parameters.set('to', new Date(span.to).toISOString());
  if (limit !== null) parameters.set('limit', String(limit));
  if (cursor) parameters.set('cursor', cursor);
  return parameters;
}

// The counts alone are shown: one row is the least that can be asked for.
export function droppedParameters(view: View, span: Span): URLSearchParams {
  const parameters = new URLSearchParams({ site: view.site, limit: '1' });
  if (span.from !== null) parameters.set('from', new Date(span.from).toISOString());
  if (span.to !== null && !span.includes_now) parameters.set('to', new Date(span.to).toISOString());
  return parameters;
}

export function hitsOfParameters(site: string, by: HitsBy, value: string, limit: number, cursor?: string | null): URLSearchParams {
  const parameters = new URLSearchParams({ site, [by]: value, limit: String(limit) });
  if (cursor) parameters.set('cursor', cursor);
  return parameters;
}
