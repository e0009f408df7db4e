/** Groups of bars, side by side or stacked, as SVG. */

import type { BarChart } from '../chart.ts';
import { type AxisScale, axisScale, shareOf } from './axis-scale.ts';
import { type Colour, coloursOf } from './chart-colours.ts';
import * as frame from './chart-frame.ts';
import { boxEntries } from './chart-legend.ts';
import { namesBelow } from './group-names.ts';
import { numberText } from './number-text.ts';
import { place, short, tag, textTag, textWidth, tip } from './svg-markup.ts';

/** Of the room of a group, what its bars take. */
const GROUP_SHARE = 0.76;
const BAR_WIDTH_MAX = 64;
/** A number inside a bar needs so many pixels of height. */
const NUMBER_HEIGHT = 16;

interface Bar {
  readonly series: number;
  readonly group: number;
  readonly from: number;
  readonly to: number;
  readonly value: number;
  readonly range?: readonly [low: number, high: number];
  /** Among the bars of its group, from the left. */
  readonly column: number;
}

export function drawBars(chart: BarChart, drawing: frame.Drawing): string {
  const bars = barsOf(chart);
  const values = bars.flatMap(({ from, to, range }) => [from, to, ...(range ?? [])]);
  const measured = chart.y.log === true ? values.filter((value) => value > 0) : values;
  const scale = axisScale(chart.y, measured, 'from-zero');
  const head = frame.headOf(chart, boxEntries(chart.series, ''), drawing);
  const left = frame.EDGE + frame.tickRoom(scale);
  const plot = {
    left,
    top: head.bottom + frame.ABOVE_PLOT,
    width: drawing.width - left - frame.EDGE,
    height: frame.plotHeight(drawing),
  };
  const names = namesBelow(chart.groups, plot);
  const content = [
    head.markup,
    frame.verticalAxis(scale, plot),
    barsMarkup(chart, bars, scale, plot),
    baseLine(scale, plot),
    names.markup,
    frame.emptyText(bars.length === 0, plot),
  ];
  const height = plot.top + plot.height + names.height + frame.EDGE;
  return frame.documentOf(chart, drawing.width, height, content.join(''));
}

function barsOf({ kind, groups, series }: BarChart): readonly Bar[] {
  const reached = groups.map(() => 0);
  return series.flatMap(({ values, ranges }, i) =>
    groups.flatMap((_, group): Bar[] => {
      const value = values[group];
      if (value === null || value === undefined || !Number.isFinite(value)) return [];
      const from = kind === 'bars' ? 0 : (reached[group] as number);
      reached[group] = from + value;
      const range = ranges?.[group] ?? undefined;
      const column = kind === 'bars' ? i : 0;
      const bar = { series: i, group, from, to: from + value, value, column };
      return [{ ...bar, ...(range !== undefined && { range }) }];
    }),
  );
}

function barsMarkup(
  chart: BarChart,
  bars: readonly Bar[],
  scale: AxisScale,
  plot: frame.Plot,
): string {
  const columns = chart.kind === 'bars' ? Math.max(1, chart.series.length) : 1;
  const room = plot.width / Math.max(1, chart.groups.length);
  const width = Math.min(BAR_WIDTH_MAX, (room * GROUP_SHARE) / columns);
  const colours = coloursOf(chart.series);
  const yOf = (value: number) => {
    const share = scale.log && value <= 0 ? 0 : shareOf(scale, value);
    return plot.top + plot.height * (1 - Math.min(1, Math.max(0, share)));
  };
  return bars
    .map((bar) => {
      const middle =
        plot.left + room * (bar.group + 0.5) + width * (bar.column - (columns - 1) / 2);
      const { name } = chart.series[bar.series] as BarChart['series'][number];
      const about = `${chart.groups[bar.group]}, ${name}: ${numberText(bar.value)}`;
      const mark = barMarkup(bar, { about, middle, width, yOf });
      const number = numberMarkup(bar, chart.kind, { middle, width, yOf });
      return tag('g', { class: (colours[bar.series] as Colour).name }, mark + number);
    })
    .join('');
}

interface Column {
  readonly middle: number;
  readonly width: number;
  readonly yOf: (value: number) => number;
}

function barMarkup(
  { from, to, range }: Bar,
  { about, middle, width, yOf }: Column & { readonly about: string },
): string {
  const [top, bottom] = [yOf(Math.max(from, to)), yOf(Math.min(from, to))];
  const gap = width > 12 ? 1.5 : 0.5;
  const box = { x: middle - width / 2 + gap, y: top, width: Math.max(1, width - 2 * gap) };
  const rect = { class: 'fill bar', ...box, height: bottom - top, rx: Math.min(2, width / 8) };
  const among = range === undefined ? '' : ` (${range.map(numberText).join(' to ')})`;
  const bar = tag('rect', rect, tip(about + among));
  if (range === undefined) return bar;
  const [low, high] = range.map(yOf) as [number, number];
  const cap = Math.min(5, width / 4);
  const caps = [low, high].map((y) => `M${place(middle - cap, y)}h${2 * cap}`).join('');
  return (
    bar + tag('path', { class: 'range whisker', d: `${caps}M${place(middle, low)}V${short(high)}` })
  );
}

/** Above a bar, or within it where they are stacked; none where there is no room for it. */
function numberMarkup(
  { from, to, value, range }: Bar,
  kind: BarChart['kind'],
  { middle, width, yOf }: Column,
): string {
  const text = numberText(value);
  const isStacked = kind === 'stacked-bars';
  if (textWidth(text, 11) > width * (isStacked ? 1 : 1.25) + 4) return '';
  const height = Math.abs(yOf(from) - yOf(to));
  if (isStacked && height < NUMBER_HEIGHT) return '';
  const top = Math.min(yOf(to), yOf(from), ...(range ?? []).map(yOf));
  const y = isStacked ? yOf((from + to) / 2) + 4 : top - 5;
  const look = `small halo${isStacked ? ' inside' : ''}`;
  return textTag(text, { class: look, x: middle, y, 'text-anchor': 'middle' });
}

function baseLine(scale: AxisScale, { left, top, width, height }: frame.Plot): string {
  const y = top + height * (1 - (scale.log ? 0 : Math.max(0, shareOf(scale, 0))));
  return tag('line', { class: 'base', x1: left, x2: left + width, y1: y, y2: y });
}
