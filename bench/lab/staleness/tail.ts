/** From when on reads are fresh with a probability, as far as counted reads can tell. */

import { quantile } from '../../../src/pbs/prediction.ts';
import { wilson, Z_95 } from '../wilson.ts';
import type { ReadsAt } from './trials.ts';

/** Of a time that was looked for among those at which reads began; in milliseconds. */
export interface Tail {
  /** The first at which so many reads were fresh, and at all later ones; undefined: at none. */
  readonly fromMs: number | undefined;
  /** It is surely not before this. */
  readonly lowMs: number;
  /** It is surely not after this; undefined: too few reads to tell. */
  readonly highMs: number | undefined;
}

export function tailOf(points: readonly ReadsAt[], probability: number, z = Z_95): Tail {
  const rising = [...points].sort((a, b) => a.atMs - b.atMs);
  const shares = rising.map(({ atMs, fresh, reads }) => {
    return { atMs, share: fresh / reads, ...wilson(fresh, reads, z) };
  });
  return {
    fromMs: firstOf(shares, ({ share }) => share >= probability),
    lowMs: shares.findLast(({ high }) => high < probability)?.atMs ?? 0,
    highMs: firstOf(shares, ({ low }) => low >= probability),
  };
}

/** From which on all are so. */
function firstOf<Point extends { readonly atMs: number }>(
  points: readonly Point[],
  isSo: (point: Point) => boolean,
): number | undefined {
  return points[points.findLastIndex((point) => !isSo(point)) + 1]?.atMs;
}

export const SHARES = [0.5, 0.99, 0.999] as const;

/** The times of these shares: p50, p99, p99.9. */
export function percentilesOf(times: ArrayLike<number>): readonly number[] {
  const sorted = Float64Array.from(times).sort();
  return SHARES.map((share) => quantile(sorted, share));
}

/** Times that differ by less differ by rounding alone. */
const SAME_MS = 1e-9;

/**
 * How far a predicted percentile is off, as a share of the times and beyond the interval: too many
 * are below it, or too few not above it.
 */
export function shareOff(
  times: readonly number[],
  predictedMs: number,
  share: number,
  z: number,
): number {
  const below = times.filter((ms) => ms < predictedMs - SAME_MS).length;
  const within = times.filter((ms) => ms <= predictedMs + SAME_MS).length;
  const tooMany = wilson(below, times.length, z).low - share;
  const tooFew = share - wilson(within, times.length, z).high;
  return Math.max(0, tooMany, tooFew);
}
