import { describe, expect, it } from 'vitest';
import {
  countOf,
  NOTHING_OBSERVED,
  quantile,
  since,
  together,
} from '../../../src/kernel/distribution.ts';

const TAKEN = { bounds: [0.01, 0.1, 1], counts: [50, 99, 99, 100] };

describe('a quantile', () => {
  it.each([
    [0.25, 0.005],
    [0.5, 0.01],
    [0.99, 0.1],
    [1, 1],
  ])('%d', (share, seconds) => {
    expect(quantile(TAKEN, share)).toBeCloseTo(seconds);
  });

  it('of nothing is none', () => {
    expect(quantile(NOTHING_OBSERVED, 0.5)).toBe(null);
    expect(quantile({ bounds: [1], counts: [0, 0] }, 0.5)).toBe(null);
  });

  it('is not below the first bucket that has something', () => {
    expect(quantile({ bounds: [1, 2, 3], counts: [0, 0, 4, 4] }, 0)).toBe(2);
  });
});

describe('distributions', () => {
  it('come together', () => {
    const both = together([TAKEN, { ...TAKEN, counts: [1, 2, 3, 4] }]);
    expect(both).toEqual({ bounds: TAKEN.bounds, counts: [51, 101, 102, 104] });
    expect(countOf(both)).toBe(104);
  });

  it('come together also where their bounds differ', () => {
    const coarse = { bounds: [0.1], counts: [3, 7] };
    expect(together([TAKEN, coarse])).toEqual({
      bounds: TAKEN.bounds,
      counts: [50, 102, 102, 107],
    });
  });

  it('of nobody are nothing', () => {
    expect(together([])).toEqual(NOTHING_OBSERVED);
  });

  it('are what came since', () => {
    const now = { ...TAKEN, counts: [60, 110, 111, 115] };
    expect(since(TAKEN, now)).toEqual({ bounds: TAKEN.bounds, counts: [10, 11, 12, 15] });
    expect(since(NOTHING_OBSERVED, now)).toEqual(now);
  });
});
