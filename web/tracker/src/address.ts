// The page's address, as it is reported.

import { hashRouting } from './tag';

const url_bytes_max = 2_000; // what the server takes; an address is ASCII, so a character is a byte

// `address` without `ff=1`, which the edge adds to a redirect so that it cannot loop. The rest stays as it was written.
export const unmarked = (address: string) =>
  address.replace(/^([^?#]*)\?([^#]+)/, (_, page: string, query: string) => {
    const rest = query.split('&').filter((field) => field !== 'ff=1').join('&');
    return rest ? `${page}?${rest}` : page;
  });

// What a counter of this page is called, and what must change for a new view: the path, not the query.
export const path = () => location.pathname + (hashRouting ? location.hash : '');

// The fragment stays at home unless it is part of the path: sign-in answers put secrets there.
export const pageUrl = () => {
  const address = unmarked(location.href);
  return (hashRouting ? address : address.split('#')[0]!).slice(0, url_bytes_max);
};

export const removeMarker = () => {
  const address = unmarked(location.href);
  if (address !== location.href) history.replaceState(history.state, '', address);
};
