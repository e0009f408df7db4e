/** What is around the marks of a chart: its heading, its legend, its axes and their lines. */

import { escaped } from '../../../src/checkers/timeline/markup.ts';
import type { Chart } from '../chart.ts';
import { type AxisScale, shareOf } from './axis-scale.ts';
import { type LegendEntry, legend } from './chart-legend.ts';
import { shortened, tag, textTag, textWidth } from './svg-markup.ts';

export interface Drawing {
  /** In pixels; what it needs of height is the chart's business. */
  readonly width: number;
  /** Whether the title is part of it. */
  readonly isTitled: boolean;
}

/** Where marks go. */
export interface Plot {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export const EDGE = 14;
const HEADING = 26;
const NARROW = 520;

export function plotHeight({ width }: Drawing): number {
  return width < NARROW ? 220 : 270;
}

/** Heading and legend. @returns how far down they reach */
export function headOf(
  chart: Chart,
  entries: readonly LegendEntry[],
  { width, isTitled }: Drawing,
): { readonly markup: string; readonly bottom: number } {
  const top = EDGE + (isTitled ? HEADING : 0);
  const title = shortened(chart.title, Math.floor((width - 2 * EDGE) / textWidth('x', 15)));
  const heading = isTitled ? textTag(title, { class: 'heading', x: EDGE, y: EDGE + 12 }) : '';
  const { markup, height } = legend(entries, width - 2 * EDGE);
  const placed = tag('g', { transform: `translate(${EDGE} ${top})` }, markup);
  return { markup: heading + (markup === '' ? '' : placed), bottom: top + height };
}

/** The document itself. */
export function documentOf(chart: Chart, width: number, height: number, content: string): string {
  const size = { viewBox: `0 0 ${width} ${Math.ceil(height)}`, width, height: Math.ceil(height) };
  const about = `<title>${escaped(chart.title)}</title><desc>${escaped(chart.caption)}</desc>`;
  const card = tag('rect', { class: 'card', x: 0, y: 0, width, height, rx: 8 });
  const namespace = { xmlns: 'http://www.w3.org/2000/svg', class: 'chart', role: 'img' };
  return tag('svg', { ...namespace, ...size }, `${about}${card}${content}`);
}

/** The room that the marks of a vertical axis need beside it. */
export function tickRoom({ ticks }: AxisScale): number {
  return Math.max(24, ...ticks.map(({ text }) => textWidth(text, 11.5) + 10));
}

/** Lines and marks of the vertical axis; its name is above it. */
export function verticalAxis(scale: AxisScale, { left, top, width, height }: Plot): string {
  const name = textTag(scale.label, { class: 'axis soft', x: EDGE, y: top - 14 });
  const marks = scale.ticks.map(({ at, text }) => {
    const y = top + height * (1 - shareOf(scale, at));
    const line = tag('line', { class: 'grid', x1: left, x2: left + width, y1: y, y2: y });
    const label = { class: 'tick soft', x: left - 7, y: y + 4, 'text-anchor': 'end' };
    return line + textTag(text, label);
  });
  return name + marks.join('');
}

/** Marks of the horizontal axis, and its name below them. */
export function horizontalAxis(scale: AxisScale, { left, top, width, height }: Plot): string {
  const bottom = top + height;
  const base = tag('line', { class: 'base', x1: left, x2: left + width, y1: bottom, y2: bottom });
  let free = Number.NEGATIVE_INFINITY;
  const marks = scale.ticks.map(({ at, text }) => {
    const x = left + width * shareOf(scale, at);
    const half = textWidth(text, 11.5) / 2;
    const line = tag('line', { class: 'base', x1: x, x2: x, y1: bottom, y2: bottom + 4 });
    if (x - half < free) return line;
    free = x + half + 8;
    const label = { class: 'tick soft', x, y: bottom + 18, 'text-anchor': 'middle' };
    return line + textTag(text, label);
  });
  const middle = { x: left + width / 2, y: bottom + 38, 'text-anchor': 'middle' };
  return base + marks.join('') + textTag(scale.label, { class: 'axis soft', ...middle });
}

/** What is below a plot with a horizontal axis of numbers. */
export const FOOT = 48;

/** From the head to the plot, for the name of the vertical axis. */
export const ABOVE_PLOT = 34;

export function emptyText(isEmpty: boolean, { left, top, width, height }: Plot): string {
  if (!isEmpty) return '';
  const middle = { x: left + width / 2, y: top + height / 2, 'text-anchor': 'middle' };
  return textTag('nothing was measured', { class: 'soft', ...middle });
}
