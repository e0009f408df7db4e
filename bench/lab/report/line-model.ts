/** What is drawn of a chart over a numeric axis, the same for a drawing and for a page's script. */

import type { LineChart, Point } from '../chart.ts';
import { type AxisScale, axisScale } from './axis-scale.ts';

export interface LineModel {
  readonly x: AxisScale;
  readonly y: AxisScale;
  /** By series; without what is nowhere, in the order of x where they are joined. */
  readonly series: readonly (readonly Point[])[];
}

export function lineModel(chart: LineChart): LineModel {
  const series = chart.series.map(({ points }) => shownPoints(chart, points));
  const drawn = chart.kind === 'stacked' ? stacked(series) : series;
  const points = drawn.flat();
  const spans = (chart.spans ?? []).flatMap(({ from, until }) => [from, until]);
  const xs = [...points.map(({ x }) => x), ...spans];
  const ys = points.flatMap(({ y, low, high }) => [y, low, high]).filter(isMeasured);
  return {
    x: axisScale(chart.x, xs, chart.kind === 'scatter' ? 'from-zero' : 'snug'),
    y: axisScale(chart.y, ys, 'from-zero'),
    series,
  };
}

/**
 * Layers from below to above over the same places, each with where it begins and where it
 * ends; where a series has nothing, its layer is empty.
 */
export function layers(
  series: LineModel['series'],
): readonly (readonly { readonly x: number; readonly from: number; readonly to: number }[])[] {
  const xs = [...new Set(series.flat().map(({ x }) => x))].sort((a, b) => a - b);
  const reached = new Map(xs.map((x) => [x, 0]));
  return series.map((points) => {
    const values = new Map(points.map(({ x, y }) => [x, y ?? 0]));
    return xs.map((x) => {
      const from = reached.get(x) ?? 0;
      const to = from + Math.max(0, values.get(x) ?? 0);
      reached.set(x, to);
      return { x, from, to };
    });
  });
}

function stacked(series: LineModel['series']): LineModel['series'] {
  return layers(series).map((layer) => layer.map(({ x, to }) => ({ x, y: to })));
}

function shownPoints({ kind }: LineChart, points: readonly Point[]): readonly Point[] {
  const shown = points
    .filter(({ x }) => Number.isFinite(x))
    .map((point) => (isMeasured(point.y) ? point : { x: point.x, y: null }));
  return kind === 'scatter' ? shown : shown.toSorted((a, b) => a.x - b.x);
}

function isMeasured(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
