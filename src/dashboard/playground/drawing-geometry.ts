/**
 * Where the nodes of a cluster stand on the drawing: those that hear each other in a circle on the
 * main side, those that are cut off from them beyond a line.
 */

import type { Side } from './fault-plan.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

interface Area {
  readonly centre: Point;
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** From one edge to the other; beyond it are the nodes that are cut off. */
  readonly line: readonly [Point, Point];
  readonly main: Area;
  readonly beyond: Area;
}

export const NODE_RADIUS = 26;
/** So much of an area's edge stays free: a node, and its name below. */
const MARGIN = 46;

export const WIDE: Layout = {
  width: 680,
  height: 340,
  line: [
    { x: 450, y: 0 },
    { x: 450, y: 340 },
  ],
  main: { centre: { x: 225, y: 165 }, width: 450, height: 340 },
  beyond: { centre: { x: 565, y: 165 }, width: 230, height: 340 },
};

/** For screens as wide as a telephone: the line lies across. */
export const NARROW: Layout = {
  width: 360,
  height: 440,
  line: [
    { x: 0, y: 300 },
    { x: 360, y: 300 },
  ],
  main: { centre: { x: 180, y: 145 }, width: 360, height: 300 },
  beyond: { centre: { x: 180, y: 364 }, width: 360, height: 140 },
};

export function isBeyond({ line: [start, end] }: Layout, { x, y }: Point): boolean {
  return start.x === end.x ? x > start.x : y > start.y;
}

/** By node. `sides`: the main one first. */
export function positionsOf(
  layout: Layout,
  [first = [], ...others]: readonly Side[],
): ReadonlyMap<string, Point> {
  const { main, beyond } = layout;
  const areas = slicesOf(beyond, others.length);
  return new Map([
    ...onCircle(main, first, startOf(layout, first) + (others.length > 0 ? TILT : 0)),
    ...others.flatMap((side, at) => onCircle(areas[at] ?? beyond, side, startOf(layout, side))),
  ]);
}

/** The angle of the first node: at the top; two nodes stand along the line. */
function startOf({ line: [start, end] }: Layout, { length }: Side): number {
  return length === 2 && start.x !== end.x ? Math.PI : -Math.PI / 2;
}

/** Of the main side of a cluster in parts: so no link across the line runs through another node. */
const TILT = 0.2;

/** Side by side along the longer edge. */
function slicesOf({ centre, width, height }: Area, count: number): readonly Area[] {
  const isWide = width > height;
  return Array.from({ length: count }, (_, at) => {
    const shift = (at + 0.5) / count - 0.5;
    return isWide
      ? { centre: { x: centre.x + shift * width, y: centre.y }, width: width / count, height }
      : { centre: { x: centre.x, y: centre.y + shift * height }, width, height: height / count };
  });
}

/** Clockwise. */
function onCircle(
  { centre, width, height }: Area,
  side: Side,
  start: number,
): readonly (readonly [string, Point])[] {
  const radius = side.length < 2 ? 0 : Math.max(0, Math.min(width, height) / 2 - MARGIN);
  return side.map((name, at) => {
    const angle = start + (2 * Math.PI * at) / side.length;
    const x = centre.x + radius * Math.cos(angle);
    return [name, { x, y: centre.y + radius * Math.sin(angle) }];
  });
}

/** The ends of a line between two nodes, at their edges. */
export function linkEnds(from: Point, to: Point): readonly [Point, Point] {
  const distance = Math.hypot(to.x - from.x, to.y - from.y);
  const part = distance === 0 ? 0 : Math.min(0.5, (NODE_RADIUS + 4) / distance);
  return [along(from, to, part), along(to, from, part)];
}

export function along(from: Point, to: Point, part: number): Point {
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}
