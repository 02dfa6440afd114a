// How long and how far a view was read: the time it was both visible and focused, and the deepest scroll.
//
// Reported when the visitor leaves, and again after a return, each time only what is new, so that a sum over a view's
// messages is right. Under three seconds and no deeper scroll is not worth a message and waits for the next.

import { send } from './message';

const worth_telling_ms = 3_000;

let url = '';
let engaged = 0; // milliseconds not reported yet
let since = 0; // when the clock was started; 0 while it stands
let deepest = 0; // pixels from the top to the lowest line seen
let reported = -1; // the deepest scroll reported, in percent

const runClock = (mayRun = true) => {
  // Not Date: a machine that slept, or whose clock was set, has not been reading.
  const now = performance.now();
  if (since) engaged += now - since;
  since = mayRun && document.visibilityState === 'visible' && document.hasFocus() ? now : 0;
};

const measureDepth = () => {
  deepest = Math.max(deepest, scrollY + innerHeight);
};

export const beginEngagement = (pageUrl: string) => {
  url = pageUrl;
  engaged = since = deepest = 0;
  reported = -1;
  runClock();
};

// Stops the clock and reports what is new.
export const endEngagement = () => {
  if (!url) return;
  runClock(false);
  measureDepth();
  const e = Math.floor(engaged);
  // Against the page as long as it is now: it may have grown while it was read.
  const sd = Math.min(100, Math.round((100 * deepest) / document.documentElement.scrollHeight));
  if (e < worth_telling_ms && sd <= reported) return;
  engaged -= e;
  reported = Math.max(reported, sd);
  send({ n: 'engagement', u: url, e, sd });
};

export const watchEngagement = () => {
  document.addEventListener('visibilitychange', () => runClock());
  addEventListener('focus', () => runClock());
  addEventListener('blur', () => runClock());
  addEventListener('scroll', measureDepth, { passive: true });
};
