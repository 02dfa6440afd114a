// The latest visits, one by one, as they come.
import { useRef } from 'preact/hooks';
import { apiUrl } from '../api/client';
import { questionOf, useBoard } from '../state/board';
import { filtersBeyondHits, hitsParameters } from '../state/queries';
import { useHeld, useInSight } from '../state/resource';
import { dimensionName } from '../text/labels';
import { useHitPages } from './hit_pages';
import { HitTable } from './hit_table';
import { Down } from './icons';
import { Notice } from './notice';
import { Waiting } from './panel';

const page_rows = 15;

export function VisitLog() {
  const { view, span, tick } = useBoard();
  const section = useRef<HTMLElement>(null);
  const inSight = useInSight(section);
  const question = `${questionOf(view)} hits`;
  const asked = useHeld(question, inSight);
  const hits = useHitPages(
    inSight || asked === question ? question : null,
    (cursor) => hitsParameters(view, span(), page_rows, cursor),
    useHeld(tick, inSight),
  );
  const beyond = filtersBeyondHits(view.filters);

  return (
    <section class="card panel panel-12" ref={section} aria-labelledby="log-title">
      <header class="panel-head">
        <h2 id="log-title">Latest visits</h2>
        <a class="button button-quiet" href={`${apiUrl('visits.csv')}?${hitsParameters(view, span(), null)}`} download={`${view.site}-visits.csv`}>
          <Down /> CSV
        </a>
      </header>
      {beyond.length > 0 && (
        <p class="panel-note">
          This list and the CSV file follow the filters by page, event, address, session and visitor; not{' '}
          {beyond.map((filter) => dimensionName(filter.dimension)).join(', ')}.
        </p>
      )}
      <div class={`table-scroll ${hits.stale ? 'is-stale' : ''}`} tabIndex={0} role="region" aria-label="Table of the latest visits" aria-busy={hits.loading && !hits.data}>
        {hits.error && !hits.data && <Notice error={hits.error} onRetry={hits.reload} />}
        {!hits.data && !hits.error && <Waiting rows={6} />}
        {hits.list.length > 0 && <HitTable visits={hits.list} caption="Latest visits, newest first" fresh={hits.fresh} />}
        {hits.data && hits.list.length === 0 && <p class="panel-empty">Nothing in this period.</p>}
      </div>
      {hits.failed && <Notice error={hits.failed} onRetry={hits.loadMore} />}
      <footer class="panel-foot">
        {hits.more && (
          <button type="button" class="more" disabled={hits.loadingMore} onClick={hits.loadMore}>
            {hits.loadingMore ? 'Loading…' : 'Older visits'}
          </button>
        )}
      </footer>
    </section>
  );
}
