/**
 * Places on a circle around the origin, in turns: 0 is at the top, a quarter to the right, and
 * they rise clockwise, as hashes do along the ring. Lengths are CSS pixels.
 */

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What lies between two circles. */
export interface Band {
  readonly inner: number;
  readonly outer: number;
}

export function pointAt(turn: number, radius: number): Point {
  const angle = 2 * Math.PI * turn;
  return { x: radius * Math.sin(angle), y: -radius * Math.cos(angle) };
}

/** From 0, inclusive, to 1. */
export function turnOf({ x, y }: Point): number {
  const turn = Math.atan2(x, -y) / (2 * Math.PI);
  return turn < 0 ? turn + 1 : turn;
}

export function radiusOf({ x, y }: Point): number {
  return Math.hypot(x, y);
}

/** Undefined: the point is not within the band. */
export function partitionAt(point: Point, count: number, band: Band): number | undefined {
  const radius = radiusOf(point);
  if (radius < band.inner || radius > band.outer) return undefined;
  return Math.min(count - 1, Math.floor(turnOf(point) * count));
}

export function middleOf(partition: number, count: number): number {
  return (partition + 0.5) / count;
}

/** The piece of a band between two turns; of a whole turn both halves, since an arc cannot be one. */
export function sectorPath(from: number, to: number, { inner, outer }: Band): string {
  if (to - from > 0.5) {
    const middle = (from + to) / 2;
    return sectorPath(from, middle, { inner, outer }) + sectorPath(middle, to, { inner, outer });
  }
  return `M${at(from, outer)}${arcTo(to, outer, true)}L${at(to, inner)}${arcTo(from, inner, false)}Z`;
}

/** A line along a circle, shorter than a whole turn; against the clock where `to` is below `from`. */
export function arcPath(from: number, to: number, radius: number): string {
  const isLarge = Math.abs(to - from) > 0.5;
  return `M${at(from, radius)}${arcTo(to, radius, to > from, isLarge)}`;
}

export interface Chord {
  readonly path: string;
  /** Its head, a triangle. */
  readonly head: string;
}

/** How far a chord is drawn towards the middle. */
const BEND = 0.4;
const HEAD_LENGTH = 9;

/** From one point of a circle to another, bent towards its middle: the nearer they are, the flatter. */
export function chordOf(from: Point, to: Point): Chord {
  const pull = { x: ((from.x + to.x) / 2) * BEND, y: ((from.y + to.y) / 2) * BEND };
  const length = Math.hypot(to.x - pull.x, to.y - pull.y) || 1;
  const along = { x: (to.x - pull.x) / length, y: (to.y - pull.y) / length };
  const neck = { x: to.x - along.x * HEAD_LENGTH, y: to.y - along.y * HEAD_LENGTH };
  const aside = (side: number) => ({
    x: neck.x - (side * along.y * HEAD_LENGTH) / 2,
    y: neck.y + (side * along.x * HEAD_LENGTH) / 2,
  });
  return {
    path: `M${text(from)}Q${text(pull)} ${text(neck)}`,
    head: `M${text(to)}L${text(aside(1))}L${text(aside(-1))}Z`,
  };
}

export function linePath(from: Point, to: Point): string {
  return `M${text(from)}L${text(to)}`;
}

function at(turn: number, radius: number): string {
  return text(pointAt(turn, radius));
}

function arcTo(turn: number, radius: number, clockwise: boolean, isLarge = false): string {
  return `A${round(radius)} ${round(radius)} 0 ${isLarge ? 1 : 0} ${clockwise ? 1 : 0} ${at(turn, radius)}`;
}

function text({ x, y }: Point): string {
  return `${round(x)} ${round(y)}`;
}

/** A hundredth of a pixel is finer than any screen. */
function round(length: number): number {
  return Math.round(length * 100) / 100;
}
