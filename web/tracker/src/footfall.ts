// The script for pages: reports each view of a page, how long it was read, and what was clicked; shows counts.
//
// It sets no cookie and stores nothing. The manual is README.md one folder up; what goes over
// the wire is in message.ts.

import { showCounts } from './counts';
import { clicksAndForms, track } from './events';
import { removeMarker } from './address';
import { views } from './views';

type Call = Parameters<typeof track>;

declare global {
  interface Window {
    // Before this script runs, a page may put a function here that keeps its calls in `q`.
    footfall?: { (...call: Call): void; q?: Call[]; on?: boolean };
  }
  // Not in every TypeScript library of the DOM yet.
  interface Document {
    prerendering?: boolean;
  }
}

// A page that carries the tag twice is still counted once.
if (!window.footfall?.on) {
  const waiting: Call[] = [...(window.footfall?.q ?? [])];
  let started = false;
  window.footfall = Object.assign((...call: Call) => void (started ? track(...call) : waiting.push(call)), { on: true });

  const start = () => {
    views(showCounts);
    clicksAndForms();
    started = true;
    // After the view, so that the page, not an event on it, is where the session enters.
    for (const call of waiting) track(...call);
  };

  if (!location.host) {
    console.info('footfall: a page without a host (a file?) is not counted');
  } else {
    removeMarker();
    // A page rendered ahead of time may never be looked at: nothing is reported until it is.
    if (document.prerendering) document.addEventListener('prerenderingchange', start, { once: true });
    else start();
  }
}
