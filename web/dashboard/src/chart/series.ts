// From rows of the query API to the numbers behind the chart: one value for every bucket, nothing for the future.
import type { Metric, QueryAnswer } from '../api/types';

export interface Series {
  labels: string[];
  values: Map<Metric, (number | null)[]>;
  // The bucket that is still filling; -1 when all are past.
  current: number;
}

function plain(label: string): string {
  return label.replace('T', ' ').slice(0, 16);
}

// Averages and shares have no value where nothing happened; counts are zero there.
const without_value: readonly Metric[] = ['views_per_visit', 'bounce_rate', 'visit_duration', 'time_on_page', 'scroll_depth'];

// `now` is the site's wall clock, or null for a period that is over.
export function seriesOf(answer: QueryAnswer, metrics: readonly Metric[], now: string | null): Series {
  const rows = new Map(answer.results.map((row) => [plain(row.dimensions[0] ?? ''), row.metrics]));
  const labels = answer.meta?.time_labels ?? answer.results.map((row) => row.dimensions[0] ?? '');
  const keys = labels.map(plain);
  const last = now === null ? labels.length - 1 : keys.findLastIndex((key) => key <= now);
  const values = new Map<Metric, (number | null)[]>();
  metrics.forEach((metric, place) => {
    const empty = without_value.includes(metric) ? null : 0;
    values.set(metric, keys.map((key, index) => (index > last ? null : (rows.get(key)?.[place] ?? empty))));
  });
  return { labels, values, current: now === null ? -1 : last };
}
