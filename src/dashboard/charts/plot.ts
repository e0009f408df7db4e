/** One plot, drawn by uPlot on a canvas. The pointer over one plot shows its moment in all of them. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { THEME_SHOWN } from '../theme.ts';
import type { Axis, Line } from './catalog.ts';
import { SHOWN_MS } from './history.ts';
import { lineLook } from './line-look.ts';

/** All plots that have this key share the pointer. */
const SHARED_POINTER = 'charts';

const HEIGHT = 150;
const AXIS_WIDTH = 52;
const AXIS_FONT = '11px system-ui, sans-serif';
const MINUTE = 60;

/** As uPlot calls it. */
const LOGARITHMIC = 3;

/** Of a pointer that is nowhere in the plot. */
const BESIDE = -10;

export interface PlottedLine extends Line {
  readonly figures: readonly (number | null)[];
}

export interface PlotProps {
  readonly label: string;
  /** In seconds since 1970, rising; the last is at the right end. */
  readonly times: readonly number[];
  readonly lines: readonly PlottedLine[];
  readonly axis: Axis;
  /** Of the times; undefined: the pointer alone says which. */
  readonly marked: number | undefined;
  /** The pointer is over this one of the times, here or in another plot. */
  readonly onPoint: (index: number | undefined) => void;
}

export function Plot(props: PlotProps): VNode {
  const { label, lines } = props;
  const box = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const plot = useRef<uPlot | undefined>(undefined);
  const theme = useTheme();
  const names = lines.map(({ id }) => id).join(' ');
  useEffect(() => {
    const place = box.current;
    if (place === null) return;
    const drawn = new uPlot(optionsOf(place, latest), dataOf(latest.current), place);
    plot.current = drawn;
    const resized = new ResizeObserver(() =>
      drawn.setSize({ width: place.clientWidth, height: HEIGHT }),
    );
    resized.observe(place);
    return () => {
      resized.disconnect();
      drawn.destroy();
    };
  }, [names, theme]);
  useEffect(() => plot.current?.setData(dataOf(props)), [props.times, lines]);
  useEffect(() => mark(plot.current, props), [props.marked]);
  return html`<div class="plot" ref=${box} role="img" aria-label=${label}></div>`;
}

/** Changes when colours may have. */
function useTheme(): number {
  const [changes, setChanges] = useState(0);
  useEffect(() => {
    const onShown = () => setChanges((count) => count + 1);
    document.addEventListener(THEME_SHOWN, onShown);
    return () => document.removeEventListener(THEME_SHOWN, onShown);
  }, []);
  return changes;
}

function dataOf({ times, lines }: PlotProps): uPlot.AlignedData {
  return [[...times], ...lines.map(({ figures }) => [...figures])];
}

function mark(plot: uPlot | undefined, { marked, times }: PlotProps): void {
  if (plot === undefined) return;
  const time = marked === undefined ? undefined : times[marked];
  const left = time === undefined ? BESIDE : plot.valToPos(time, 'x');
  plot.setCursor({ left, top: 0 }, false);
}

function optionsOf(place: HTMLElement, latest: { readonly current: PlotProps }): uPlot.Options {
  const { lines, axis } = latest.current;
  const [ink, rule] = ['var(--quiet)', 'var(--line)'].map((colour) => resolved(place, colour));
  const look = {
    ...(ink !== undefined && { stroke: ink }),
    font: AXIS_FONT,
    grid: { ...(rule !== undefined && { stroke: rule }), width: 1 },
    ticks: { show: false },
  };
  return {
    width: place.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    padding: [8, 8, 0, 0],
    cursor: {
      y: false,
      drag: { x: false, y: false },
      sync: { key: SHARED_POINTER },
      points: { size: 7 },
    },
    hooks: { setCursor: [({ cursor }) => latest.current.onPoint(cursor.idx ?? undefined)] },
    scales: { x: { range: shownTimes(latest) }, y: scaleOf(axis) },
    axes: [
      {
        ...look,
        size: 24,
        incrs: [MINUTE, 5 * MINUTE],
        values: (_, seconds) => seconds.map(clockText),
      },
      {
        ...look,
        size: AXIS_WIDTH,
        space: 28,
        values: (_, figures) => figures.map(axis.text),
        ...(axis.steps !== undefined && { incrs: [...axis.steps] }),
        ...(axis.decadesFrom !== undefined && { splits: decades }),
      },
    ],
    series: [{}, ...lines.map(({ label }, i) => seriesOf(place, label, i))],
  };
}

function seriesOf(place: HTMLElement, label: string, i: number): uPlot.Series {
  const { colour, dash } = lineLook(i);
  const stroke = resolved(place, colour);
  return {
    label,
    stroke,
    width: 1.75,
    dash: [...dash],
    points: { show: false, filter: loneFigures, size: 4, fill: stroke },
  };
}

/** A figure between two gaps is no line. */
const loneFigures: uPlot.Series.Points.Filter = ({ data }, series) => {
  const figures = data[series] ?? [];
  const isLone = (i: number) =>
    figures[i] != null && figures[i - 1] == null && figures[i + 1] == null;
  return [...figures.keys()].filter(isLone);
};

function shownTimes(latest: { readonly current: PlotProps }): uPlot.Range.Function {
  return () => {
    const end = latest.current.times.at(-1) ?? 0;
    return [end - SHOWN_MS / 1_000, end];
  };
}

const decades: uPlot.Axis.Splits = (_, __, least, most) => {
  const marks = [];
  for (let mark = least; mark <= most; mark *= 10) marks.push(mark);
  return marks;
};

function scaleOf({ decadesFrom }: Axis): uPlot.Scale {
  if (decadesFrom === undefined) return { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] };
  // Two decades at least.
  const top = (most: number) => Math.max(decadesFrom * 100, 10 ** Math.ceil(Math.log10(most)));
  return {
    distr: LOGARITHMIC,
    range: (_, __, most) => [decadesFrom, most > 0 ? top(most) : decadesFrom * 100],
  };
}

function clockText(seconds: number): string {
  return new Date(seconds * 1_000).toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
  });
}

/** A canvas knows nothing of variables. */
function resolved(place: HTMLElement, colour: string): string {
  place.style.color = colour;
  const { color } = getComputedStyle(place);
  place.style.color = '';
  return color;
}
