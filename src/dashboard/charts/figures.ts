/** All that is drawn of one node, or of all together, at one moment: a number for each line. */

import type { ActivityRates } from '../../kernel/activity-rates.ts';
import { CHARTS, type Chart, type Line } from './catalog.ts';

/** By line. A line that is not there had nothing to tell; one of errors was 0. */
export type Figures = Readonly<Record<string, number>>;

const MEASURED = CHARTS.flatMap(({ lines }) => lines);

/** Lines that are named after what has happened begin like this. */
const ERRORS = 'errors:';

export function figuresOf(rates: ActivityRates): Figures {
  const figures: Record<string, number> = {};
  for (const { id, of } of MEASURED) {
    const figure = of(rates);
    if (figure !== null) figures[id] = figure;
  }
  for (const [code, rate] of Object.entries(rates.problems)) {
    if (rate > 0) figures[`${ERRORS}${code}`] = rate;
  }
  return figures;
}

/** Of a chart, in a fixed order: those whose lines are not known beforehand have those that were met. */
export function linesOf(chart: Chart, all: readonly (Figures | undefined)[]): readonly Line[] {
  if (chart.lines.length > 0) return chart.lines;
  const met = new Set(all.flatMap((figures) => Object.keys(figures ?? {})));
  return [...met]
    .filter((id) => id.startsWith(ERRORS))
    .sort()
    .map((id) => ({ id, label: id.slice(ERRORS.length) }));
}

/** Null: there is nothing to tell. Undefined figures: the node did not answer. */
export function figureOf(figures: Figures | undefined, { id }: Line): number | null {
  if (figures === undefined) return null;
  return figures[id] ?? (id.startsWith(ERRORS) ? 0 : null);
}
