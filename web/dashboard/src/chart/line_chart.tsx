// The chart over time: uPlot draws it, arrow keys walk through it, dragging across it zooms.
//
// Works by bucket number, not by time: every bucket is as wide as the next, whatever clocks and months do.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Interval } from '../api/types';
import { theme } from '../state/theme';
import { useCell } from '../state/cell';
import { type Unit, bucketText } from '../text/format';
import { type Tick, xTicks, yScale } from './scale';

export interface Line {
  name: string;
  // Which of the chart's colours: 1 to 3.
  color: number;
  values: (number | null)[];
  // The same buckets of the period before.
  before: (number | null)[] | null;
}

interface Props {
  labels: string[];
  labels_before: string[] | null;
  interval: Interval;
  lines: Line[];
  unit: Unit;
  // The bucket that is still filling: drawn dashed, because it will grow. -1: none.
  current: number;
  value(value: number | null): string;
  axisValue(value: number): string;
  onZoom(from: number, to: number): void;
}

const height_px = 260;
const zoom_px_min = 12;
const tick_px = 64;
const axis_px = 46;

// Canvas cannot read custom properties: ask the browser what they come to here and now.
function colors(element: Element): (name: string) => string {
  const probe = document.createElement('i');
  element.append(probe);
  const found = new Map<string, string>();
  for (const name of ['--line-1', '--line-2', '--line-3', '--soft', '--grid', '--card']) {
    probe.style.color = `var(${name})`;
    found.set(name, getComputedStyle(probe).color);
  }
  probe.remove();
  return (name) => found.get(name) ?? 'gray';
}

function faded(color: string, alpha: number): string {
  const channels = color.match(/[\d.]+/g)?.slice(0, 3) ?? ['128', '128', '128'];
  return color.startsWith('rgb') ? `rgba(${channels.join(', ')}, ${alpha})` : color;
}

export function LineChart(props: Props) {
  const { labels, interval, lines, current, unit } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const [index, setIndex] = useState<number | null>(null);
  const [left, setLeft] = useState(0);
  const [width, setWidth] = useState(0);
  const chosenTheme = useCell(theme);

  const scale = useMemo(() => {
    const values = lines.flatMap((line) => [...line.values, ...(line.before ?? [])]);
    return yScale(Math.max(0, ...values.map((value) => value ?? 0)), unit);
  }, [lines, unit]);
  const ticks = useMemo(() => xTicks(labels, interval, Math.floor((width - axis_px) / tick_px)), [labels, interval, width]);
  const drawn = useRef({ scale, ticks });
  drawn.current = { scale, ticks };

  // The first line is the most important: it is drawn last, above the others. For every line: the period before, what is certain, and the dashed end that still grows.
  const data = useMemo(() => {
    const columns: (number | null)[][] = [];
    for (const line of lines.toReversed()) {
      if (line.before) columns.push(labels.map((_, at) => line.before![at] ?? null));
      const dashed = current > 0;
      columns.push(line.values.map((value, at) => (dashed && at === current ? null : value)));
      columns.push(line.values.map((value, at) => (dashed && (at === current || at === current - 1) ? value : null)));
    }
    return [labels.map((_, at) => at), ...columns] as uPlot.AlignedData;
  }, [lines, labels, current]);

  const shape = lines.map((line) => `${line.name}:${line.color}:${line.before ? 1 : 0}`).join() + labels.length + interval;

  useLayoutEffect(() => setWidth(box.current!.clientWidth), []);

  useEffect(() => {
    const element = box.current!;
    let color = colors(element);
    const series: uPlot.Series[] = [{}];
    // A curve through days reads well; through the few visits of single minutes it would invent some.
    const fine = interval === 'minute' || interval === 'hour' || labels.length > 130;
    const paths = fine ? uPlot.paths.linear!() : uPlot.paths.spline!();
    const few = latest.current.labels.length < 3;
    for (const line of latest.current.lines.toReversed()) {
      const ink = () => color(`--line-${line.color}`);
      if (line.before) {
        series.push({ stroke: () => faded(ink(), 0.5), width: 1.5, dash: [2, 4], paths, points: { show: false } });
      }
      series.push({
        stroke: ink,
        width: 2,
        paths,
        points: { show: few, size: 7, fill: ink },
        fill: (u) => {
          if (line.color !== latest.current.lines[0]?.color) return 'transparent';
          const shade = u.ctx.createLinearGradient(0, u.bbox.top, 0, u.bbox.top + u.bbox.height);
          shade.addColorStop(0, faded(ink(), 0.2));
          shade.addColorStop(1, faded(ink(), 0.01));
          return shade;
        },
      });
      series.push({ stroke: ink, width: 2, dash: [5, 5], paths: uPlot.paths.linear!(), points: { show: few, size: 7, fill: ink } });
    }
    const font = `12px ${getComputedStyle(element).fontFamily}`;
    const u = new uPlot(
      {
        width: element.clientWidth,
        height: height_px,
        padding: [10, 26, 0, 0],
        legend: { show: false },
        scales: {
          x: { time: false, range: (_, min, max) => (max > min ? [min, max] : [min - 1, max + 1]) },
          y: { range: () => [0, drawn.current.scale.top] },
        },
        axes: [
          {
            stroke: () => color('--soft'),
            font,
            size: 26,
            gap: 6,
            grid: { show: false },
            ticks: { show: false },
            splits: () => drawn.current.ticks.map((tick: Tick) => tick.index),
            values: (_, splits) => splits.map((split) => drawn.current.ticks.find((tick) => tick.index === split)?.text ?? ''),
          },
          {
            stroke: () => color('--soft'),
            font,
            size: axis_px,
            gap: 6,
            grid: { stroke: () => color('--grid'), width: 1 },
            ticks: { show: false },
            splits: () => drawn.current.scale.lines,
            values: (_, splits) => splits.map((split) => latest.current.axisValue(split)),
          },
        ],
        series,
        cursor: {
          y: false,
          // The hairline and a selection stand on buckets, not between them.
          move: (chart, x, y) => (x < 0 ? [x, y] : [chart.valToPos(chart.posToIdx(x), 'x'), y]),
          drag: { x: true, y: false, setScale: false },
          points: { size: 9, width: 2, stroke: () => color('--card'), fill: (chart, place) => (chart.series[place]!.stroke as () => string)() },
        },
        hooks: {
          setCursor: [
            (chart) => {
              const at = chart.cursor.idx ?? null;
              setIndex(chart.cursor.left! >= 0 ? at : null);
              if (at !== null) setLeft(chart.valToPos(at, 'x') + chart.over.offsetLeft);
            },
          ],
          setSelect: [
            (chart) => {
              if (chart.select.width < zoom_px_min) return;
              const from = chart.posToIdx(chart.select.left);
              const to = chart.posToIdx(chart.select.left + chart.select.width);
              chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              latest.current.onZoom(from, to);
            },
          ],
        },
      },
      data,
      element,
    );
    plot.current = u;
    const observer = new ResizeObserver(() => {
      u.setSize({ width: element.clientWidth, height: height_px });
      setWidth(element.clientWidth);
    });
    observer.observe(element);
    const recolor = () => {
      color = colors(element);
      u.redraw(false, true);
    };
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', recolor);
    const unsubscribe = theme.subscribe(() => requestAnimationFrame(recolor));
    // Words drawn before the page's own typeface had come were drawn in another.
    void document.fonts.ready.then(() => plot.current === u && u.redraw(false, true));
    return () => {
      dark.removeEventListener('change', recolor);
      unsubscribe();
      observer.disconnect();
      u.destroy();
      plot.current = null;
      setIndex(null);
    };
    // `data` is given to a chart that exists by the effect below.
    // A chart is made anew only when its lines are others.
  }, [shape]);

  useEffect(() => {
    const u = plot.current;
    if (!u) return;
    u.setData(data);
    // Also measures the axes anew, whose words may have changed although their scale has not.
    u.setSize({ width: u.width, height: height_px });
  }, [data, ticks, scale, chosenTheme]);

  const last = labels.length - 1;
  const show = (at: number) => {
    const u = plot.current;
    if (!u || last < 0) return;
    const to = Math.max(0, Math.min(last, at));
    u.setCursor({ left: u.valToPos(to, 'x'), top: u.over.clientHeight / 2 });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const from = index ?? (current >= 0 ? current : last);
    const step = event.key === 'PageUp' || event.key === 'PageDown' ? 7 : 1;
    switch (event.key) {
      case 'ArrowLeft':
      case 'PageUp':
        show(index === null ? from : from - step);
        break;
      case 'ArrowRight':
      case 'PageDown':
        show(index === null ? from : from + step);
        break;
      case 'Home':
        show(0);
        break;
      case 'End':
        show(last);
        break;
      case 'Escape':
        if (index === null) return;
        plot.current?.setCursor({ left: -10, top: -10 });
        break;
      default:
        return;
    }
    event.preventDefault();
  };

  const at = index !== null && index <= last ? index : null;
  const spoken = at === null ? '' : `${bucketText(labels[at]!, interval)}: ${lines.map((line) => `${line.name} ${props.value(line.values[at] ?? null)}`).join(', ')}`;

  return (
    <div class="chart">
      <div
        class="chart-plot"
        ref={box}
        tabIndex={0}
        role="slider"
        aria-label={`${lines.map((line) => line.name).join(', ')} over time. Arrow keys move from point to point.`}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, last)}
        aria-valuenow={at ?? Math.max(0, last)}
        aria-valuetext={spoken || `${labels.length} points`}
        onKeyDown={onKeyDown}
        onBlur={() => plot.current?.setCursor({ left: -10, top: -10 })}
      />
      {at !== null && (
        <div class={`chart-tip ${left > width / 2 ? 'chart-tip-left' : ''}`} style={{ left: `${left}px` }} aria-hidden="true">
          <div class="chart-tip-when">
            {bucketText(labels[at]!, interval)}
            {at === current && <em> so far</em>}
          </div>
          {lines.map((line) => (
            <div class="chart-tip-line" key={line.name}>
              <i class={`dot dot-${line.color}`} />
              <span>{line.name}</span>
              <b>{props.value(line.values[at] ?? null)}</b>
            </div>
          ))}
          {lines[0]?.before && props.labels_before?.[at] && (
            <div class="chart-tip-line chart-tip-before">
              <i class={`dot dot-hollow dot-${lines[0].color}`} />
              <span>{bucketText(props.labels_before[at]!, interval)}</span>
              <b>{props.value(lines[0].before[at] ?? null)}</b>
            </div>
          )}
        </div>
      )}
    </div>
  );
}
