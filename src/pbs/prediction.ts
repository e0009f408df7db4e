/** What the trials of a model say: how fresh reads are, and what reads and writes take. */

import { staleBeyond } from './k-staleness.ts';
import type { WarsTrials } from './wars.ts';

/** For one R and W. */
export interface Prediction {
  readonly r: number;
  readonly w: number;
  /** In the order of the times that were asked for. */
  readonly fresh: readonly FreshAt[];
  /** In the order of the probabilities that were asked for. */
  readonly freshFrom: readonly FreshFrom[];
  /** By 1 version, 2 and 3, where writes got to W replicas and no further. */
  readonly behind: readonly BehindBy[];
  readonly read: Percentiles;
  readonly write: Percentiles;
}

/** A read that begins so long after the acknowledgement of a write returns it, or a later one. */
export interface FreshAt {
  readonly atMs: number;
  readonly probability: number;
}

/** From so long after the acknowledgement on a read is fresh with the probability. */
export interface FreshFrom {
  readonly probability: number;
  readonly fromMs: number;
}

/** A read returns none of so many last versions with the probability. */
export interface BehindBy {
  readonly versions: number;
  readonly probability: number;
}

/** Milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

/** What is to be predicted. */
export interface Asked {
  readonly atMs: readonly number[];
  readonly probabilities: readonly number[];
}

const VERSIONS = [1, 2, 3] as const;

/** Precondition: the trials are complete. */
export function predict(trials: WarsTrials, r: number, w: number, asked: Asked): Prediction {
  return {
    r,
    w,
    ...freshness(trials.freshFromMs(r, w), asked),
    behind: VERSIONS.map((versions) => ({
      versions,
      probability: staleBeyond(versions, { n: trials.model.n, r, w }),
    })),
    read: percentilesOf(trials.readsMs(r)),
    write: percentilesOf(trials.writesMs(w)),
  };
}

/** @param freshFromMs from when on each trial is fresh, rising */
export function freshness(freshFromMs: Float64Array, { atMs, probabilities }: Asked) {
  return {
    fresh: atMs.map((at) => ({ atMs: at, probability: shareUpTo(freshFromMs, at) })),
    freshFrom: probabilities.map((probability) => ({
      probability,
      fromMs: Math.max(0, quantile(freshFromMs, probability)),
    })),
  };
}

function percentilesOf(sorted: Float64Array): Percentiles {
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), p999: quantile(sorted, 0.999) };
}

/** The least of the rising numbers that so many of them are not above. At least one number. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const place = Math.ceil(share * sorted.length) - 1;
  return sorted[Math.min(sorted.length - 1, Math.max(0, place))] as number;
}

/** Of the rising numbers, the share of those that are not above the bound. */
function shareUpTo(sorted: Float64Array, bound: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) <= bound) low = middle + 1;
    else high = middle;
  }
  return low / sorted.length;
}
