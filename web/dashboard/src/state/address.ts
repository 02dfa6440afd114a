// Keeps the view and the address bar in step: the address is the only place where the view is stored.
import { Cell } from './cell';
import { type View, decodeView, encodeView } from './view';

export const view = new Cell<View>(decodeView(location.hash));

const read = () => {
  const next = decodeView(location.hash);
  if (encodeView(next) !== encodeView(view.get())) view.set(next);
};
addEventListener('popstate', read);
addEventListener('hashchange', read);

// How many entries of the history were made by opening one overlay after another.
function overlaysOpened(): number {
  const state: unknown = history.state;
  return state && typeof state === 'object' && 'overlays' in state ? Number(state.overlays) : 0;
}

// Changes the view. A step a person would want to undo becomes an entry of the browser's history.
export function go(patch: Partial<View>, how: 'push' | 'replace' = 'push'): void {
  const next = { ...view.get(), ...patch };
  const hash = `#${encodeView(next)}`;
  if (hash !== location.hash) {
    if (how === 'replace') history.replaceState(history.state, '', hash);
    else history.pushState({ overlays: next.overlay ? overlaysOpened() + 1 : 0 }, '', hash);
  }
  view.set(next);
}

// Closes the overlay: by going back to where it was opened, so that "back" does not open it again; an overlay
// that came with a link has no such place.
export function closeOverlay(): void {
  const opened = overlaysOpened();
  if (opened > 0) history.go(-opened);
  else go({ overlay: null }, 'replace');
}
