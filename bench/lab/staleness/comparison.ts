/** Measured beside predicted, one R and W at a time. */

import { freshness } from '../../../src/pbs/prediction.ts';
import type { WarsTrials } from '../../../src/pbs/wars.ts';
import { type Levels, overlaps } from '../levels.ts';
import { wilson } from '../wilson.ts';
import type { Measured } from './trials.ts';

export interface Compared extends Levels {
  readonly points: readonly ComparedPoint[];
  readonly reads: number;
  readonly stale: number;
  /** How many would be by the prediction. */
  readonly staleExpected: number;
}

export interface ComparedPoint {
  readonly atMs: number;
  readonly reads: number;
  readonly fresh: number;
  /** From 0 to 1. */
  readonly share: number;
  readonly predicted: number;
  /** Where it is not known just when a read came: for the earliest and for the latest time. */
  readonly predictedRange?: readonly [low: number, high: number];
}

/**
 * Of a claim, which is not to fail by chance: more than a hundred points are looked at each time,
 * and one of them is so far off once in a million.
 */
export const Z_CLAIM = 5;

export function compare(measured: readonly Measured[], predicted: WarsTrials): readonly Compared[] {
  return measured.map(({ n, r, w, points }) => {
    const asked = { atMs: points.map(({ atMs }) => atMs), probabilities: [] };
    const { fresh } = freshness(predicted.freshFromMs(r, w), asked);
    return comparedOf(
      { n, r, w },
      points.map((point, i) => ({ ...point, predicted: fresh[i]?.probability ?? 0 })),
    );
  });
}

/** Points at which nothing was read are left out. */
export function comparedOf(
  { n, r, w }: Levels,
  points: readonly Omit<ComparedPoint, 'share'>[],
): Compared {
  const read = points.filter(({ reads }) => reads > 0);
  const sum = (of: (point: (typeof read)[number]) => number) =>
    read.reduce((total, point) => total + of(point), 0);
  return {
    ...{ n, r, w },
    points: read.map((point) => ({ ...point, share: point.fresh / point.reads })),
    reads: sum(({ reads }) => reads),
    stale: sum(({ reads, fresh }) => reads - fresh),
    staleExpected: sum(({ reads, predicted }) => reads * (1 - predicted)),
  };
}

/** How far the prediction is outside of the interval at the worst point; 0: nowhere. */
export function worstGap(compared: readonly Compared[]): number {
  const gaps = compared.flatMap(({ points }) =>
    points.map(({ fresh, reads, predicted, predictedRange = [predicted, predicted] }) => {
      const { low, high } = wilson(fresh, reads, Z_CLAIM);
      return Math.max(0, low - predictedRange[1], predictedRange[0] - high);
    }),
  );
  return Math.max(0, ...gaps);
}

/** Of the points, the greatest distance of what was measured from the prediction. */
export function greatestDistance(compared: readonly Compared[]): number {
  return Math.max(
    0,
    ...compared.flatMap(({ points }) =>
      points.map(({ share, predicted }) => Math.abs(share - predicted)),
    ),
  );
}

/** Reads of quorums that have a replica in common with every write's, and of the others. */
export function byOverlap(compared: readonly Compared[]) {
  return { sure: compared.filter(overlaps), risky: compared.filter((one) => !overlaps(one)) };
}

export function totals(compared: readonly Compared[]) {
  return {
    reads: compared.reduce((sum, { reads }) => sum + reads, 0),
    stale: compared.reduce((sum, { stale }) => sum + stale, 0),
    staleExpected: compared.reduce((sum, { staleExpected }) => sum + staleExpected, 0),
  };
}
