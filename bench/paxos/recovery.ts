/** From single requests around a kill to how long it was felt. */

import { spreadOf } from '../throughput/spread.ts';

/** One request. */
export interface Sample {
  /** The first of the list of its key. */
  readonly preferred: string;
  readonly isPut: boolean;
  readonly intendedAt: number;
  readonly answeredAt: number;
  /** What went wrong. */
  readonly fault: string | undefined;
  /** It may have been carried out all the same. */
  readonly isUnknown: boolean;
}

export interface Recovery {
  /** All from here on: intended after the kill, or not answered yet. */
  readonly requests: number;
  /** Certainly not carried out. */
  readonly failed: number;
  readonly unknown: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly slowestMs: number;
  /** Keys that the victim preferred: the longest time between two successes, after and before. */
  readonly longestGapMs: number;
  readonly longestGapBeforeMs: number;
  readonly calmP99Ms: number;
  /** What counts as normal, of one slice. */
  readonly normalP99Ms: number;
  /** From the kill to the first second that is normal all through; null: it was not seen. */
  readonly normalAfterMs: number | null;
}

const SLICE_MS = 250;
/** So many normal slices in a row are back to normal. */
const NORMAL_SLICES = 4;
/** Of the worst slice before the kill. */
const NORMAL_FACTOR = 2;

export function recoveryOf(
  samples: readonly Sample[],
  killedAt: number,
  isOfVictim: (sample: Sample) => boolean,
): Recovery {
  const before = samples.filter(({ intendedAt }) => intendedAt < killedAt);
  const calm = before.filter(({ answeredAt }) => answeredAt < killedAt);
  const hit = samples.filter(({ answeredAt }) => answeredAt >= killedAt);
  const after = samples.filter(({ intendedAt }) => intendedAt >= killedAt);
  const calmFrom = Math.min(...calm.map(({ intendedAt }) => intendedAt));
  // The first second warms up.
  const calmSlices = slicesOf(calm, calmFrom).slice(NORMAL_SLICES);
  const normalP99Ms = NORMAL_FACTOR * Math.max(...calmSlices.map(p99Of));
  const normalSlice = firstNormal(slicesOf(after, killedAt), normalP99Ms);
  return {
    requests: hit.length,
    failed: hit.filter(({ fault, isUnknown }) => fault !== undefined && !isUnknown).length,
    unknown: hit.filter(({ isUnknown }) => isUnknown).length,
    errors: faultsOf(hit),
    slowestMs: Math.max(...hit.map(elapsedMs)),
    longestGapMs: longestGap(samples.filter(isOfVictim), killedAt, Number.POSITIVE_INFINITY),
    longestGapBeforeMs: longestGap(samples.filter(isOfVictim), calmFrom, killedAt),
    calmP99Ms: spreadOf(calmSlices.map(p99Of)).median,
    normalP99Ms,
    normalAfterMs: normalSlice === -1 ? null : normalSlice * SLICE_MS,
  };
}

/** By when they were intended to be sent; the last, which is not full, is left out. */
function slicesOf(samples: readonly Sample[], from: number): readonly (readonly Sample[])[] {
  const slices: Sample[][] = [];
  for (const sample of samples) {
    const slice = Math.floor((sample.intendedAt - from) / SLICE_MS);
    while (slices.length <= slice) slices.push([]);
    slices[slice]?.push(sample);
  }
  return slices.slice(0, -1);
}

/** A failure is as bad as never. */
function firstNormal(slices: readonly (readonly Sample[])[], normalP99Ms: number): number {
  const isNormal = slices.map(
    (slice) => slice.every(({ fault }) => fault === undefined) && p99Of(slice) <= normalP99Ms,
  );
  return isNormal.findIndex(
    (_, i) =>
      i + NORMAL_SLICES <= isNormal.length && isNormal.slice(i, i + NORMAL_SLICES).every(Boolean),
  );
}

function p99Of(samples: readonly Sample[]): number {
  const sorted = samples.map(elapsedMs).sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;
}

function elapsedMs({ intendedAt, answeredAt }: Sample): number {
  return answeredAt - intendedAt;
}

/** Between two successes one after the other, of those that touch this time. */
function longestGap(samples: readonly Sample[], from: number, to: number): number {
  const times = samples
    .filter(({ fault }) => fault === undefined)
    .map(({ answeredAt }) => answeredAt)
    .sort((a, b) => a - b);
  let longest = 0;
  for (let i = 1; i < times.length; i++) {
    const [begin, end] = [times[i - 1] as number, times[i] as number];
    if (end >= from && begin < to) longest = Math.max(longest, end - begin);
  }
  return longest;
}

function faultsOf(samples: readonly Sample[]): Record<string, number> {
  const faults: Record<string, number> = {};
  for (const { fault } of samples) {
    if (fault !== undefined) faults[fault] = (faults[fault] ?? 0) + 1;
  }
  return faults;
}
