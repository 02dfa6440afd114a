// The shapes of the API that this page reads, as docs/api.md describes them.

export type Metric =
  | 'visitors'
  | 'visits'
  | 'pageviews'
  | 'events'
  | 'views_per_visit'
  | 'bounce_rate'
  | 'visit_duration'
  | 'time_on_page'
  | 'scroll_depth';

export type Interval = 'minute' | 'hour' | 'day' | 'week' | 'month';

export type FilterOperator = 'is' | 'is_not' | 'contains' | 'contains_not';

// Plausible's filter: an operator, a dimension, and values of which any may match.
export type QueryFilter = [FilterOperator, string, string[]];

export interface QueryBody {
  site_id: string;
  metrics: Metric[];
  date_range: 'all' | [string, string];
  dimensions?: string[];
  filters?: QueryFilter[];
  order_by?: [string, 'asc' | 'desc'][];
  include?: { bots?: boolean; time_labels?: boolean; total_rows?: boolean };
  pagination?: { limit: number; offset: number };
}

export interface QueryRow {
  dimensions: string[];
  metrics: (number | null)[];
}

export interface QueryAnswer {
  results: QueryRow[];
  meta?: { time_labels?: string[]; total_rows?: number };
  query?: { date_range?: [string, string] };
}

export interface Me {
  role: 'admin' | 'read';
  sites: string[];
  // Optional: the time zone of a site whose days do not begin at midnight UTC.
  timezones?: Record<string, string>;
  // Optional: dimensions that only some installations have, such as visit:city.
  dimensions?: string[];
}

// One row of the table of visits. Everything after `path` may be missing: it depends on the site's
// privacy settings and on what the browser told.
export interface Visit {
  id: string;
  time: string;
  site: string;
  path: string;
  query?: string | null;
  title?: string | null;
  session?: string | null;
  visitor?: string | null;
  ip?: string | null;
  user_agent?: string | null;
  referrer?: string | null;
  event?: string | null;
  kind?: string | null;
  source?: string | null;
  props?: Record<string, unknown> | null;
  country?: string | null;
  region?: string | null;
  city?: string | null;
  browser?: string | null;
  browser_version?: string | null;
  os?: string | null;
  os_version?: string | null;
  device?: string | null;
  referrer_source?: string | null;
  channel?: string | null;
  bot?: string | null;
  engaged_ms?: number | null;
  scroll_depth?: number | null;
}

export interface VisitPage {
  visits: Visit[];
  next_cursor?: string | null;
}

// What policy did not count, by reason.
export interface DroppedPage {
  counts: Record<string, number>;
  dropped: unknown[];
}

export interface Readmission {
  site: string;
  reason: string;
  from?: string;
  to?: string;
}

export interface Readmitted {
  readmitted: number;
  more: boolean;
}

// What /api/live says about a hit as it arrives.
export interface LiveHit {
  time?: string;
  site?: string;
  path?: string;
  kind?: string;
  event?: string | null;
  country?: string | null;
}
