// Reads visits page after page along the server's cursor, and puts new ones on top without losing the place.
import { useRef, useState } from 'preact/hooks';
import { type ApiError, visits } from '../api/client';
import type { Visit } from '../api/types';
import { useResource } from '../state/resource';

interface Older {
  key: string;
  visits: Visit[];
  cursor: string | null;
}

export function useHitPages(key: string | null, parameters: (cursor: string | null) => URLSearchParams, tick: unknown) {
  const [older, setOlder] = useState<Older | null>(null);
  const [failed, setFailed] = useState<ApiError | null>(null);
  const [loadingMore, setLoadingMore] = useState(false);
  const memory = useRef({ key: '', seen: new Set<string>(), fresh: new Set<string>() });
  const newest = useResource(key, (signal) => visits(parameters(null), signal), tick);

  const page = newest.data?.visits ?? [];
  if (key !== null && newest.data && !newest.stale) {
    const kept = memory.current;
    if (kept.key !== key) {
      memory.current = { key, seen: new Set(page.map((visit) => visit.id)), fresh: new Set() };
    } else {
      for (const visit of page) {
        if (!kept.seen.has(visit.id)) kept.fresh.add(visit.id);
        kept.seen.add(visit.id);
      }
    }
  }

  const below = older && older.key === key ? older : null;
  const inPage = new Set(page.map((visit) => visit.id));
  const list = below ? [...page, ...below.visits.filter((visit) => !inPage.has(visit.id))] : page;
  const cursor = below ? below.cursor : (newest.data?.next_cursor ?? null);

  const loadMore = async () => {
    if (!cursor || key === null || loadingMore) return;
    setLoadingMore(true);
    setFailed(null);
    try {
      const next = await visits(parameters(cursor));
      // Keep what was on the first page too: when new visits push it down, nothing may fall between.
      setOlder({ key, visits: [...list, ...next.visits], cursor: next.next_cursor ?? null });
    } catch (error) {
      setFailed(error as ApiError);
    } finally {
      setLoadingMore(false);
    }
  };

  return { ...newest, list, more: cursor !== null, loadMore, loadingMore, failed, fresh: memory.current.fresh };
}
