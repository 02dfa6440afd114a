// Rows of visits as a table: when, what, who, from where. Session, address and page lead to their own lists.
import type { Visit } from '../api/types';
import { go } from '../state/address';
import { useBoard } from '../state/board';
import { wallClock } from '../state/zone';
import type { HitsBy } from '../state/view';
import { ago, duration, wall } from '../text/format';
import { countryName, valueName } from '../text/labels';
import { httpUrl, pageUrl } from '../text/links';
import { Out } from './icons';

function drill(by: HitsBy, value: string): void {
  go({ overlay: { kind: 'hits', by, value } });
}

function Who({ visit }: { visit: Visit }) {
  const parts = [
    visit.city || null,
    visit.country ? countryName(visit.country) : null,
    visit.browser || null,
    visit.os || null,
    visit.device ? valueName('visit:device', visit.device) : null,
  ].filter(Boolean);
  return <span title={visit.user_agent ?? undefined}>{parts.join(' · ') || '–'}</span>;
}

function From({ visit }: { visit: Visit }) {
  const name = visit.referrer_source || visit.referrer || '';
  const link = visit.referrer ? httpUrl(visit.referrer) : null;
  if (!name) return <span class="quiet">direct</span>;
  return (
    <span class="cell-name">
      <span class="cut" title={visit.referrer ?? undefined}>{name}</span>
      {link && (
        <a class="row-tool" href={link} target="_blank" rel="noopener noreferrer" aria-label={`Open ${visit.referrer}`}>
          <Out />
        </a>
      )}
    </span>
  );
}

function Props({ props }: { props: Record<string, unknown> }) {
  const entries = Object.entries(props).slice(0, 30);
  if (entries.length === 0) return null;
  return (
    <span class="props">
      {entries.map(([key, value]) => (
        <span key={key}>
          {key}: {typeof value === 'string' ? value : JSON.stringify(value)}
        </span>
      ))}
    </span>
  );
}

interface HitTableProps {
  visits: Visit[];
  caption: string;
  // What the list is already about, and need not say in every row.
  about?: HitsBy;
  // Those that came while the page was open.
  fresh?: Set<string>;
}

export function HitTable({ visits, caption, about, fresh }: HitTableProps) {
  const { zone, now } = useBoard();
  const today = wallClock(now(), zone).slice(0, 10);
  const withIp = about !== 'ip' && visits.some((visit) => visit.ip);
  const withSession = about !== 'session' && visits.some((visit) => visit.session);
  // One session has one visitor and came from one place: the summary above says which.
  const withWho = about !== 'session';
  const withRead = visits.some((visit) => visit.engaged_ms);
  return (
    <table class="table hits">
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col">Page</th>
          {withRead && <th scope="col" title="Time with the page in view, and how far down">Read</th>}
          {withWho && <th scope="col">From</th>}
          {withWho && <th scope="col">Who</th>}
          {withIp && <th scope="col">IP address</th>}
          {withSession && <th scope="col">Session</th>}
        </tr>
      </thead>
      <tbody>
        {visits.map((visit) => {
          const instant = Date.parse(visit.time);
          const clock = Number.isFinite(instant) ? wallClock(instant, zone) : visit.time;
          const at = wall(clock);
          const seconds = Number.isFinite(instant) ? `:${visit.time.slice(17, 19)}` : '';
          const link = pageUrl(visit.site || '', visit.path, location);
          const isEvent = Boolean(visit.event && visit.event !== 'pageview');
          return (
            <tr key={visit.id} class={`${visit.bot ? 'is-bot' : ''} ${fresh?.has(visit.id) ? 'is-fresh' : ''}`}>
              <td class="hit-time">
                <time dateTime={visit.time} title={Number.isFinite(instant) ? ago(instant, now()) : undefined}>
                  {at && clock.slice(0, 10) !== today && <span class="quiet">{`${at.day} ${at.month_name} ${at.year === Number(today.slice(0, 4)) ? '' : at.year} `}</span>}
                  {at ? at.clock + seconds : clock}
                </time>
              </td>
              <td class="hit-page">
                <div class="cell-name">
                  {about === 'path' ? (
                    <span class="cut">{visit.title || visit.path}</span>
                  ) : (
                    <button type="button" class="linkish" title={visit.title ? `${visit.title}\n${visit.path}` : visit.path} onClick={() => drill('path', visit.path)}>
                      {visit.path}
                    </button>
                  )}
                  {link && (
                    <a class="row-tool" href={link} target="_blank" rel="noopener noreferrer" aria-label={`Open ${visit.path}`}>
                      <Out />
                    </a>
                  )}
                  {isEvent && <span class="tag tag-event">{visit.event}</span>}
                  {visit.kind && !isEvent && visit.kind !== 'load' && (
                    <span class="tag" title={valueName('event:kind', visit.kind)}>
                      {visit.kind}
                    </span>
                  )}
                  {visit.bot && <span class="tag tag-bot" title={visit.bot}>bot</span>}
                </div>
                {visit.props && typeof visit.props === 'object' && <Props props={visit.props} />}
              </td>
              {withRead && (
                <td class="hit-read">
                  {visit.engaged_ms ? duration(visit.engaged_ms / 1000) : ''}
                  {visit.scroll_depth ? <span class="quiet"> {visit.scroll_depth}%</span> : null}
                </td>
              )}
              {withWho && (
                <td class="hit-from">
                  <From visit={visit} />
                </td>
              )}
              {withWho && (
                <td class="hit-who">
                  <Who visit={visit} />
                </td>
              )}
              {withIp && (
                <td>
                  {visit.ip && (
                    <button type="button" class="linkish mono" onClick={() => drill('ip', visit.ip!)}>
                      {visit.ip}
                    </button>
                  )}
                </td>
              )}
              {withSession && (
                <td>
                  {visit.session && (
                    <button type="button" class="linkish mono" title={visit.session} onClick={() => drill('session', visit.session!)}>
                      <span class="unseen">Session </span>
                      {visit.session.slice(0, 8)}
                    </button>
                  )}
                </td>
              )}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
