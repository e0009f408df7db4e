/** Lines, dots and stacked areas over a numeric axis, as SVG. */

import type { LineChart, Point, Span } from '../chart.ts';
import { type AxisScale, shareOf } from './axis-scale.ts';
import { type Colour, coloursOf } from './chart-colours.ts';
import * as frame from './chart-frame.ts';
import { boxEntries, type LegendEntry, lineSample } from './chart-legend.ts';
import { dot } from './dot-shape.ts';
import { type LineModel, layers, lineModel } from './line-model.ts';
import { numberText } from './number-text.ts';
import { place, short, shortened, tag, textTag, textWidth, tip } from './svg-markup.ts';

/** With more of them, dots hide the line. */
const DOTS_MAX = 40;
const SPAN_ROW = 14;
const SPAN_ROWS_MAX = 3;
const SPAN_CHARACTERS_MAX = 44;

/** Where a value is, in pixels of the plot. */
interface Places {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

export function drawLines(chart: LineChart, drawing: frame.Drawing): string {
  const model = lineModel(chart);
  const colours = coloursOf(chart.series);
  const head = frame.headOf(chart, entriesOf(chart, colours), drawing);
  const left = frame.EDGE + frame.tickRoom(model.y);
  const plot = {
    left,
    top: head.bottom + frame.ABOVE_PLOT,
    width: drawing.width - left - frame.EDGE - 8,
    height: frame.plotHeight(drawing),
  };
  const places = placesOf(model, plot);
  const marks = marksOf(chart, model, colours, places);
  const spans = (chart.spans ?? []).map((span) => shade(span, model.x, plot));
  const under = chart.kind === 'stacked' ? '' : spans.join('');
  const over = chart.kind === 'stacked' ? spans.join('') : '';
  const isEmpty = model.series.every((points) => points.every(({ y }) => y === null));
  const content = [
    head.markup,
    frame.verticalAxis(model.y, plot),
    within(plot, under + marks + over),
    spanNames(chart.spans ?? [], model.x, plot),
    frame.horizontalAxis(model.x, plot),
    frame.emptyText(isEmpty, plot),
  ];
  const height = plot.top + plot.height + frame.FOOT;
  return frame.documentOf(chart, drawing.width, height, content.join(''));
}

function placesOf({ x, y }: LineModel, plot: frame.Plot): Places {
  return {
    x: (value) => plot.width * shareOf(x, value),
    y: (value) => plot.height * (1 - shareOf(y, value)),
  };
}

/** What leaves the plot is cut off, but for the half of a dot on its edge. */
function within({ left, top, width, height }: frame.Plot, content: string): string {
  const room = 6;
  const box = { x: left - room, y: top - room, width: width + 2 * room, height: height + 2 * room };
  const viewBox = `${-room} ${-room} ${box.width} ${box.height}`;
  return tag('svg', { ...box, viewBox }, content || tag('g', {}));
}

function entriesOf(
  { kind, series }: LineChart,
  colours: readonly Colour[],
): readonly LegendEntry[] {
  if (kind === 'stacked') return boxEntries(series, 'area').toReversed();
  return series.map(({ name, dashed, unjoined }, i) => ({
    name,
    colour: colours[i] as Colour,
    sample:
      kind === 'scatter' || unjoined === true
        ? dot(kind === 'scatter' ? i : 0, 12, 0)
        : lineSample(dashed === true),
  }));
}

function marksOf(
  chart: LineChart,
  model: LineModel,
  colours: readonly Colour[],
  places: Places,
): string {
  if (chart.kind === 'stacked') {
    const areas = layers(model.series).map((layer) => area(layer, places));
    return areas.map((mark, i) => coloured(colours[i] as Colour, mark)).join('');
  }
  const marks = chart.series.map(({ name, dashed, unjoined }, i) => {
    const points = model.series[i] as readonly Point[];
    const mark =
      chart.kind === 'scatter' || unjoined === true
        ? dots(name, points, chart.kind === 'scatter' ? i : 0, places)
        : interval(points, places) + line(name, points, { dashed, places });
    return coloured(colours[i] as Colour, mark);
  });
  const labels = chart.kind === 'scatter' ? dotNames(model, places) : '';
  return marks.join('') + labels;
}

function coloured({ name }: Colour, content: string): string {
  return content === '' ? '' : tag('g', { class: name }, content);
}

function line(
  name: string,
  points: readonly Point[],
  { dashed, places }: { readonly dashed: true | undefined; readonly places: Places },
): string {
  let path = '';
  let isJoined = false;
  for (const { x, y } of points) {
    if (y !== null) path += `${isJoined ? 'L' : 'M'}${place(places.x(x), places.y(y))}`;
    isJoined = y !== null;
  }
  if (path === '') return '';
  const drawn = tag('path', { class: `stroke line${dashed === true ? ' dashed' : ''}`, d: path });
  const isDotted = dashed !== true && points.length <= DOTS_MAX;
  return drawn + (isDotted ? dots(name, points, 0, { ...places, radius: 3 }) : '');
}

function dots(
  name: string,
  points: readonly Point[],
  shape: number,
  { x: xOf, y: yOf, radius }: Places & { readonly radius?: number },
): string {
  return points
    .flatMap(({ x, y, low, high, label }) => {
      if (y === null) return [];
      const what = label === undefined ? name : `${name}, ${label}`;
      const range = low !== undefined && high !== undefined ? [low, high] : undefined;
      const among = range === undefined ? '' : ` (${range.map(numberText).join(' to ')})`;
      const text = tip(`${what}: ${numberText(y)}${among} at ${numberText(x)}`);
      const whisker =
        range === undefined || radius !== undefined ? '' : whiskerAt(xOf(x), range, yOf);
      return [whisker + dot(shape, xOf(x), yOf(y), radius, text)];
    })
    .join('');
}

function whiskerAt(x: number, range: readonly number[], yOf: Places['y']): string {
  const [low, high] = range.map(yOf) as [number, number];
  const path = `M${place(x - 4, low)}h8M${place(x, low)}V${short(high)}M${place(x - 4, high)}h8`;
  return tag('path', { class: 'stroke whisker', d: path });
}

/** A band along the line; where there is one point only, a whisker. */
function interval(points: readonly Point[], { x: xOf, y: yOf }: Places): string {
  const known = points.filter(({ y, low, high }) => {
    return y !== null && low !== undefined && high !== undefined;
  }) as readonly Required<Point>[];
  if (known.length === 0) return '';
  if (known.length === 1) {
    const [{ x, low, high }] = known as [Required<Point>];
    return whiskerAt(xOf(x), [low, high], yOf);
  }
  const there = known.map(({ x, high }) => place(xOf(x), yOf(high)));
  const back = known.toReversed().map(({ x, low }) => place(xOf(x), yOf(low)));
  return tag('path', { class: 'fill band', d: `M${[...there, ...back].join('L')}Z` });
}

function area(layer: ReturnType<typeof layers>[number], { x: xOf, y: yOf }: Places): string {
  if (layer.length === 0) return '';
  const there = layer.map(({ x, to }) => place(xOf(x), yOf(to)));
  const back = layer.toReversed().map(({ x, from }) => place(xOf(x), yOf(from)));
  return tag('path', { class: 'fill area', d: `M${[...there, ...back].join('L')}Z` });
}

/** Beside each dot, where no other name is in the way. */
function dotNames({ series }: LineModel, { x: xOf, y: yOf }: Places): string {
  const taken: { left: number; right: number; y: number }[] = [];
  return series
    .flat()
    .flatMap(({ x, y, label }) => {
      if (y === null || label === undefined) return [];
      const width = textWidth(label, 11);
      const offsets = [4, -8, 16, -20].map((down) => yOf(y) + down);
      const box = { left: xOf(x) + 8, right: xOf(x) + 8 + width };
      const free = offsets.find((down) => {
        return !taken.some((one) => {
          const isBeside = one.right < box.left || one.left > box.right;
          return !isBeside && Math.abs(one.y - down) < 11;
        });
      });
      if (free === undefined) return [];
      taken.push({ ...box, y: free });
      return [textTag(label, { class: 'small halo', x: box.left, y: free })];
    })
    .join('');
}

function shade({ from, until, label }: Span, x: AxisScale, plot: frame.Plot): string {
  const left = plot.width * shareOf(x, from);
  const right = Math.max(plot.width * shareOf(x, until), left + 1);
  const box = { x: left, y: 0, width: right - left, height: plot.height };
  const edges = [left, right].map((at) => {
    return tag('line', { class: 'edge', x1: at, x2: at, y1: 0, y2: plot.height });
  });
  return tag('rect', { class: 'span fault', ...box }, tip(label)) + edges.join('');
}

/** At the top of the plot, those at the same time below each other. */
function spanNames(spans: readonly Span[], x: AxisScale, plot: frame.Plot): string {
  const ends: number[] = [];
  return spans
    .map(({ from, label }) => {
      const text = shortened(label, SPAN_CHARACTERS_MAX);
      const width = textWidth(text, 11) + 8;
      const begin = plot.left + plot.width * shareOf(x, from) + 5;
      const left = Math.max(plot.left, Math.min(begin, plot.left + plot.width - width));
      const free = ends.findIndex((end) => end < left);
      const row = free < 0 ? ends.length : free;
      if (row >= SPAN_ROWS_MAX) return '';
      ends[row] = left + width;
      const y = plot.top + 13 + row * SPAN_ROW;
      return textTag(text, { class: 'small fault halo', x: left, y });
    })
    .join('');
}
