/** Where everything is: bands, nodes, zones, and labels that do not stand on each other. */

import { describe, expect, it } from 'vitest';
import { PILL_HEIGHT } from '../../../../src/dashboard/ring/hubs.ts';
import { type Label, numberStep, shortened } from '../../../../src/dashboard/ring/labels.ts';
import { layoutOf } from '../../../../src/dashboard/ring/layout.ts';
import { bandsOf } from '../../../../src/dashboard/ring/ring-arcs.ts';
import { zoneGroups } from '../../../../src/dashboard/ring/zones.ts';

const SIZES = [320, 358, 560, 720];
const NODES = [1, 3, 4, 7, 12, 16, 17, 30, 50];
const ZONE_COUNTS = [0, 1, 3];

function groupsOf(nodes: number, zones: number, nameOf = (i: number) => `n${i + 1}`) {
  const all = Array.from({ length: nodes }, (_, i) => ({
    id: nameOf(i),
    zone: zones === 0 ? null : `zone ${i % zones}`,
  }));
  return zoneGroups(all);
}

const CASES = SIZES.flatMap((size) =>
  NODES.flatMap((nodes) => ZONE_COUNTS.map((zones) => [size, nodes, zones] as const)),
);

describe.each(CASES)('in %d px with %d nodes in %d zones', (size, nodes, zones) => {
  const layout = layoutOf(
    size,
    3,
    128,
    groupsOf(nodes, zones, (i) => `node-number-${i + 1}`),
  );

  it('every node has its place, inside of the ring', () => {
    expect(layout.hubs.size).toBe(nodes);
    for (const { at, width, form } of layout.hubs.values()) {
      const [halfWidth, halfHeight] =
        form === 'pill' ? [width / 2, PILL_HEIGHT / 2] : [width / 2, width / 2];
      const corner = Math.hypot(Math.abs(at.x) + halfWidth, Math.abs(at.y) + halfHeight);
      if (form === 'pill') expect(corner).toBeLessThan(layout.ring.inner + 6);
      else expect(Math.hypot(at.x, at.y) + halfWidth).toBeLessThan(layout.ring.inner);
    }
  });

  it('nodes do not stand on each other', () => {
    const hubs = [...layout.hubs.values()];
    const boxes = hubs.map(({ at, width, form }) =>
      boxOf(at, width, form === 'pill' ? PILL_HEIGHT : width),
    );
    expect(overlaps(boxes)).toEqual([]);
  });

  it('what is written does not stand on something else that is', () => {
    const named = [...layout.hubs.values()].flatMap(({ label }) => (label ? [label] : []));
    const labels = [...named, ...layout.numbers, ...layout.hashes];
    expect(overlaps(labels.map(boxOfLabel))).toEqual([]);
  });

  it('all stays in the square', () => {
    for (const { at } of layout.hashes) {
      expect(Math.max(Math.abs(at.x), Math.abs(at.y)) + 6).toBeLessThanOrEqual(size / 2);
    }
  });
});

describe('bands', () => {
  it('fill the ring from the outside in, the first one widest', () => {
    const bands = bandsOf(3, { inner: 60, outer: 100 });
    expect(bands[0]?.outer).toBe(100);
    expect(bands[2]?.inner).toBeCloseTo(60);
    const widths = bands.map(({ inner, outer }) => outer - inner);
    expect(widths[0]).toBeGreaterThan(widths[1] as number);
    expect(widths[1]).toBeCloseTo(widths[2] as number);
  });
});

describe('numbers', () => {
  it.each([
    [8, 1],
    [64, 2],
    [128, 4],
    [1_024, 32],
  ])('of %d partitions: every %d', (count, step) => {
    expect(numberStep(count, 200)).toBe(step);
  });
});

it('a long name is shortened with a sign', () => {
  expect(shortened('europe-west-1', 8)).toBe('europe-…');
  expect(shortened('n1', 8)).toBe('n1');
});

type Corner = readonly [x: number, y: number];

function boxOf(at: { x: number; y: number }, width: number, height: number, degrees = 0, dx = 0) {
  const angle = (degrees * Math.PI) / 180;
  return [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1],
  ].map(([h = 0, v = 0]): Corner => {
    const [x, y] = [dx + (h * width) / 2, (v * height) / 2];
    return [
      at.x + x * Math.cos(angle) - y * Math.sin(angle),
      at.y + x * Math.sin(angle) + y * Math.cos(angle),
    ];
  });
}

/** As wide and high as its letters are at 11 px. */
function boxOfLabel({ text, at, rotation, anchor }: Label) {
  const width = text.length * 6.2;
  const dx = anchor === 'start' ? width / 2 : anchor === 'end' ? -width / 2 : 0;
  return boxOf(at, width, 9, rotation, dx);
}

function overlaps(boxes: readonly (readonly Corner[])[]): readonly string[] {
  return boxes.flatMap((one, i) =>
    boxes
      .slice(i + 1)
      .flatMap((other, j) => (overlap(one, other) ? [`${i} and ${i + 1 + j}`] : [])),
  );
}

/** Two boxes are apart where some side of one of them has all of the other behind it. */
function overlap(one: readonly Corner[], other: readonly Corner[]): boolean {
  return [one, other].every((box) =>
    box.every(([x, y], i) => {
      const [nextX, nextY] = box[(i + 1) % box.length] as Corner;
      const spans = [one, other].map((corners) => {
        const places = corners.map(([px, py]) => px * (nextY - y) - py * (nextX - x));
        return { low: Math.min(...places), high: Math.max(...places) };
      });
      const [a, b] = spans as [{ low: number; high: number }, { low: number; high: number }];
      return a.low < b.high - 1e-6 && b.low < a.high - 1e-6;
    }),
  );
}
