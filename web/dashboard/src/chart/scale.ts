// Where the lines of the grid and the words along the axes go.
import type { Interval } from '../api/types';
import { type Unit, wall } from '../text/format';

const duration_steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400];

function niceStep(rough: number, unit: Unit): number {
  if (unit === 'duration') return duration_steps.find((step) => step >= rough) ?? Math.ceil(rough / 86_400) * 86_400;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999)! * power;
  return unit === 'count' || unit === 'percent' ? Math.max(1, Math.ceil(step)) : step;
}

// A scale from zero in a few round steps that holds the greatest value.
export function yScale(max: number, unit: Unit): { top: number; lines: number[] } {
  const usable = Number.isFinite(max) && max > 0 ? max : unit === 'count' ? 3.9 : 1;
  const step = niceStep(usable / 4, unit);
  let top = Math.ceil((usable * 1.02) / step) * step;
  if (unit === 'percent') top = Math.min(top, Math.max(100, step));
  const lines: number[] = [];
  for (let line = 0; line <= top * 1.0001; line += step) lines.push(line);
  return { top, lines };
}

export interface Tick {
  index: number;
  text: string;
}

const divisors: Record<'minute' | 'hour', number[]> = { minute: [1, 2, 5, 10, 15, 30, 60], hour: [1, 2, 3, 4, 6, 12, 24] };

// Words below the chart: at most ticks_max, at round times, and never two that say the same.
export function xTicks(labels: readonly string[], interval: Interval, ticks_max: number): Tick[] {
  const walls = labels.map(wall);
  const all = walls.map((_, index) => index);
  const room = Math.max(2, ticks_max);
  const every = (indexes: number[]) => {
    const step = Math.ceil(indexes.length / room);
    return indexes.filter((_, place) => (indexes.length - 1 - place) % step === 0);
  };
  const text = (indexes: number[], words: (index: number) => string) => indexes.map((index) => ({ index, text: words(index) }));
  const at = (index: number) => walls[index];
  const day = (index: number) => (at(index) ? `${at(index)!.day} ${at(index)!.month_name}` : labels[index]!);

  if (interval === 'minute' || interval === 'hour') {
    const dayStarts = all.filter((index) => at(index)?.clock === '00:00');
    if (dayStarts.length > 2) return text(every(dayStarts), day);
    for (const divisor of divisors[interval]) {
      const fitting = all.filter((index) => {
        const clock = at(index)?.clock ?? '';
        const value = interval === 'minute' ? Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3)) : Number(clock.slice(0, 2));
        return value % divisor === 0;
      });
      if (fitting.length > 0 && fitting.length <= room) return text(fitting, (index) => at(index)?.clock ?? labels[index]!);
    }
    return text(every(all), (index) => at(index)?.clock ?? labels[index]!);
  }
  if (interval === 'month') {
    return text(every(all), (index) => {
      const one = at(index);
      return one ? `${one.month_name}${one.month === 1 || labels.length > 24 ? ` ${one.year}` : ''}` : labels[index]!;
    });
  }
  if (labels.length > 130) {
    const monthStarts = all.filter((index) => index > 0 && at(index)?.month !== at(index - 1)?.month);
    return text(every(monthStarts), (index) => (at(index) ? `${at(index)!.month_name}${at(index)!.month === 1 ? ` ${at(index)!.year}` : ''}` : labels[index]!));
  }
  if (interval === 'day' && labels.length <= Math.min(room, 14)) {
    return text(all, (index) => (at(index) ? `${at(index)!.weekday} ${at(index)!.day}` : labels[index]!));
  }
  return text(every(all), day);
}
