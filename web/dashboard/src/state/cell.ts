// A value that tells its listeners when it changes; the little shared state the page has lives in cells.
import { useEffect, useState } from 'preact/hooks';

export class Cell<T> {
  private readonly listeners_ = new Set<(value: T) => void>();

  constructor(private value_: T) {}

  get(): T {
    return this.value_;
  }

  set(value: T): void {
    if (Object.is(value, this.value_)) return;
    this.value_ = value;
    for (const listener of [...this.listeners_]) listener(value);
  }

  subscribe(listener: (value: T) => void): () => void {
    this.listeners_.add(listener);
    return () => void this.listeners_.delete(listener);
  }
}

export function useCell<T>(cell: Cell<T>): T {
  const [value, setValue] = useState(cell.get());
  useEffect(() => {
    setValue(() => cell.get());
    return cell.subscribe((next) => setValue(() => next));
  }, [cell]);
  return value;
}
