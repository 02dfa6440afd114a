// Puts numbers into the page: each `data-footfall-count` element shows its counter, the page's own if it names none; with
// `data-footfall-unique` how many visitors there were, in place of views.
//
// An element keeps the text it came with until its number is known.

import { path } from './address';
import { api, site } from './tag';

const count = async (address: string): Promise<{ value: number; visitors: number }> =>
  // A problem document has no number, and fails below.
  (await fetch(new URL(address, api), { cache: 'no-store' })).json();

// For the view that `isCurrent` speaks of: what is answered after the next view has begun is the wrong page's number.
export const showCounts = (isCurrent: () => boolean) => {
  if (!isCurrent()) return;
  const counts: Record<string, ReturnType<typeof count>> = {};
  for (const element of document.querySelectorAll<HTMLElement>('[data-footfall-count]')) {
    const { footfallCount, footfallUnique } = element.dataset;
    const unique = footfallUnique !== undefined;
    const key = encodeURIComponent(footfallCount || path());
    const address = `counters/${key}?site=${encodeURIComponent(site)}${unique ? '&unique=1' : ''}`;
    (counts[address] ??= count(address))
      .then(({ value, visitors }) => {
        if (isCurrent()) element.textContent = (unique ? visitors : value).toLocaleString();
      })
      .catch(() => {});
  }
};
