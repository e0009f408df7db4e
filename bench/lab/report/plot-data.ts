/** What the script of a page draws of charts over a numeric axis. */

import { harmless } from '../../../src/checkers/timeline/markup.ts';
import type { LineChart, Point, Span } from '../chart.ts';
import type { AxisScale } from './axis-scale.ts';
import { type Colour, coloursOf } from './chart-colours.ts';
import { lineModel } from './line-model.ts';

/** JSON for the script: scales are worked out, points are as they were measured. */
export interface PlotData {
  readonly name: string;
  readonly kind: LineChart['kind'];
  readonly x: AxisScale;
  readonly y: AxisScale;
  readonly series: readonly {
    readonly name: string;
    readonly dashed: boolean;
    readonly unjoined: boolean;
    readonly colour: Colour;
    readonly points: readonly Point[];
  }[];
  readonly spans: readonly Span[];
}

export function plotData(chart: LineChart): PlotData {
  const { name, kind, spans = [] } = chart;
  const { x, y, series } = lineModel(chart);
  const colours = coloursOf(chart.series);
  const drawn = chart.series.map((one, i) => ({
    name: harmless(one.name),
    dashed: one.dashed === true,
    unjoined: one.unjoined === true,
    colour: colours[i] as Colour,
    points: (series[i] as readonly Point[]).map(harmlessPoint),
  }));
  return {
    name: harmless(name),
    kind,
    x: { ...x, label: harmless(x.label) },
    y: { ...y, label: harmless(y.label) },
    series: drawn,
    spans: spans.map((span) => ({ ...span, label: harmless(span.label) })),
  };
}

function harmlessPoint(point: Point): Point {
  return point.label === undefined ? point : { ...point, label: harmless(point.label) };
}
