/** Rows by columns, each cell with its number and a colour as strong as it is large, as SVG. */

import type { HeatChart } from '../chart.ts';
import * as frame from './chart-frame.ts';
import { linesOf, namesBelow } from './group-names.ts';
import { numberText } from './number-text.ts';
import { shortened, tag, textTag, textWidth, tip } from './svg-markup.ts';

const CELL_HEIGHT = 38;
const NAME_SHARE_MAX = 0.42;
/** From here on, from the least to the greatest, equal factors look equally far apart. */
const RATIO_OF_LOG = 30;
const STRENGTH = { least: 0.06, most: 0.95 };

export function drawHeat(chart: HeatChart, drawing: frame.Drawing): string {
  const head = frame.headOf(chart, [], drawing);
  const longest = Math.max(0, ...chart.rows.map((name) => textWidth(name, 11.5)));
  const left = frame.EDGE + Math.min(longest + 10, drawing.width * NAME_SHARE_MAX);
  const label = textTag(chart.label, { class: 'axis soft', x: frame.EDGE, y: head.bottom + 12 });
  const plot = {
    left,
    top: head.bottom + 24,
    width: drawing.width - left - frame.EDGE,
    height: CELL_HEIGHT * Math.max(1, chart.rows.length),
  };
  const columns = namesBelow(chart.columns, plot);
  const isEmpty = chart.rows.length === 0 || chart.columns.length === 0;
  const content = [
    head.markup,
    label,
    ...chart.rows.map((name, row) => rowName(name, row, plot)),
    isEmpty ? '' : cellsMarkup(chart, plot),
    columns.markup,
    frame.emptyText(isEmpty, plot),
  ];
  const height = plot.top + plot.height + columns.height + frame.EDGE;
  return frame.documentOf(chart, drawing.width, height, content.join(''));
}

function rowName(name: string, row: number, { left, top }: frame.Plot): string {
  const middle = top + CELL_HEIGHT * (row + 0.5);
  const room = left - frame.EDGE - 8;
  const fitting = linesOf(name, room) ?? [shortened(name, Math.floor(room / textWidth('x', 11.5)))];
  const lines = fitting.slice(0, 2);
  return lines
    .map((line, i) => {
      const y = middle + 4 + (i - (lines.length - 1) / 2) * 13;
      return textTag(line, { class: 'tick', x: left - 9, y, 'text-anchor': 'end' });
    })
    .join('');
}

function cellsMarkup({ rows, columns, cells }: HeatChart, plot: frame.Plot): string {
  const shareOf = shares(cells.flat());
  const width = plot.width / columns.length;
  return rows
    .flatMap((row, i) =>
      columns.map((column, j) => {
        const value = cells[i]?.[j] ?? null;
        const box = { x: plot.left + width * j + 1.5, y: plot.top + CELL_HEIGHT * i + 1.5 };
        const size = { width: width - 3, height: CELL_HEIGHT - 3, rx: 3 };
        const text = value === null ? '–' : numberText(value);
        const fill = value === null ? 0.02 : strengthOf(shareOf(value));
        const cell = { class: 'heat', ...box, ...size, 'fill-opacity': fill };
        const middle = { x: box.x + size.width / 2, y: box.y + size.height / 2 + 4 };
        const number = { class: value === null ? 'soft' : '', ...middle, 'text-anchor': 'middle' };
        return tag('rect', cell, tip(`${row}, ${column}: ${text}`)) + textTag(text, number);
      }),
    )
    .join('');
}

function strengthOf(share: number): number {
  return STRENGTH.least + (STRENGTH.most - STRENGTH.least) * share;
}

/** From 0 for the least to 1 for the greatest. */
function shares(cells: readonly (number | null)[]): (value: number) => number {
  const values = cells.filter((value) => value !== null && Number.isFinite(value)) as number[];
  const most = Math.max(...values, 0);
  const least = Math.min(...values, 0);
  const leastAbove = Math.min(...values.filter((value) => value > 0));
  if (least === 0 && most / leastAbove > RATIO_OF_LOG) {
    return (value) => Math.log1p(value / leastAbove) / Math.log1p(most / leastAbove);
  }
  return (value) => (most === least ? 0 : (value - least) / (most - least));
}
