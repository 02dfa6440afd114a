// Every visit of one session, address, visitor or page, with what they have in common on top.
import { go } from '../state/address';
import { useBoard } from '../state/board';
import { hitsOfParameters } from '../state/queries';
import { type HitsBy, hasFilter, toggled } from '../state/view';
import type { Visit } from '../api/types';
import { count, duration } from '../text/format';
import { countryName, valueName } from '../text/labels';
import { Dialog } from './dialog';
import { useHitPages } from './hit_pages';
import { HitTable } from './hit_table';
import { Notice } from './notice';
import { Waiting } from './panel';

const page_rows = 50;

const names: Record<HitsBy, { title: string; dimension: string }> = {
  session: { title: 'Session', dimension: 'visit:session' },
  ip: { title: 'IP address', dimension: 'visit:ip' },
  visitor: { title: 'Visitor', dimension: 'visit:visitor' },
  path: { title: 'Page', dimension: 'event:page' },
};

// What is the same in all the rows is worth saying once.
function facts(by: HitsBy, visits: Visit[], complete: boolean): [string, string][] {
  const newest = visits[0];
  const oldest = visits[visits.length - 1];
  if (!newest || !oldest) return [];
  const distinct = (of: (visit: Visit) => string | null | undefined) => new Set(visits.map(of).filter((value): value is string => Boolean(value)));
  const plus = complete ? '' : '+';
  const events = visits.filter((visit) => visit.kind === 'event').length;
  const list: [string, string][] = [['Page views', `${count(visits.length - events)}${plus}`]];
  if (events > 0) list.push(['Events', `${count(events)}${plus}`]);
  const span = (Date.parse(newest.time) - Date.parse(oldest.time)) / 1000;
  if (by === 'session' && complete) {
    list.push(['Duration', duration(span)]);
    list.push(['Came in at', oldest.path], ['Left from', newest.path]);
    list.push(['From', oldest.referrer_source || oldest.referrer || 'direct']);
  }
  if (by !== 'session') list.push(['Sessions', `${count(distinct((visit) => visit.session).size)}${plus}`]);
  if (by === 'path') return list;
  const country = distinct((visit) => visit.country);
  if (country.size > 0) list.push(['Country', [...country].map(countryName).join(', ')]);
  const client = distinct((visit) => [visit.browser, visit.os].filter(Boolean).join(' on '));
  if (client.size > 0) list.push(['With', [...client].slice(0, 3).join(', ')]);
  const device = distinct((visit) => visit.device);
  if (device.size > 0) list.push(['Device', [...device].map((one) => valueName('visit:device', one)).join(', ')]);
  return list;
}

export function HitsDialog({ by, value, onClose }: { by: HitsBy; value: string; onClose(): void }) {
  const { view, tick } = useBoard();
  const { title, dimension } = names[by];
  const hits = useHitPages(`hits ${view.site} ${by} ${value}`, (cursor) => hitsOfParameters(view.site, by, value, page_rows, cursor), tick);
  const filtered = hasFilter(view.filters, dimension, value);

  return (
    <Dialog
      title={
        <>
          {title} <span class={`dialog-value ${by === 'path' ? '' : 'mono'}`}>{value}</span>
        </>
      }
      onClose={onClose}
    >
      {hits.data && (
        <dl class="facts">
          {facts(by, hits.list, !hits.more).map(([name, fact]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd title={fact}>{fact}</dd>
            </div>
          ))}
        </dl>
      )}
      <div class={`table-scroll ${hits.stale ? 'is-stale' : ''}`} tabIndex={0} role="region" aria-label={`Visits of ${title} ${value}`} aria-busy={hits.loading && !hits.data}>
        {hits.error && !hits.data && <Notice error={hits.error} onRetry={hits.reload} />}
        {!hits.data && !hits.error && <Waiting rows={8} />}
        {hits.list.length > 0 && <HitTable visits={hits.list} about={by} caption={`Visits of ${title} ${value}, newest first`} fresh={hits.fresh} />}
        {hits.data && hits.list.length === 0 && <p class="panel-empty">There are no visits of this {title.toLowerCase()}.</p>}
      </div>
      {hits.failed && <Notice error={hits.failed} onRetry={hits.loadMore} />}
      <footer class="dialog-foot">
        <button type="button" class="button" onClick={() => go({ filters: toggled(view.filters, dimension, value), overlay: null })}>
          {filtered ? 'Remove it from the filters' : 'Filter the charts by it'}
        </button>
        {hits.more && (
          <button type="button" class="button" disabled={hits.loadingMore} onClick={hits.loadMore}>
            {hits.loadingMore ? 'Loading…' : 'Older visits'}
          </button>
        )}
      </footer>
    </Dialog>
  );
}
