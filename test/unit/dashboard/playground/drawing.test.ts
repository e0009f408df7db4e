/** Where nodes stand on the drawing. */

import { describe, expect, it } from 'vitest';
import {
  isBeyond,
  type Layout,
  linkEnds,
  NARROW,
  NODE_RADIUS,
  type Point,
  positionsOf,
  WIDE,
} from '../../../../src/dashboard/playground/drawing-geometry.ts';
import { pairsOf, type Side } from '../../../../src/dashboard/playground/fault-plan.ts';

const LAYOUTS: readonly (readonly [string, Layout])[] = [
  ['wide', WIDE],
  ['narrow', NARROW],
];

function named(count: number, from = 1): Side {
  return Array.from({ length: count }, (_, at) => `n${from + at}`);
}

/** How near a line comes to a point. */
function distance([a, b]: readonly [Point, Point], p: Point): number {
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  const part = ((p.x - a.x) * (b.x - a.x) + (p.y - a.y) * (b.y - a.y)) / length ** 2;
  const at = Math.max(0, Math.min(1, part));
  return Math.hypot(a.x + at * (b.x - a.x) - p.x, a.y + at * (b.y - a.y) - p.y);
}

describe.each(LAYOUTS)('on a %s drawing', (_, layout) => {
  it.each([1, 2, 3, 5, 9])('%i nodes stand apart from each other, on the main side', (count) => {
    const positions = positionsOf(layout, [named(count)]);
    expect([...positions.keys()]).toEqual(named(count));
    for (const [, at] of positions) {
      expect(isBeyond(layout, at)).toBe(false);
      expect(at.x - NODE_RADIUS).toBeGreaterThanOrEqual(0);
      expect(at.y - NODE_RADIUS).toBeGreaterThanOrEqual(0);
      expect(at.x + NODE_RADIUS).toBeLessThanOrEqual(layout.width);
      expect(at.y + NODE_RADIUS).toBeLessThanOrEqual(layout.height);
    }
    for (const [a, b] of pairsOf(named(count))) {
      const [from, to] = [positions.get(a), positions.get(b)] as [Point, Point];
      expect(Math.hypot(from.x - to.x, from.y - to.y)).toBeGreaterThan(2 * NODE_RADIUS);
    }
  });

  it.each([
    [1, 1],
    [2, 1],
    [3, 2],
    [4, 1],
  ])('%i nodes and %i beyond the line: no link runs through another node', (main, beyond) => {
    const sides = [named(main), named(beyond, main + 1)];
    const positions = positionsOf(layout, sides);
    for (const name of sides[1] ?? []) {
      expect(isBeyond(layout, positions.get(name) as Point)).toBe(true);
    }
    for (const [a, b] of pairsOf(sides.flat())) {
      const line = [positions.get(a), positions.get(b)] as unknown as [Point, Point];
      for (const [name, at] of positions) {
        if (name !== a && name !== b) expect(distance(line, at)).toBeGreaterThan(NODE_RADIUS);
      }
    }
  });

  it('several parts have a place each', () => {
    const positions = positionsOf(layout, [['n1'], ['n2'], ['n3']]);
    const beyond = [...positions].filter(([, at]) => isBeyond(layout, at));
    expect(beyond.map(([name]) => name)).toEqual(['n2', 'n3']);
  });
});

it('a link ends at the edges of its nodes', () => {
  const [start, end] = linkEnds({ x: 0, y: 0 }, { x: 100, y: 0 });
  expect([start, end]).toEqual([
    { x: NODE_RADIUS + 4, y: 0 },
    { x: 100 - NODE_RADIUS - 4, y: 0 },
  ]);
  expect(linkEnds({ x: 5, y: 5 }, { x: 5, y: 5 })[0]).toEqual({ x: 5, y: 5 });
});
