// The page of charts: puts the parts together, listens for hits, and decides when to ask again.
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import { query, requestsOpen } from './api/client';
import { openLive } from './api/live';
import type { LiveHit, Me, Metric, QueryAnswer } from './api/types';
import { Dropped } from './components/dropped';
import { Empty } from './components/empty';
import { FilterChips } from './components/filters';
import { Header } from './components/header';
import { HitsDialog } from './components/hits_dialog';
import { Notice } from './components/notice';
import { Panel } from './components/panel';
import { panelsFor, tabOf } from './components/panel_list';
import { RangePicker } from './components/range_picker';
import { RowsDialog } from './components/rows_dialog';
import { Timeline } from './components/timeline';
import { VisitLog } from './components/visit_log';
import { closeOverlay, go, view as viewCell } from './state/address';
import { type Board, BoardContext, questionOf } from './state/board';
import { type Cell, useCell } from './state/cell';
import { everQuery, totalsQuery } from './state/queries';
import { comparisonOf, spanOf } from './state/ranges';
import { Refresh } from './state/refresh';
import { useResource } from './state/resource';
import { headline } from './state/view';
import { count, rangeText } from './text/format';
import { preset_names } from './text/labels';

const slow_tick_ms = 60_000;

function metricsOf(answer: QueryAnswer | undefined): Map<Metric, number | null> {
  const row = answer?.results[0]?.metrics ?? [];
  return new Map(headline.map((metric, place) => [metric, row[place] ?? null]));
}

// Hits as they come, visitors now, and the tick that makes every part ask again.
function useLive(site: string, reachable: Cell<boolean>) {
  const [tick, setTick] = useState(0);
  const [current, setCurrent] = useState<number | null>(null);
  const [connected, setConnected] = useState(false);
  const [lastHit, setLastHit] = useState<{ hit: LiveHit; number: number } | null>(null);

  useEffect(() => {
    const refresh = new Refresh({
      now: () => performance.now(),
      busy: () => requestsOpen() > 0,
      visible: () => !document.hidden,
      round: () => setTick((count) => count + 1),
    });
    let stop: (() => void) | null = null;
    let number = 0;
    let wasOpen = false;
    const listen = () => {
      stop ??= openLive(site, {
        hit: (hit) => {
          if (hit.site && hit.site !== site) return;
          number += 1;
          setLastHit({ hit, number });
          refresh.hit();
        },
        visitors: setCurrent,
        state: (state) => {
          setConnected(state === 'open');
          // What came while the line was down is not repeated: ask.
          if (state === 'open' && wasOpen) refresh.want();
          if (state === 'open') wasOpen = true;
        },
      });
    };
    // A hidden page holds no connection: browsers allow only six to one server.
    const onVisibility = () => {
      if (document.hidden) {
        stop?.();
        stop = null;
      } else {
        listen();
        refresh.want();
      }
    };
    if (!document.hidden) listen();
    document.addEventListener('visibilitychange', onVisibility);
    const unsubscribe = reachable.subscribe((is) => is && refresh.want());
    const slow = setInterval(() => refresh.want(), slow_tick_ms);
    setCurrent(null);
    setLastHit(null);
    return () => {
      document.removeEventListener('visibilitychange', onVisibility);
      clearInterval(slow);
      unsubscribe();
      refresh.stop();
      stop?.();
    };
  }, [site, reachable]);

  return { tick, current, connected, lastHit };
}

export function Page({ me, reachable, onLogout }: { me: Me; reachable: Cell<boolean>; onLogout(): void }) {
  const stored = useCell(viewCell);
  const site = me.sites.includes(stored.site) ? stored.site : (me.sites[0] ?? '');
  const view = useMemo(() => ({ ...stored, site }), [stored, site]);
  const zone = me.timezones?.[site] ?? 'UTC';
  const { tick, current, connected, lastHit } = useLive(site, reachable);
  const isReachable = useCell(reachable);

  const now = useCallback(() => Date.now(), []);
  const span = useCallback(() => spanOf(view.range, Date.now(), zone), [view.range, zone]);
  const question = questionOf(view);

  // The address names the site, so that a copied link leads to the same numbers.
  useEffect(() => {
    if (stored.site !== site) go({ site }, 'replace');
    document.title = site ? `${site} – Footfall` : 'Footfall';
  }, [stored.site, site]);

  const totals = useResource(site ? `${question} totals` : null, (signal) => query(totalsQuery(view, span()), signal, 'first'), tick);
  const compared = view.compare && comparisonOf(view.range, now(), zone) !== null;
  const before = useResource(
    site && compared ? `${question} totals before` : null,
    (signal) => query(totalsQuery(view, comparisonOf(view.range, now(), zone)!.so_far), signal),
    // The period before does not change with each hit, only with time.
    Math.floor(now() / (5 * slow_tick_ms)),
  );
  const values = useMemo(() => metricsOf(totals.data), [totals.data]);
  const valuesBefore = useMemo(() => (compared && before.data && !before.stale ? metricsOf(before.data) : null), [compared, before.data, before.stale]);

  // Nothing in this period: was there ever anything?
  const nothing = Boolean(totals.data && !totals.stale && !values.get('visits') && !values.get('pageviews'));
  const unfiltered = view.filters.length === 0;
  const ever = useResource(site && nothing && unfiltered ? `${site} ever` : null, (signal) => query(everQuery(site), signal), tick);
  const everCame = ever.data?.results[0]?.metrics.some((value) => Boolean(value)) ?? true;
  const isNew = nothing && unfiltered && ever.data !== undefined && !everCame;

  const periodName = typeof view.range === 'object' ? rangeText(view.range.from, view.range.to) : preset_names[view.range].long;

  // A screen reader hears the outcome of a choice, but not every hit.
  const [spoken, setSpoken] = useState('');
  useEffect(() => {
    if (totals.data && !totals.stale) setSpoken(`${periodName}: ${count(values.get('visitors') ?? 0)} visitors, ${count(values.get('pageviews') ?? 0)} page views`);
  }, [question, totals.stale, totals.data === undefined]);

  const board = useMemo<Board>(() => ({ view, me, zone, span, now, tick, totals: values }), [view, me, zone, span, now, tick, values]);
  const panels = panelsFor(me, view);
  const { overlay } = view;


  if (!site) {
    return (
      <main class="page">
        <section class="card empty">
          <h1>No site yet</h1>
          <p>
            This token sees no site. Register one with <code>footfall site add HOST</code>.
          </p>
        </section>
      </main>
    );
  }

  const rowsTab = overlay?.kind === 'rows' ? tabOf(panels, overlay.dimension) : null;

  return (
    <BoardContext.Provider value={board}>
      <a class="skip" href="#main" onClick={(event) => {
        event.preventDefault();
        document.getElementById('main')?.focus();
      }}>
        Skip to the charts
      </a>
      <Header current={current} connected={connected} lastHit={lastHit} onLogout={onLogout} />
      {!isReachable && (
        <div class="banner" role="alert">
          {navigator.onLine ? 'The server does not answer.' : 'You are offline.'} These are the last numbers that came; the page goes on by itself when the server is back.
        </div>
      )}
      <main class="page" id="main" tabIndex={-1}>
        <h1 class="unseen">
          {site}: {periodName}
        </h1>
        <p class="unseen" role="status">
          {spoken}
        </p>
        <div class="toolbar">
          <RangePicker />
          <FilterChips />
          <span class="spring" />
          <button type="button" role="switch" class="switch" aria-checked={view.bots} title="Count bots as well" onClick={() => go({ bots: !view.bots })}>
            <i aria-hidden="true" />
            Bots
          </button>
        </div>
        {isNew ? (
          <Empty site={site} />
        ) : (
          <>
            {totals.error && !totals.data && <Notice error={totals.error} onRetry={totals.reload} />}
            {nothing && (
              <div class="hint" role="status">
                <span>{unfiltered ? `No visits in this period: ${periodName}.` : 'No visits match the filters in this period.'}</span>
                {!unfiltered && (
                  <button type="button" class="button" onClick={() => go({ filters: [] })}>
                    Clear the filters
                  </button>
                )}
                {view.range !== 'all' && (
                  <button type="button" class="button" onClick={() => go({ range: 'all', interval: null })}>
                    Show all time
                  </button>
                )}
                {!view.bots && (
                  <button type="button" class="button" onClick={() => go({ bots: true })}>
                    Include bots
                  </button>
                )}
              </div>
            )}
            <Timeline totals={totals} totals_before={valuesBefore} />
            <div class="panels">
              {panels.map((panel) => (
                <Panel key={panel.id} panel={panel} />
              ))}
              <VisitLog />
              <Dropped />
            </div>
          </>
        )}
        <footer class="foot">
          Times are {zone}. {view.bots ? 'Bots are counted.' : 'Bots are left out.'} Visitors, sessions and bounces are counted by Plausible’s definitions.
        </footer>
      </main>
      {rowsTab && <RowsDialog key={rowsTab.dimension} tab={rowsTab} onClose={closeOverlay} />}
      {overlay?.kind === 'hits' && <HitsDialog key={`${overlay.by} ${overlay.value}`} by={overlay.by} value={overlay.value} onClose={closeOverlay} />}
    </BoardContext.Provider>
  );
}
