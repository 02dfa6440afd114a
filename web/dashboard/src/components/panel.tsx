// One panel: the first rows of a list, with a bar for each. A row is a filter.
import { useId, useRef, useState } from 'preact/hooks';
import { query } from '../api/client';
import type { QueryAnswer } from '../api/types';
import { go } from '../state/address';
import { questionOf, useBoard } from '../state/board';
import { rowsQuery } from '../state/queries';
import { useHeld, useInSight, useResource } from '../state/resource';
import { hasFilter, toggled } from '../state/view';
import { count, metricValue, percent } from '../text/format';
import { dimensionName, metric_names, metric_names_short, valueName } from '../text/labels';
import { httpUrl, pageUrl } from '../text/links';
import { List, Out } from './icons';
import { Notice } from './notice';
import type { Panel as PanelDefinition, Tab } from './panel_list';
import { Tabs } from './tabs';

export const rows_shown = 8;

// Which rows have grown since the last answer to the same question: they light up for a moment.
function useGrown(question: string, answer: QueryAnswer | undefined): Map<string, number> {
  const memory = useRef({ question: '', values: new Map<string, number>(), grown: new Map<string, number>(), answer });
  const kept = memory.current;
  if (answer && answer !== kept.answer) {
    const values = new Map(answer.results.map((row) => [row.dimensions[0] ?? '', row.metrics[0] ?? 0]));
    if (kept.question === question) {
      for (const [name, value] of values) {
        const before = kept.values.get(name);
        if (kept.values.size > 0 && value > (before ?? 0)) kept.grown.set(name, (kept.grown.get(name) ?? 0) + 1);
      }
    } else {
      kept.grown = new Map();
    }
    memory.current = { question, values, grown: kept.grown, answer };
  }
  return memory.current.grown;
}

export function outsideLink(tab: Tab, site: string, value: string): string | null {
  if (tab.link === 'page') return pageUrl(site, value, location);
  if (tab.link === 'referrer') return httpUrl(value);
  return null;
}

export function Panel({ panel }: { panel: PanelDefinition }) {
  const { view, span, tick, totals } = useBoard();
  const [chosen, setChosen] = useState(panel.tabs[0]!.id);
  const [choice, setChoice] = useState<string | null>(null);
  const section = useRef<HTMLElement>(null);
  const id = useId();
  const inSight = useInSight(section);

  let tab = panel.tabs.find((one) => one.id === chosen) ?? panel.tabs[0]!;
  if (choice && tab.choices?.includes(choice)) tab = { ...tab, dimension: choice };
  const { dimension, metric } = tab;

  const question = `${questionOf(view)} ${dimension}`;
  const asked = useHeld(question, inSight);
  const rows = useResource(
    inSight || asked === question ? question : null,
    (signal) =>
      query(
        rowsQuery(view, span(), { dimension, metrics: [metric], order_by: [metric, 'desc'], limit: rows_shown, without: tab.without, bots: tab.bots }),
        signal,
      ),
    useHeld(tick, inSight),
  );
  const grown = useGrown(question, rows.stale ? undefined : rows.data);

  const results = rows.data?.results ?? [];
  const greatest = Math.max(1, ...results.map((row) => row.metrics[0] ?? 0));
  const total = totals.get(metric);
  const all = rows.data?.meta?.total_rows ?? results.length;
  const filtered = view.filters.length > 0;

  return (
    <section class={`card panel panel-${panel.width}`} ref={section} aria-labelledby={`${id}-title`}>
      <header class="panel-head">
        <h2 id={`${id}-title`}>{panel.title}</h2>
        {panel.tabs.length > 1 && (
          <Tabs label={panel.title} tabs={[...panel.tabs]} active={tab.id} controls={id} onSelect={setChosen} />
        )}
      </header>
      <div
        class={`panel-body ${rows.stale ? 'is-stale' : ''}`}
        id={id}
        {...(panel.tabs.length > 1 ? { role: 'tabpanel', 'aria-labelledby': `${id}-${tab.id}` } : {})}
        aria-busy={rows.loading && (rows.stale || !rows.data)}
      >
        <div class="panel-columns">
          {tab.choices ? (
            <label class="panel-choice">
              <span class="unseen">Show by</span>
              <select value={dimension} onChange={(event) => setChoice(event.currentTarget.value)}>
                {tab.choices.map((one) => (
                  <option key={one} value={one}>
                    {dimensionName(one)}
                  </option>
                ))}
              </select>
            </label>
          ) : (
            <span>{dimensionName(dimension)}</span>
          )}
          <span>{metric_names_short[metric]}</span>
        </div>
        {rows.error && !rows.data && <Notice error={rows.error} onRetry={rows.reload} />}
        {!rows.data && !rows.error && <Waiting rows={rows_shown} />}
        {rows.data && results.length === 0 && (
          <p class="panel-empty">{filtered ? 'Nothing matches the filters.' : 'Nothing in this period.'}</p>
        )}
        <ul class="rows">
          {results.map((row) => {
            const value = row.dimensions[0] ?? '';
            const amount = row.metrics[0] ?? 0;
            const active = hasFilter(view.filters, dimension, value);
            const link = outsideLink(tab, view.site, value);
            const flash = grown.get(value);
            return (
              <li key={value} class={`row ${active ? 'is-active' : ''}`}>
                <div class="row-line">
                  <button
                    type="button"
                    class="row-main"
                    aria-pressed={active}
                    title={valueName(dimension, value)}
                    onClick={() => go({ filters: toggled(view.filters, dimension, value) })}
                  >
                    <span class={`row-bar ${flash ? `flash-${flash % 2}` : ''}`} style={{ width: `${(100 * amount) / greatest}%` }} />
                    <span class={`row-name ${tab.mono ? 'mono' : ''}`}>{valueName(dimension, value)}</span>
                  </button>
                  {(tab.hits || link) && (
                    <span class="row-tools">
                      {tab.hits && (
                        <button type="button" class="row-tool" aria-label={`Visits of ${value}`} title="Every visit" onClick={() => go({ overlay: { kind: 'hits', by: tab.hits!, value } })}>
                          <List />
                        </button>
                      )}
                      {link && (
                        <a class="row-tool" href={link} target="_blank" rel="noopener noreferrer" aria-label={`Open ${value}`} title="Open in a new tab">
                          <Out />
                        </a>
                      )}
                    </span>
                  )}
                </div>
                {total ? <span class="row-share">{percent((100 * amount) / total)}</span> : null}
                <span class="row-value" title={count(amount)}>
                  {metricValue(metric, amount)}
                  <span class="unseen"> {metric_names[metric]}</span>
                </span>
              </li>
            );
          })}
        </ul>
      </div>
      <footer class="panel-foot">
        {rows.data && results.length > 0 && (
          <button type="button" class="more" onClick={() => go({ overlay: { kind: 'rows', dimension } })}>
            {all > results.length ? `All ${count(all)}` : 'Details'}
            <span class="unseen"> – {dimensionName(dimension)}</span>
          </button>
        )}
      </footer>
    </section>
  );
}

export function Waiting({ rows }: { rows: number }) {
  return (
    <div class="waiting" role="status">
      <span class="unseen">Loading</span>
      {Array.from({ length: rows }, (_, place) => (
        <i key={place} style={{ width: `${88 - place * 9}%` }} />
      ))}
    </div>
  );
}
