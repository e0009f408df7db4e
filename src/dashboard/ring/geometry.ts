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

/** Between two points of a circle, bent towards its middle: the nearer they are, the flatter. */
export function chordPath(from: Point, to: Point): string {
  const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  const bend = 0.4;
  const pull = { x: middle.x * bend, y: middle.y * bend };
  return `M${text(from)}Q${text(pull)} ${text(to)}`;
}

/** As far from `from` towards `to` as `length`, for lines that end before what they lead to. */
export function pointBefore(from: Point, to: Point, length: number): Point {
  const whole = Math.hypot(to.x - from.x, to.y - from.y);
  const share = whole === 0 ? 0 : Math.max(0, whole - length) / whole;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
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
