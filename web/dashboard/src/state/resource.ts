// Loads something and keeps what was there until the new answer has come, so that the page never flickers.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from '../api/client';

export interface Resource<T> {
  data: T | undefined;
  error: ApiError | undefined;
  loading: boolean;
  // The data shown answers an earlier question.
  stale: boolean;
  reload(): void;
}

// What was answered lately, so that "back" shows at once what it showed before, and then refreshes it.
const answers_max = 80;
const answers = new Map<string, unknown>();

function remember(key: string, answer: unknown): void {
  answers.delete(key);
  answers.set(key, answer);
  if (answers.size > answers_max) answers.delete(answers.keys().next().value!);
}

export function forgetAnswers(): void {
  answers.clear();
}

interface State<T> {
  key: string | null;
  data: T | undefined;
  error: ApiError | undefined;
  loading: boolean;
}

// Loads when `key` changes, and again, quietly, when `tick` does. A null key loads nothing yet.
export function useResource<T>(key: string | null, load: (signal: AbortSignal) => Promise<T>, tick: unknown = 0): Resource<T> {
  const [state, setState] = useState<State<T>>({ key: null, data: undefined, error: undefined, loading: true });
  const [again, setAgain] = useState(0);
  const latest = useRef(load);
  latest.current = load;

  useEffect(() => {
    if (key === null) return;
    const controller = new AbortController();
    const cached = answers.get(key) as T | undefined;
    setState((before) =>
      before.key !== key && cached !== undefined
        ? { key, data: cached, error: undefined, loading: true }
        : { ...before, loading: true },
    );
    latest.current(controller.signal).then(
      (data) => {
        if (controller.signal.aborted) return;
        remember(key, data);
        setState({ key, data, error: undefined, loading: false });
      },
      (error: unknown) => {
        if (controller.signal.aborted) return;
        const known = error instanceof ApiError ? error : new ApiError('failed', 0, 'page', 'The page failed', String(error));
        setState((before) => ({ key, data: before.key === key ? before.data : undefined, error: known, loading: false }));
      },
    );
    return () => controller.abort(new DOMException('superseded', 'AbortError'));
  }, [key, tick, again]);

  return { ...state, stale: key !== null && state.data !== undefined && state.key !== key, reload: () => setAgain((count) => count + 1) };
}

// True once the element has come near the part of the page that is seen, and while it is there.
export function useInSight(element: { current: Element | null }): boolean {
  const [inSight, setInSight] = useState(false);
  useEffect(() => {
    if (!element.current) return;
    const observer = new IntersectionObserver(
      (entries) => setInSight(entries[entries.length - 1]!.isIntersecting),
      { rootMargin: '300px 0px' },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return inSight;
}

// The value as it last was while `live` held.
export function useHeld<T>(value: T, live: boolean): T {
  const held = useRef(value);
  if (live) held.current = value;
  return held.current;
}
