// The headline numbers and the chart below them: a number is also the switch of its line.
import { useMemo } from 'preact/hooks';
import { query } from '../api/client';
import type { Metric, QueryAnswer } from '../api/types';
import { type Line, LineChart } from '../chart/line_chart';
import { seriesOf } from '../chart/series';
import { go } from '../state/address';
import { questionOf, useBoard } from '../state/board';
import { seriesQuery } from '../state/queries';
import { comparisonOf, intervalFor, intervalsFor, stepped, zoomEnds } from '../state/ranges';
import { type Resource, useResource } from '../state/resource';
import { counts, headline } from '../state/view';
import { wallClock } from '../state/zone';
import { type Change, bucketText, change, metricValue, unitOf } from '../text/format';
import { interval_names, metric_names } from '../text/labels';
import { Notice } from './notice';

// The chart knows three colours: one for each count, and the first for whatever is shown alone.
function colorOf(metric: Metric): number {
  return Math.max(0, counts.indexOf(metric)) + 1;
}

function selected(chosen: Metric[], metric: Metric): Metric[] {
  const isCount = counts.includes(metric);
  if (!isCount || !chosen.every((one) => counts.includes(one))) return [metric];
  if (!chosen.includes(metric)) return counts.filter((one) => one === metric || chosen.includes(one));
  // The last line stays: an empty chart says nothing.
  return chosen.length > 1 ? chosen.filter((one) => one !== metric) : chosen;
}

function Difference({ is }: { is: Change }) {
  const arrow = { up: '▲', down: '▼', same: '' }[is.direction];
  const word = { up: 'up ', down: 'down ', same: 'unchanged ' }[is.direction];
  return (
    <span class={`change ${is.good === null ? '' : is.good ? 'change-good' : 'change-bad'}`}>
      {is.text !== 'new' && <span aria-hidden="true">{arrow} </span>}
      <span class="unseen">{word}</span>
      {is.text}
    </span>
  );
}

interface Props {
  totals: Resource<QueryAnswer>;
  totals_before: Map<Metric, number | null> | null;
}

export function Timeline({ totals, totals_before }: Props) {
  const { view, zone, span, now, tick, totals: values } = useBoard();
  const resolved = span();

  // How long 'all' is, only the server can say; its answer to the totals does.
  const ends = totals.stale ? undefined : totals.data?.query?.date_range;
  const length = resolved.from !== null && resolved.to !== null ? resolved.to - resolved.from : ends ? Date.parse(ends[1]) - Date.parse(ends[0]) : null;
  const ready = length !== null || Boolean(totals.data && !totals.stale) || Boolean(totals.error);
  const safeLength = length !== null && Number.isFinite(length) ? length : 400 * 86_400_000;
  const interval = intervalFor(safeLength, view.interval);
  const intervals = intervalsFor(safeLength);

  const question = `${questionOf(view)} by ${interval}`;
  const current = useResource(ready ? question : null, (signal) => query(seriesQuery(view, span(), interval), signal, 'first'), tick);
  const alone = view.metrics.length === 1;
  const comparison = view.compare ? comparisonOf(view.range, now(), zone) : null;
  const withBefore = alone && comparison !== null;
  const before = useResource(withBefore ? `${question} before` : null, (signal) => query(seriesQuery(view, comparisonOf(view.range, now(), zone)!.whole, interval), signal));

  const clock = resolved.includes_now ? wallClock(now(), zone) : null;
  const series = useMemo(() => current.data && seriesOf(current.data, headline, clock), [current.data, clock]);
  const seriesBefore = useMemo(
    () => (withBefore && before.data && !before.stale ? seriesOf(before.data, headline, null) : null),
    [before.data, before.stale, withBefore],
  );
  const lines = useMemo<Line[]>(
    () =>
      series
        ? view.metrics.map((metric) => ({
            name: metric_names[metric],
            color: colorOf(metric),
            values: series.values.get(metric)!,
            before: seriesBefore?.values.get(metric) ?? null,
          }))
        : [],
    [series, seriesBefore, view.metrics.join()],
  );

  const lead = view.metrics[0]!;
  const zoom = (from: number, to: number) => {
    if (!series) return;
    const first = series.labels[from];
    const last = series.labels[to];
    if (!first || !last) return;
    const ends = zoomEnds(first, last, interval);
    if (ends) go({ range: ends, interval: null });
  };

  return (
    <section class="card timeline" aria-label="Visitors over time">
      <div class={`tiles ${totals.stale ? 'is-stale' : ''}`} role="group" aria-label="Headline numbers: choose what the chart shows">
        {headline.map((metric) => {
          const value = values.get(metric);
          const difference = totals_before && !totals.stale ? change(metric, value, totals_before.get(metric)) : null;
          const on = view.metrics.includes(metric);
          return (
            <button key={metric} type="button" class={`tile ${on ? 'is-on' : ''}`} aria-pressed={on} onClick={() => go({ metrics: selected(view.metrics, metric) }, 'replace')}>
              <span class="tile-name">
                <i class={`dot dot-${on ? colorOf(metric) : 'off'}`} />
                {metric_names[metric]}
              </span>
              <span class="tile-value" title={metricValue(metric, value, 'full')}>
                {totals.data ? metricValue(metric, value) : totals.error ? '–' : <i class="tile-waiting" />}
              </span>
              <span class="tile-change">{difference ? <Difference is={difference} /> : ' '}</span>
            </button>
          );
        })}
      </div>
      <div class="timeline-tools">
        {intervals.length > 1 && (
          <div class="segments segments-small" role="group" aria-label="Interval">
            {intervals.map((one) => (
              <button key={one} type="button" class="segment" aria-pressed={one === interval} onClick={() => go({ interval: one }, 'replace')}>
                {interval_names[one]}
              </button>
            ))}
          </div>
        )}
        <span class="spring" />
        {stepped(view.range, -1, now(), zone) && (
          <button type="button" role="switch" class="switch" title="Compare with the period before" aria-checked={view.compare} onClick={() => go({ compare: !view.compare }, 'replace')}>
            <i aria-hidden="true" />
            Compare
          </button>
        )}
        <div class="segments segments-small" role="group" aria-label="Show as">
          <button type="button" class="segment" aria-pressed={!view.table} onClick={() => go({ table: false }, 'replace')}>
            Chart
          </button>
          <button type="button" class="segment" aria-pressed={view.table} onClick={() => go({ table: true }, 'replace')}>
            Table
          </button>
        </div>
      </div>
      {current.error && <Notice error={current.error} onRetry={current.reload} />}
      <div class={`timeline-body ${current.stale ? 'is-stale' : ''}`} aria-busy={current.loading && (current.stale || !current.data)}>
        {!series && !current.error && <div class="chart-waiting" role="status"><span class="unseen">Loading the chart</span></div>}
        {series && !view.table && (
          <LineChart
            labels={series.labels}
            labels_before={seriesBefore?.labels ?? null}
            interval={interval}
            lines={lines}
            unit={unitOf(lead)}
            current={series.current}
            value={(value) => metricValue(lead, value, 'full')}
            axisValue={(value) => metricValue(lead, value)}
            onZoom={zoom}
          />
        )}
        {series && view.table && (
          <div class="table-scroll timeline-table" tabIndex={0} role="region" aria-label="The chart as a table">
            <table class="table">
              <caption class="unseen">
                {view.site}: all headline numbers by {interval}
              </caption>
              <thead>
                <tr>
                  <th scope="col">{interval_names[interval].slice(0, -1)}</th>
                  {headline.map((metric) => (
                    <th key={metric} scope="col" class="number">
                      {metric_names[metric]}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {series.labels.map((label, at) =>
                  series.values.get('visitors')![at] === null ? null : (
                    <tr key={label}>
                      <th scope="row">
                        {bucketText(label, interval)}
                        {at === series.current && <em class="quiet"> so far</em>}
                      </th>
                      {headline.map((metric) => (
                        <td key={metric} class="number">
                          {metricValue(metric, series.values.get(metric)![at], 'full')}
                        </td>
                      ))}
                    </tr>
                  ),
                )}
              </tbody>
            </table>
          </div>
        )}
      </div>
    </section>
  );
}
