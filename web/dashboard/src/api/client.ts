// Asks the server: same origin, JSON, a few requests at a time, and every failure as one kind of error.
//
// The session is an HttpOnly cookie, so nothing secret is ever held here. A server that is busy (429, 503) is
// asked again after the time it names; all other failures go to the caller at once.
import type { DroppedPage, Me, QueryAnswer, QueryBody, Readmission, Readmitted, VisitPage } from './types';

// The server takes about ten API requests a second from one address and runs four queries at once.
const requests_at_once_max = 4;
const busy_retries_max = 3;
const busy_wait_ms_max = 10_000;
// The server stops a query after 10 seconds; twice that without an answer means that it is gone.
const answer_ms_max = 20_000;

export type FailureKind = 'unauthorized' | 'unreachable' | 'refused' | 'failed';

export class ApiError extends Error {
  constructor(
    readonly kind: FailureKind,
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    readonly retry_after_s: number | null = null,
  ) {
    super(detail ? `${title}: ${detail}` : title);
  }
}

// The part of the address before /dashboard: Footfall's own routes may live under a prefix.
export function prefixOf(pathname: string): string {
  return pathname.replace(/\/dashboard\/?(index\.html)?$/, '').replace(/\/$/, '');
}

export function apiUrl(route: string): string {
  return `${prefixOf(location.pathname)}/api/${route}`;
}

export type Hook<T> = (value: T) => void;

// Told about every answer and every failure to get one, so that the page can show "offline" in one place.
let onReach: Hook<boolean> = () => {};
let onUnauthorized: () => void = () => {};

export function listen(hooks: { reach: Hook<boolean>; unauthorized: () => void }): void {
  onReach = hooks.reach;
  onUnauthorized = hooks.unauthorized;
}

let running = 0;
const waiting: (() => void)[] = [];

// How many requests are running or waiting: the live refresh holds back until this is zero.
export function requestsOpen(): number {
  return running + waiting.length;
}

async function enter(first: boolean, signal?: AbortSignal): Promise<void> {
  if (running >= requests_at_once_max) {
    await new Promise<void>((resolve, reject) => {
      const start = () => {
        signal?.removeEventListener('abort', leaveQueue);
        resolve();
      };
      const leaveQueue = () => {
        const place = waiting.indexOf(start);
        if (place >= 0) waiting.splice(place, 1);
        reject(signal?.reason);
      };
      if (first) waiting.unshift(start);
      else waiting.push(start);
      signal?.addEventListener('abort', leaveQueue, { once: true });
    });
  }
  running += 1;
}

function leave(): void {
  running -= 1;
  waiting.shift()?.();
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

interface Call {
  method?: 'GET' | 'POST';
  body?: unknown;
  signal?: AbortSignal;
  retry?: boolean;
  // Before all others that wait.
  first?: boolean;
}

async function once(route: string, { method = 'GET', body, signal }: Call): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(apiUrl(route), {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      headers: body === undefined ? { Accept: 'application/json' } : { Accept: 'application/json', 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, AbortSignal.timeout(answer_ms_max)]) : AbortSignal.timeout(answer_ms_max),
    });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    onReach(false);
    throw new ApiError('unreachable', 0, 'unreachable', 'The server cannot be reached', String((error as Error).message ?? ''));
  }
  onReach(true);
  if (response.status === 204) return null;
  let answer: unknown = null;
  try {
    answer = await response.json();
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (response.ok) throw new ApiError('failed', response.status, 'not_json', 'The server sent an answer that is not JSON', apiUrl(route));
  }
  if (response.ok) return answer;
  throw problem(response, answer);
}

// A problem document (RFC 9457), or Plausible's {error}, or nothing at all.
function problem(response: Response, answer: unknown): ApiError {
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const document = (answer ?? {}) as Record<string, unknown>;
  const status = response.status;
  const kind: FailureKind = status === 401 ? 'unauthorized' : status < 500 && status !== 429 ? 'refused' : 'failed';
  const retry = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
  return new ApiError(
    kind,
    status,
    text(document.code) || String(status),
    text(document.title) || text(document.error) || `The server answered ${status}`,
    text(document.detail),
    Number.isFinite(retry) ? retry : null,
  );
}

async function call(route: string, options: Call = {}): Promise<unknown> {
  await enter(options.first ?? false, options.signal);
  try {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await once(route, options);
      } catch (error) {
        const busy = error instanceof ApiError && (error.status === 429 || error.status === 503);
        if (!busy || options.retry === false || attempt >= busy_retries_max) throw error;
        const asked = (error.retry_after_s ?? 2 ** attempt / 2) * 1000;
        // Jitter, so that many open pages do not come back at the same moment.
        await pause(Math.min(asked, busy_wait_ms_max) * (1 + Math.random() / 4), options.signal);
      }
    }
  } catch (error) {
    if (error instanceof ApiError && error.kind === 'unauthorized' && route !== 'login') onUnauthorized();
    throw error;
  } finally {
    leave();
  }
}

export async function me(): Promise<Me> {
  return withList(await call('me'), 'sites');
}

export async function login(token: string): Promise<void> {
  await call('login', { method: 'POST', body: { token }, retry: false });
}

export async function logout(): Promise<void> {
  await call('logout', { method: 'POST', body: {}, retry: false });
}

// The list in an answer is what all else is made of: without it there is no answer.
function withList<T>(answer: unknown, list: string): T {
  if (answer && typeof answer === 'object' && Array.isArray((answer as Record<string, unknown>)[list])) return answer as T;
  throw new ApiError('failed', 200, 'not_understood', 'The server sent an answer that this page does not understand', `It has no ${list}.`);
}

export async function query(body: QueryBody, signal?: AbortSignal, order: 'first' | 'in turn' = 'in turn'): Promise<QueryAnswer> {
  return withList(await call('v2/query', { method: 'POST', body, signal, first: order === 'first' }), 'results');
}

export async function visits(parameters: URLSearchParams, signal?: AbortSignal): Promise<VisitPage> {
  return withList(await call(`visits?${parameters}`, { signal }), 'visits');
}

export async function dropped(parameters: URLSearchParams, signal?: AbortSignal): Promise<DroppedPage> {
  return withList(await call(`dropped?${parameters}`, { signal }), 'dropped');
}

// Each hit counts once however often this is asked: an answer that is lost can be asked for again.
export async function readmit(body: Readmission): Promise<Readmitted> {
  return (await call('dropped/readmit', { method: 'POST', body })) as Readmitted;
}
