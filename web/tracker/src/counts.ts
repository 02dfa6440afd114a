// Puts numbers into the page: each `data-footfall-count` element shows its counter, the page's own if it names none.
//
// An element keeps the text it came with until its number is known.

import { path } from './address';
import { api, site } from './tag';

const count = async (key: string): Promise<number> => {
  const address = new URL(`counters/${encodeURIComponent(key)}?site=${encodeURIComponent(site)}`, api);
  const answer = await fetch(address, { cache: 'no-store' });
  // A problem document has no value either, and fails below.
  return (await answer.json()).value;
};

// For the view that `isCurrent` speaks of: what is answered after the next view has begun is the wrong page's number.
export const showCounts = (isCurrent: () => boolean) => {
  if (!isCurrent()) return;
  const counts: Record<string, Promise<number>> = {};
  for (const element of document.querySelectorAll<HTMLElement>('[data-footfall-count]')) {
    const key = element.dataset.footfallCount || path();
    (counts[key] ??= count(key))
      .then((value) => {
        if (isCurrent()) element.textContent = value.toLocaleString();
      })
      .catch(() => {});
  }
};
