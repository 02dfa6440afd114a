// One counter, asked for once and then followed, for all elements of the page that show it.
//
// While nobody looks at the page nothing is open and nothing is asked. A browser opens six connections to a server, and
// a page that follows many counters must not use them all up: those that find no stream free ask now and then.

type Listener = (value: number | null) => void;

const streams_max = 2;
const poll_ms = 30_000;
const retry_ms_min = 2_000;
const retry_ms_max = 60_000;

let streams = 0;

class Feed {
  private listeners = new Set<Listener>();
  private value: number | null | undefined; // null: it cannot be had
  private stream: EventSource | undefined;
  private timer = 0;
  private failures = 0;
  private round = 0; // of what was begun before the newest start or stop, nothing is heard

  constructor(private url: string, private query: string, private unique: boolean) {}

  add(listener: Listener) {
    this.listeners.add(listener);
    if (this.value !== undefined) listener(this.value);
    if (this.listeners.size === 1) {
      document.addEventListener('visibilitychange', this.look);
      this.look();
    }
  }

  remove(listener: Listener) {
    this.listeners.delete(listener);
    if (this.listeners.size) return;
    document.removeEventListener('visibilitychange', this.look);
    this.stop();
  }

  private look = () => {
    this.stop();
    if (document.visibilityState === 'visible') void this.ask();
  };

  private stop() {
    ++this.round;
    clearTimeout(this.timer);
    if (this.stream) {
      this.stream.close();
      this.stream = undefined;
      --streams;
    }
  }

  private tell(value: number | null) {
    this.value = value;
    for (const listener of this.listeners) listener(value);
  }

  private async ask() {
    const round = this.round;
    let answered: number | null = null;
    try {
      const answer = await fetch(this.url + this.query, { cache: 'no-store' });
      // 404: nobody has counted it yet, but somebody may while we look.
      const value = answer.status === 404 ? 0 : (await answer.json())[this.unique ? 'visitors' : 'value'];
      if (typeof value === 'number') answered = value;
    } catch {}
    if (round !== this.round) return;
    if (answered === null) {
      // A number that was shown stays: it was true.
      if (typeof this.value !== 'number') this.tell(null);
      return this.again();
    }
    this.failures = 0;
    this.tell(answered);
    // Unique visitors are counted as visits are stored, and not told live.
    if (!this.unique && streams < streams_max && 'EventSource' in window) this.follow();
    else this.timer = window.setTimeout(() => void this.ask(), poll_ms);
  }

  private follow() {
    ++streams;
    const stream = (this.stream = new EventSource(this.url + '/live' + this.query));
    stream.addEventListener('value', (event) => {
      this.failures = 0;
      this.tell(JSON.parse((event as MessageEvent<string>).data).value);
    });
    stream.onerror = () => {
      // The browser tries again by itself where the connection was lost, and gives up where it was refused.
      if (stream.readyState !== EventSource.CLOSED || stream !== this.stream) return;
      this.stop();
      this.again();
    };
  }

  // Later each time, and not all pages at once.
  private again() {
    const wait = Math.min(retry_ms_max, retry_ms_min * 2 ** this.failures++);
    this.timer = window.setTimeout(() => void this.ask(), wait * (0.75 + Math.random() / 2));
  }
}

const feeds: Record<string, Feed> = {};

// Calls `listener` with each value, and with null when there is none; returns how to stop.
export const watch = (url: string, query: string, unique: boolean, listener: Listener) => {
  const feed = (feeds[url + query] ??= new Feed(url, query, unique));
  feed.add(listener);
  return () => feed.remove(listener);
};
