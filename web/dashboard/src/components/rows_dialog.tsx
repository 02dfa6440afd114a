// The long form of a panel: every row with all its metrics, sorted by any of them, searched, and paged.
import { useEffect, useRef, useState } from 'preact/hooks';
import { query } from '../api/client';
import type { Metric } from '../api/types';
import { go } from '../state/address';
import { questionOf, useBoard } from '../state/board';
import { rowsQuery } from '../state/queries';
import { useResource } from '../state/resource';
import { hasFilter, toggled } from '../state/view';
import { count, metricValue } from '../text/format';
import { dimensionName, dimensionPlural, metric_names_short, valueName } from '../text/labels';
import { Dialog } from './dialog';
import { List, Out, Search } from './icons';
import { Notice } from './notice';
import { Waiting, outsideLink } from './panel';
import type { Tab } from './panel_list';

const page_rows = 50;
const search_pause_ms = 250;

export function RowsDialog({ tab, onClose }: { tab: Tab; onClose(): void }) {
  const { view, span, tick } = useBoard();
  const { dimension } = tab;
  const [metric, setMetric] = useState<Metric>(tab.columns.includes(tab.metric) ? tab.metric : tab.columns[0]!);
  const [direction, setDirection] = useState<'asc' | 'desc'>('desc');
  const [search, setSearch] = useState('');
  const [page, setPage] = useState(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  const rows = useResource(
    `${questionOf(view)} all ${dimension} ${metric} ${direction} ${page} ${search}`,
    async (signal) => ({
      page,
      ...(await query(
        rowsQuery(view, span(), {
          dimension,
          metrics: tab.columns,
          order_by: [metric, direction],
          limit: page_rows,
          offset: page * page_rows,
          search,
          without: tab.without,
          bots: tab.bots,
        }),
        signal,
      )),
    }),
    tick,
  );

  const sort = (column: Metric) => {
    setDirection(column === metric && direction === 'desc' ? 'asc' : 'desc');
    setMetric(column);
    setPage(0);
  };
  const typed = (event: Event) => {
    const text = (event.currentTarget as HTMLInputElement).value.trim();
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      setSearch(text);
      setPage(0);
    }, search_pause_ms);
  };

  const results = rows.data?.results ?? [];
  // Of the rows that are shown, which until the next answer are those of the page before.
  const first = (rows.data?.page ?? page) * page_rows + 1;
  const total = rows.data?.meta?.total_rows ?? first - 1 + results.length;
  // Countries are kept as codes; a search for letters of their names would find others.
  const searchable = dimension !== 'visit:country';

  return (
    <Dialog title={dimensionPlural(dimension)} onClose={onClose}>
      {searchable && (
        <label class="search">
          <Search />
          <span class="unseen">Search {dimensionPlural(dimension)}</span>
          <input type="search" autofocus placeholder="Search" onInput={typed} />
        </label>
      )}
      <div class={`table-scroll ${rows.stale ? 'is-stale' : ''}`} tabIndex={0} role="region" aria-label={`All rows, ${dimensionName(dimension)}`} aria-busy={rows.loading}>
        {rows.error && <Notice error={rows.error} onRetry={rows.reload} />}
        {!rows.data && !rows.error && <Waiting rows={8} />}
        {rows.data && (
          <table class="table">
            <thead>
              <tr>
                <th scope="col">{dimensionName(dimension)}</th>
                {tab.columns.map((column) => (
                  <th key={column} scope="col" class="number" aria-sort={column === metric ? (direction === 'desc' ? 'descending' : 'ascending') : 'none'}>
                    <button type="button" class="sort" onClick={() => sort(column)}>
                      {column === metric && <i aria-hidden="true">{direction === 'desc' ? '↓ ' : '↑ '}</i>}
                      {metric_names_short[column]}
                    </button>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {results.map((row) => {
                const value = row.dimensions[0] ?? '';
                const link = outsideLink(tab, view.site, value);
                return (
                  <tr key={value}>
                    <th scope="row">
                      <div class="cell-name">
                        <button
                          type="button"
                          class={`linkish ${tab.mono ? 'mono' : ''}`}
                          aria-pressed={hasFilter(view.filters, dimension, value)}
                          title={valueName(dimension, value)}
                          onClick={() => go({ filters: toggled(view.filters, dimension, value), overlay: null })}
                        >
                          {valueName(dimension, value)}
                        </button>
                        {tab.hits && (
                          <button type="button" class="row-tool" aria-label={`Visits of ${value}`} onClick={() => go({ overlay: { kind: 'hits', by: tab.hits!, value } })}>
                            <List />
                          </button>
                        )}
                        {link && (
                          <a class="row-tool" href={link} target="_blank" rel="noopener noreferrer" aria-label={`Open ${value}`}>
                            <Out />
                          </a>
                        )}
                      </div>
                    </th>
                    {tab.columns.map((column, place) => (
                      <td key={column} class="number">
                        {metricValue(column, row.metrics[place], 'full')}
                      </td>
                    ))}
                  </tr>
                );
              })}
            </tbody>
          </table>
        )}
        {rows.data && results.length === 0 && <p class="panel-empty">{search ? 'Nothing matches the search.' : 'Nothing here.'}</p>}
      </div>
      <footer class="dialog-foot">
        <span role="status">{results.length > 0 ? `${count(first)}–${count(first + results.length - 1)} of ${count(total)}` : ''}</span>
        <span class="buttons">
          <button type="button" class="button" disabled={page === 0} onClick={() => setPage(page - 1)}>
            Previous
          </button>
          <button type="button" class="button" disabled={(page + 1) * page_rows >= total} onClick={() => setPage(page + 1)}>
            Next
          </button>
        </span>
      </footer>
    </Dialog>
  );
}
