// What every part of the page needs to ask its question: the view, its stretch of time, who is asking, and the
// tick that says "ask again".
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Me, Metric } from '../api/types';
import type { Span } from './ranges';
import { type View, default_view, encodeView } from './view';

export interface Board {
  view: View;
  me: Me;
  zone: string;
  // The span is computed anew for each question, so that a page left open rolls on into the next day.
  span(): Span;
  now(): number;
  tick: number;
  totals: Map<Metric, number | null>;
}

export const BoardContext = createContext<Board | null>(null);

export function useBoard(): Board {
  return useContext(BoardContext)!;
}

// Names the question of a view as far as the numbers depend on it: which site, when, and which visits.
export function questionOf(view: View): string {
  return encodeView({ ...default_view, site: view.site, range: view.range, filters: view.filters, bots: view.bots });
}
