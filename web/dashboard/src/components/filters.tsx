// The filters in force, as chips that can be taken away, and the form that adds one by hand.
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { query } from '../api/client';
import type { FilterOperator } from '../api/types';
import { go } from '../state/address';
import { useBoard } from '../state/board';
import { rowsQuery } from '../state/queries';
import { useResource } from '../state/resource';
import type { Filter } from '../state/view';
import { dimensionName, dimension_names, filterText, operator_names, valueName } from '../text/labels';
import { Dialog } from './dialog';
import { Close, Plus } from './icons';

export function FilterChips() {
  const { view } = useBoard();
  const [adding, setAdding] = useState(false);
  const box = useRef<HTMLDivElement>(null);

  // The chip that was pressed is gone: hand the focus to its neighbour.
  const remove = (place: number) => {
    go({ filters: view.filters.filter((_, at) => at !== place) });
    requestAnimationFrame(() => {
      const buttons = box.current?.querySelectorAll('button');
      buttons?.[Math.min(place, buttons.length - 1)]?.focus();
    });
  };

  return (
    <div class="chips" ref={box} role="group" aria-label="Filters">
      {view.filters.map((filter, place) => {
        const text = filterText(filter);
        return (
          <span class="chip" key={`${filter.operator}${filter.dimension}${filter.values.join('\n')}`}>
            <span class="chip-text">
              {text.dimension} {text.operator} <b title={text.value}>{text.value}</b>
            </span>
            <button type="button" class="chip-close" aria-label={`Remove the filter: ${text.dimension} ${text.operator} ${text.value}`} onClick={() => remove(place)}>
              <Close />
            </button>
          </span>
        );
      })}
      <button type="button" class="button button-quiet" onClick={() => setAdding(true)}>
        <Plus /> Filter
      </button>
      {view.filters.length > 1 && (
        <button type="button" class="button button-quiet" onClick={() => go({ filters: [] })}>
          Clear all
        </button>
      )}
      {adding && <FilterDialog onClose={() => setAdding(false)} />}
    </div>
  );
}

const owner_only = new Set(['visit:ip', 'visit:session', 'visit:visitor']);
const optional = new Set(['visit:region', 'visit:city']);

function FilterDialog({ onClose }: { onClose(): void }) {
  const { view, me, span } = useBoard();
  const [dimension, setDimension] = useState('event:page');
  const [operator, setOperator] = useState<FilterOperator>('is');
  const [text, setText] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const id = useId();

  const suggestions = useResource(`suggest ${view.site} ${dimension}`, (signal) =>
    query(
      rowsQuery({ ...view, filters: [] }, span(), {
        dimension,
        metrics: ['visitors'],
        order_by: ['visitors', 'desc'],
        limit: 50,
        bots: dimension === 'visit:bot',
      }),
      signal,
    ),
  );
  const values = suggestions.stale ? [] : (suggestions.data?.results ?? []).map((row) => row.dimensions[0] ?? '').filter(Boolean);

  useEffect(() => field.current?.focus(), []);

  const dimensions = Object.keys(dimension_names).filter(
    (one) => (me.role === 'admin' || !owner_only.has(one)) && (!optional.has(one) || me.dimensions?.includes(one)),
  );

  const submit = (event: Event) => {
    event.preventDefault();
    const typed = text.trim();
    if (!typed) return;
    // A person types the name that the page shows; the server knows some values by a code.
    const known = operator === 'is' || operator === 'is_not' ? values.find((value) => valueName(dimension, value).toLowerCase() === typed.toLowerCase()) : undefined;
    const filter: Filter = { operator, dimension, values: [known ?? typed] };
    onClose();
    go({ filters: [...view.filters, filter] });
  };

  return (
    <Dialog title="Add a filter" size="small" onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <div class="form-line">
          <label class="field">
            <span>Dimension</span>
            <select
              value={dimension}
              onChange={(event) => {
                setDimension(event.currentTarget.value);
                setText('');
              }}
            >
              {dimensions.map((one) => (
                <option key={one} value={one}>
                  {dimensionName(one)}
                </option>
              ))}
            </select>
          </label>
          <label class="field">
            <span>Condition</span>
            <select value={operator} onChange={(event) => setOperator(event.currentTarget.value as FilterOperator)}>
              {Object.entries(operator_names).map(([one, name]) => (
                <option key={one} value={one}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        </div>
        <label class="field">
          <span>Value</span>
          <input ref={field} list={`${id}-values`} value={text} required maxLength={2000} spellcheck={false} autocomplete="off" onInput={(event) => setText(event.currentTarget.value)} />
        </label>
        <datalist id={`${id}-values`}>
          {values.map((value) => (
            <option key={value} value={valueName(dimension, value)} />
          ))}
        </datalist>
        <div class="form-end">
          <button type="submit" class="button button-main">
            Apply
          </button>
        </div>
      </form>
    </Dialog>
  );
}
