/** Texts of the drawing: where each stands, and how much room it takes. */

import { type Point, pointAt } from './geometry.ts';

/** Of a digit or letter at the size of labels, on the wide side. */
export const LETTER_WIDTH = 7;
export const LABEL_HEIGHT = 14;

export interface Label {
  readonly text: string;
  readonly at: Point;
  /** Degrees, clockwise. */
  readonly rotation: number;
  readonly anchor: 'start' | 'middle' | 'end';
}

/** With a sign where something is missing. */
export function shortened(text: string, letters: number): string {
  if (text.length <= letters) return text;
  return `${text.slice(0, Math.max(1, letters - 1))}…`;
}

/** Along the circle, so that it is as high as a letter everywhere; in the lower half turned over. */
export function labelAlong(turn: number, radius: number, text: string): Label {
  const degrees = turn * 360;
  const rotation = turn > 0.25 && turn < 0.75 ? degrees - 180 : degrees;
  return { text, at: pointAt(turn, radius), rotation, anchor: 'middle' };
}

/** Of partitions: every one that there is room for, or every second, fourth, ... */
export function numberLabels(count: number, radius: number): readonly Label[] {
  const step = numberStep(count, radius);
  const labels: Label[] = [];
  for (let partition = 0; partition < count; partition += step) {
    labels.push(labelAlong((partition + 0.5) / count, radius, String(partition)));
  }
  return labels;
}

export function numberStep(count: number, radius: number): number {
  const width = (String(count - 1).length + 1) * LETTER_WIDTH;
  const room = Math.max(1, Math.floor((2 * Math.PI * radius) / Math.max(width, LABEL_HEIGHT + 4)));
  let step = 1;
  while (count / step > room) step *= 2;
  return step;
}

/** The quarters of the hash ring. */
export function hashLabels(radius: number): readonly Label[] {
  const quarters = ['0000…', '4000…', '8000…', 'c000…'];
  return quarters.map((text, quarter) => labelAlong(quarter / 4, radius, text));
}
