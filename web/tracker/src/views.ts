// When a view of a page has happened, and of which kind.
//
// A view is what a person was shown. A page opened in a hidden tab is counted when it is first shown; what a router
// changes before then is no view of its own. From then on every change of the path counts, shown or not: a visitor who
// pays in another tab and never comes back has still reached the page that thanks them.

import { pageUrl, path, unmarked } from './address';
import { beginEngagement, endEngagement, watchEngagement } from './engagement';
import { documentNavigation, send, type Kind } from './message';

const title_wait_ms = 100; // a router sets the title a moment after the address

let viewedPath: string | undefined;
let viewedUrl = '';
let settle: (() => void) | undefined;
let cameFrom = unmarked(document.referrer);

export const referrer = () => cameFrom || undefined;

// Reports the view that still waits for its title, if there is one.
export const settleView = () => settle?.();

// The visitor goes: to another view, another tab, or away.
const leave = () => {
  settleView();
  endEngagement();
};

// How the document itself came, from what the browser says about its navigation.
const arrival = (): Kind => {
  const navigation = documentNavigation as (PerformanceNavigationTiming & { activationStart?: number }) | undefined;
  if (navigation?.activationStart) return 'prerendered';
  // Until the response has ended, a size of 0 may just mean "not known yet".
  return navigation?.transferSize === 0 && navigation.responseEnd ? 'cached' : 'load';
};

export const views = (whenAnswered: (isCurrent: () => boolean) => void) => {
  let number = 0;

  const view = (kind: Kind) => {
    leave();
    if (kind === 'soft') cameFrom = viewedUrl;
    viewedPath = path();
    const url = (viewedUrl = pageUrl());
    const mine = ++number;
    beginEngagement(url);

    settle = () => {
      settle = undefined;
      send({ n: 'pageview', k: kind, u: url, r: referrer(), t: document.title }).then(() =>
        whenAnswered(() => mine === number),
      );
    };
    if (kind === 'soft') setTimeout(() => mine === number && settleView(), title_wait_ms);
    else settle();
  };

  const softly = () => {
    if (viewedPath !== undefined && path() !== viewedPath) view('soft');
  };

  const shownOrHidden = () => {
    if (document.visibilityState === 'hidden') leave();
    else if (viewedPath === undefined) view(arrival());
  };

  watchEngagement();
  document.addEventListener('visibilitychange', shownOrHidden);
  addEventListener('pagehide', leave);
  shownOrHidden();

  // The Navigation API tells of every change of the address; without it, `history` must be listened in on.
  const { navigation } = window as { navigation?: EventTarget };
  if (navigation) {
    navigation.addEventListener('currententrychange', softly);
  } else {
    for (const change of ['pushState', 'replaceState'] as const) {
      const original = history[change];
      history[change] = function (...state) {
        original.apply(this, state);
        softly();
      };
    }
    addEventListener('popstate', softly);
    addEventListener('hashchange', softly);
  }

  addEventListener('pageshow', (event) => {
    if (event.persisted) view('restored');
  });
};
