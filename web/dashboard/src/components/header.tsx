// The bar on top: whose numbers these are, who is here now, and the switches of the page.
import { useEffect, useState } from 'preact/hooks';
import type { LiveHit } from '../api/types';
import { logout } from '../api/client';
import { go } from '../state/address';
import { useCell } from '../state/cell';
import { chooseTheme, isDark, theme } from '../state/theme';
import { useBoard } from '../state/board';
import { count } from '../text/format';
import { countryName } from '../text/labels';
import { Leave, Mark, Moon, Sun } from './icons';

const ticker_ms = 4_000;

interface Props {
  current: number | null;
  connected: boolean;
  lastHit: { hit: LiveHit; number: number } | null;
  onLogout(): void;
}

export function Header({ current, connected, lastHit, onLogout }: Props) {
  const { view, me } = useBoard();
  const dark = isDark(useCell(theme));
  return (
    <header class="top">
      <a class="brand" href="#" title="Everything of the last 7 days" onClick={(event) => {
        event.preventDefault();
        go({ filters: [], overlay: null, range: '7d', interval: null });
      }}>
        <Mark />
        <span>Footfall</span>
      </a>
      {me.sites.length > 1 ? (
        <label class="site">
          <span class="unseen">Site</span>
          <select value={view.site} onChange={(event) => go({ site: event.currentTarget.value, filters: [], overlay: null })}>
            {me.sites.map((site) => (
              <option key={site} value={site}>
                {site}
              </option>
            ))}
          </select>
        </label>
      ) : (
        <span class="site site-only">{view.site}</span>
      )}
      <button type="button" class={`live ${connected ? 'is-live' : ''}`} title="Show the last 30 minutes" onClick={() => go({ range: '30m', interval: null })}>
        <i class={`live-dot ${lastHit ? 'is-hit' : ''}`} key={lastHit?.number} aria-hidden="true" />
        {!connected ? (
          <span>connecting…</span>
        ) : (
          <span>
            <b>{current === null ? '–' : count(current)}</b> here now
          </span>
        )}
      </button>
      <Ticker lastHit={lastHit} />
      <span class="spring" />
      <button type="button" class="icon-button" aria-label={dark ? 'Light colours' : 'Dark colours'} title={dark ? 'Light colours' : 'Dark colours'} onClick={() => chooseTheme(dark ? 'light' : 'dark')}>
        {dark ? <Sun /> : <Moon />}
      </button>
      <button
        type="button"
        class="icon-button"
        aria-label="Log out"
        title="Log out"
        onClick={() => {
          void logout().catch(() => {}).then(onLogout);
        }}
      >
        <Leave />
      </button>
    </header>
  );
}

// The hit that has just come, for a moment. Not spoken: a busy site would never let a screen reader finish.
function Ticker({ lastHit }: { lastHit: Props['lastHit'] }) {
  const [shown, setShown] = useState<Props['lastHit']>(null);
  useEffect(() => {
    if (!lastHit) return;
    setShown(lastHit);
    const timer = setTimeout(() => setShown(null), ticker_ms);
    return () => clearTimeout(timer);
  }, [lastHit]);
  if (!shown) return null;
  const { path, country, event } = shown.hit;
  return (
    <span class="ticker" aria-hidden="true" key={shown.number}>
      {event && event !== 'pageview' ? `${event} on ` : ''}
      {String(path ?? '')}
      {country ? <span class="quiet"> from {countryName(String(country))}</span> : null}
    </span>
  );
}
