/** The shapes of marks on a timeline, as paths of SVG around their middle: on a canvas, and in its legend. */

import type { Verdict } from './freshness.ts';

export interface Shape {
  readonly path: string;
  /** Otherwise it is only an outline. */
  readonly isFilled: boolean;
}

const SQUARE: Shape = { path: 'M-4 -4h8v8h-8z', isFilled: true };
const DISC: Shape = { path: 'M-4.2 0a4.2 4.2 0 1 0 8.4 0a4.2 4.2 0 1 0 -8.4 0z', isFilled: true };
const TRIANGLE: Shape = { path: 'M0 -5L5 4H-5z', isFilled: true };
const CROSS: Shape = { path: 'M-4 -4L4 4M4 -4L-4 4', isFilled: false };
const DIAMOND: Shape = { path: 'M0 -5.5L5.5 0L0 5.5L-5.5 0z', isFilled: false };

export const SHAPES: Readonly<Record<Verdict, Shape>> = {
  acknowledged: SQUARE,
  fresh: DISC,
  stale: TRIANGLE,
  refused: CROSS,
  unknown: DIAMOND,
};
