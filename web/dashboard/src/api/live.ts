// Listens to /api/live: hits as they come, and how many visitors are here now.
//
// The browser reconnects a broken stream by itself; when it gives up (an answer that is not a stream), this
// tries again with growing pauses.
import { apiUrl } from './client';
import type { LiveHit } from './types';

const reconnect_ms_min = 1_000;
const reconnect_ms_max = 30_000;

export type LiveState = 'connecting' | 'open';

export interface LiveHandlers {
  hit(hit: LiveHit): void;
  visitors(current: number): void;
  state(state: LiveState): void;
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return value && typeof value === 'object' ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

// Starts listening; the function it returns stops.
export function openLive(site: string, handlers: LiveHandlers): () => void {
  let stream: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = reconnect_ms_min;

  const connect = () => {
    handlers.state('connecting');
    stream = new EventSource(`${apiUrl('live')}?site=${encodeURIComponent(site)}`);
    stream.addEventListener('open', () => {
      wait = reconnect_ms_min;
      handlers.state('open');
    });
    stream.addEventListener('hit', (event) => {
      const hit = parsed((event as MessageEvent<string>).data);
      if (hit) handlers.hit(hit as LiveHit);
    });
    stream.addEventListener('visitors', (event) => {
      const current = parsed((event as MessageEvent<string>).data)?.current;
      if (typeof current === 'number') handlers.visitors(current);
    });
    stream.addEventListener('error', () => {
      handlers.state('connecting');
      if (stream?.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(connect, wait);
      wait = Math.min(wait * 2, reconnect_ms_max);
    });
  };

  connect();
  return () => {
    clearTimeout(timer);
    stream?.close();
  };
}
