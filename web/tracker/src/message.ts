// What goes over the wire: Plausible's event body, and four fields more.
//
// Sent as text/plain, which needs no preflight from another origin.

import { api, hashRouting, site, tagToken } from './tag';

// How a view came about.
export type Kind = 'load' | 'cached' | 'restored' | 'soft' | 'prerendered';

export type Props = Record<string, string | number | boolean>;

export interface Message {
  n: string; // name: `pageview`, `engagement`, or a custom event's own
  u: string; // the page's address
  r?: string | undefined; // where its visitor came from
  t?: string; // title (Footfall's own field)
  k?: Kind; // how the view came about (Footfall's own field); pageviews only. A `load` with a token is the edge's hit
  p?: Props | undefined;
  e?: number; // milliseconds engaged since the last message about this view
  sd?: number; // deepest scroll so far, 0 to 100
}

const script_version = 1;

// What the edge told this document by `Server-Timing: ff;desc="ID.E.MAC"`: the id of the hit that it has recorded, and
// the proof that the page got it. A browser may keep it from the page; then the server finds the hit by itself.
export const documentNavigation = performance.getEntriesByType('navigation')[0] as PerformanceNavigationTiming | undefined;
// Without an edge, an app may have put a token of its own into the tag.
const token = () => documentNavigation?.serverTiming?.find(({ name }) => name === 'ff')?.description ?? tagToken;

const isOwnTraffic = () => {
  try {
    return localStorage.footfall_ignore === 'true';
  } catch {
    return false; // storage is closed to this page
  }
};

// Settles when the message has been answered, lost, or left out. It is never sent again: without an answer nobody
// knows whether it arrived, and one visit must not count twice.
export const send = async (message: Message): Promise<unknown> => {
  if (isOwnTraffic()) return console.info('footfall: not counted, localStorage.footfall_ignore is set');

  const tk = token();
  // With a token, what is caught on its way and sent again is known by its name `b`, and counts once.
  const b = tk && Math.random().toString(36).slice(2);
  const body = JSON.stringify({ v: script_version, d: site, h: hashRouting ? 1 : undefined, tk, b, ...message });

  // What must outlive the page needs `keepalive`, or the beacon where a browser lacks it. A view need not, and is worth
  // waiting for: its counts are asked for afterwards.
  if (message.k || 'keepalive' in Request.prototype)
    return fetch(api, { method: 'POST', body, keepalive: true }).catch(() => {});
  navigator.sendBeacon(api, body);
};
