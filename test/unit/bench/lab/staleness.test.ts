/** How E1 and E2 compare what they count with what is predicted. */

import { describe, expect, it } from 'vitest';
import { comparedOf, worstGap } from '../../../../bench/lab/staleness/comparison.ts';
import { shareOff, tailOf } from '../../../../bench/lab/staleness/tail.ts';
import { wilson } from '../../../../bench/lab/wilson.ts';

describe('the interval of a share', () => {
  it('holds the share, and is narrower the more was counted', () => {
    const few = wilson(9, 10);
    expect(few.low).toBeCloseTo(0.596, 3);
    expect(few.high).toBeCloseTo(0.982, 3);
    expect(wilson(900, 1_000).low).toBeGreaterThan(few.low);
    expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
  });
});

it('a prediction that is far off is seen, and one within the interval is not', () => {
  const pointOf = (predicted: number) =>
    comparedOf({ n: 3, r: 1, w: 1 }, [{ atMs: 0, reads: 1_000, fresh: 500, predicted }]);
  expect(worstGap([pointOf(0.52)])).toBe(0);
  expect(worstGap([pointOf(0.7)])).toBeGreaterThan(0.1);
});

it('tells from when on enough reads are fresh, and how sure that is', () => {
  const points = [
    { atMs: 0, reads: 10_000, fresh: 5_000 },
    { atMs: 10, reads: 10_000, fresh: 9_990 },
    { atMs: 20, reads: 10_000, fresh: 10_000 },
  ];
  expect(tailOf(points, 0.999)).toEqual({ fromMs: 10, lowMs: 0, highMs: 20 });
  expect(tailOf(points.slice(0, 2), 0.9999).fromMs).toBeUndefined();
});

it('sees a percentile that is off, and takes equal times as one', () => {
  const times = Array.from({ length: 1_000 }, (_, i) => i);
  expect(shareOff(times, 500, 0.5, 5)).toBe(0);
  expect(shareOff(times, 700, 0.5, 5)).toBeGreaterThan(0.1);
  expect(shareOff(times, 300, 0.5, 5)).toBeGreaterThan(0.1);
  expect(shareOff(new Array(1_000).fill(0), 0, 0.99, 5)).toBe(0);
});
