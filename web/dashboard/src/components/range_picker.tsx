// Chooses the stretch of time: presets, one step back or forward, or two dates of one's own.
import { useEffect, useRef, useState } from 'preact/hooks';
import { go } from '../state/address';
import { useBoard } from '../state/board';
import { type Range, parsedEnds, presets, spanOf, stepped } from '../state/ranges';
import { wallDay } from '../state/zone';
import { rangeText } from '../text/format';
import { preset_names } from '../text/labels';
import { Dialog } from './dialog';
import { Left, Right } from './icons';

function choose(range: Range): void {
  go({ range, interval: null });
}

export function RangePicker() {
  const { view, zone, now } = useBoard();
  const [custom, setCustom] = useState(false);
  const { range } = view;
  const list = useRef<HTMLDivElement>(null);

  // On a narrow screen the list scrolls: bring the chosen period into sight.
  useEffect(() => {
    const chosen = list.current!.querySelector<HTMLElement>('[aria-pressed=true]');
    if (chosen) list.current!.scrollLeft = chosen.offsetLeft - (list.current!.clientWidth - chosen.offsetWidth) / 2;
  }, [range]);

  const before = stepped(range, -1, now(), zone);
  const after = stepped(range, 1, now(), zone);

  return (
    <div class="range">
      <button type="button" class="icon-button" aria-label="The period before" title="The period before" disabled={!before} onClick={() => before && choose(before)}>
        <Left />
      </button>
      <div class="segments" ref={list} role="group" aria-label="Period">
        {presets.map((preset) => (
          <button key={preset} type="button" class="segment" aria-pressed={range === preset} title={preset_names[preset].long} onClick={() => choose(preset)}>
            {preset_names[preset].short}
          </button>
        ))}
        <button type="button" class="segment" aria-pressed={typeof range === 'object'} aria-haspopup="dialog" onClick={() => setCustom(true)}>
          {typeof range === 'object' ? rangeText(range.from, range.to) : 'Dates…'}
        </button>
      </div>
      <button type="button" class="icon-button" aria-label="The period after" title="The period after" disabled={!after} onClick={() => after && choose(after)}>
        <Right />
      </button>
      {custom && <CustomRange onClose={() => setCustom(false)} />}
    </div>
  );
}

function CustomRange({ onClose }: { onClose(): void }) {
  const { view, zone, now } = useBoard();
  const today = wallDay(now(), zone);
  const span = spanOf(view.range, now(), zone);
  const [from, setFrom] = useState(span.from === null ? today : wallDay(span.from, zone));
  const [to, setTo] = useState(span.to === null ? today : wallDay(Math.min(span.to, now()), zone));
  const ends = parsedEnds(from, to);

  const submit = (event: Event) => {
    event.preventDefault();
    if (!ends) return;
    onClose();
    choose(ends);
  };

  return (
    <Dialog title="Between two dates" size="small" onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <div class="form-line">
          <label class="field">
            <span>From</span>
            <input type="date" value={from} max={today} required onInput={(event) => setFrom(event.currentTarget.value)} />
          </label>
          <label class="field">
            <span>To</span>
            <input type="date" value={to} max={today} required onInput={(event) => setTo(event.currentTarget.value)} />
          </label>
        </div>
        <p class="form-hint" role="status">
          {ends ? `Both days included, in ${zone} time.` : 'The first day must not be after the last.'}
        </p>
        <div class="form-end">
          <button type="submit" class="button button-main" disabled={!ends}>
            Show
          </button>
        </div>
      </form>
    </Dialog>
  );
}
