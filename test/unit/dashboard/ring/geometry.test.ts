/** Where things are on the circle, and what the pointer is over. */

import { describe, expect, it } from 'vitest';
import {
  arcPath,
  chordOf,
  middleOf,
  partitionAt,
  pointAt,
  sectorPath,
  turnOf,
} from '../../../../src/dashboard/ring/geometry.ts';

const BAND = { inner: 80, outer: 100 };

describe('turns', () => {
  it.each([
    [0, 0, -10],
    [0.25, 10, 0],
    [0.5, 0, 10],
    [0.75, -10, 0],
  ])('%d of a turn is at (%d, %d)', (turn, x, y) => {
    const point = pointAt(turn, 10);
    expect(point.x).toBeCloseTo(x);
    expect(point.y).toBeCloseTo(y);
    expect(turnOf(point)).toBeCloseTo(turn);
  });
});

describe('the partition under the pointer', () => {
  it.each([1, 8, 128, 1_024])('is found for each of %d', (count) => {
    for (let partition = 0; partition < count; partition++) {
      const point = pointAt(middleOf(partition, count), 90);
      expect(partitionAt(point, count, BAND)).toBe(partition);
    }
  });

  it('begins and ends where the next one does', () => {
    expect(partitionAt(pointAt(1e-9, 90), 4, BAND)).toBe(0);
    expect(partitionAt(pointAt(0.25 - 1e-9, 90), 4, BAND)).toBe(0);
    expect(partitionAt(pointAt(0.25 + 1e-9, 90), 4, BAND)).toBe(1);
    expect(partitionAt(pointAt(1 - 1e-9, 90), 4, BAND)).toBe(3);
  });

  it('is none inside and outside of the ring', () => {
    expect(partitionAt(pointAt(0.1, 79), 4, BAND)).toBeUndefined();
    expect(partitionAt(pointAt(0.1, 101), 4, BAND)).toBeUndefined();
    expect(partitionAt({ x: 0, y: 0 }, 4, BAND)).toBeUndefined();
  });
});

describe('paths', () => {
  it('of a sector go along the outer circle and back along the inner one', () => {
    expect(sectorPath(0, 0.25, BAND)).toBe('M0 -100A100 100 0 0 1 100 0L80 0A80 80 0 0 0 0 -80Z');
  });

  it('of a whole turn are two halves', () => {
    expect(sectorPath(0, 1, BAND)).toBe(sectorPath(0, 0.5, BAND) + sectorPath(0.5, 1, BAND));
  });

  it('of an arc go either way', () => {
    expect(arcPath(0, 0.25, 10)).toBe('M0 -10A10 10 0 0 1 10 0');
    expect(arcPath(0.25, 0, 10)).toBe('M10 0A10 10 0 0 0 0 -10');
    expect(arcPath(0, 0.75, 10)).toBe('M0 -10A10 10 0 1 1 -10 0');
  });

  it('of a chord are bent towards the middle and end in a head', () => {
    const { path, head } = chordOf({ x: 0, y: -20 }, { x: 0, y: 20 });
    expect(path).toBe('M0 -20Q0 0 0 11');
    expect(head).toBe('M0 20L-4.5 11L4.5 11Z');
    expect(chordOf({ x: 10, y: -20 }, { x: 10, y: 20 }).path).toMatch(/^M10 -20Q4 0 /);
  });
});
