// What policy did not count in this period, and why. An owner who may can take it back, after being asked once more.
// Without anything dropped there is no card, but the place where it would be.
import { useRef, useState } from 'preact/hooks';
import { ApiError, dropped, readmit } from '../api/client';
import { useBoard } from '../state/board';
import { droppedParameters } from '../state/queries';
import { useHeld, useInSight, useResource } from '../state/resource';
import { count } from '../text/format';
import { drop_reasons } from '../text/labels';
import { Dialog } from './dialog';
import { Notice } from './notice';

export function Dropped() {
  const { view, span, tick, me } = useBoard();
  const section = useRef<HTMLElement>(null);
  const inSight = useInSight(section);
  const [asked, setAsked] = useState<string | null>(null);
  const [done, setDone] = useState('');
  const answer = useResource(`${view.site} ${JSON.stringify(view.range)} dropped`, (signal) => dropped(droppedParameters(view, span()), signal), useHeld(tick, inSight));

  const reasons = Object.entries(answer.data?.counts ?? {}).sort((a, b) => b[1] - a[1]);
  const greatest = Math.max(1, ...reasons.map(([, hits]) => hits));
  if (reasons.length === 0 && !done) return <section class="panel-12 panel-none" ref={section} aria-hidden="true" />;

  return (
    <section class="card panel panel-12" ref={section} aria-labelledby="dropped-title">
      <header class="panel-head">
        <h2 id="dropped-title">Not counted</h2>
      </header>
      <p class="panel-note">What a rule of the site kept out of all numbers here. It is kept for a while, and can be taken back.</p>
      <ul class="rows">
        {reasons.map(([reason, hits]) => (
          <li key={reason} class="row">
            <div class="row-line">
              <span class="row-main">
                <span class="row-bar" style={{ width: `${(100 * hits) / greatest}%` }} />
                <span class="row-name">{drop_reasons[reason] ?? reason}</span>
              </span>
            </div>
            <span class="row-value" title={count(hits)}>
              {count(hits)}
            </span>
            {me.role === 'admin' && (
              <button type="button" class="button button-quiet" onClick={() => setAsked(reason)}>
                Re-admit
                <span class="unseen"> – {drop_reasons[reason] ?? reason}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
      <p class="panel-note" role="status">
        {done}
      </p>
      {asked !== null && (
        <Confirm
          reason={asked}
          hits={answer.data?.counts[asked] ?? 0}
          onDone={(hits) => {
            setDone(`${count(hits)} ${hits === 1 ? 'hit counts' : 'hits count'} now.`);
            setAsked(null);
            answer.reload();
          }}
          onClose={() => setAsked(null)}
        />
      )}
    </section>
  );
}

function Confirm({ reason, hits, onDone, onClose }: { reason: string; hits: number; onDone(hits: number): void; onClose(): void }) {
  const { view, span } = useBoard();
  const [working, setWorking] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);

  const confirm = async () => {
    setWorking(true);
    setError(null);
    // What arrives after the question was asked was not asked about.
    const until = new Date().toISOString();
    const { from, to } = Object.fromEntries(droppedParameters(view, span()));
    let total = 0;
    try {
      for (let more = true; more; ) {
        const answer = await readmit({ site: view.site, reason, ...(from ? { from } : {}), to: to ?? until });
        total += answer.readmitted;
        more = answer.more;
      }
      onDone(total);
    } catch (problem) {
      setWorking(false);
      setError(problem instanceof ApiError ? problem : new ApiError('failed', 0, 'page', 'The page failed', String(problem)));
    }
  };

  return (
    <Dialog title="Count them after all?" size="small" onClose={onClose}>
      <p class="dialog-text">
        {count(hits)} {hits === 1 ? 'hit was' : 'hits were'} not counted in this period: {drop_reasons[reason] ?? reason}. Re-admitted, {hits === 1 ? 'it counts' : 'they count'} at the
        time at which {hits === 1 ? 'it' : 'they'} came. That cannot be undone.
      </p>
      {error && <Notice error={error} />}
      <footer class="dialog-foot">
        <button type="button" class="button" onClick={onClose}>
          Leave them out
        </button>
        <button type="button" class="button button-main" disabled={working} onClick={confirm}>
          {working ? 'Counting…' : `Count ${count(hits)}`}
        </button>
      </footer>
    </Dialog>
  );
}
