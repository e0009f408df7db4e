/**
 * How many of some observations were at or below each of a few bounds: what a histogram knows.
 *
 * Invariant: `counts` has one more than `bounds`, never falls from one to the next, and says at
 * its end how many observations there were in all.
 */

export interface Distribution {
  /** Rising. */
  readonly bounds: readonly number[];
  /** At or below each bound, and in all. */
  readonly counts: readonly number[];
}

export const NOTHING_OBSERVED: Distribution = { bounds: [], counts: [0] };

export function countOf({ counts }: Distribution): number {
  return counts.at(-1) ?? 0;
}

/** Of all observations together; a bound that only some have counts as the next lower one of others. */
export function together(all: readonly Distribution[]): Distribution {
  const bounds = [...new Set(all.flatMap((one) => one.bounds))].sort((a, b) => a - b);
  const sum = (of: (one: Distribution) => number) => all.reduce((so, one) => so + of(one), 0);
  const atMost = bounds.map((bound) => sum((one) => countAt(one, bound)));
  return { bounds, counts: [...atMost, sum(countOf)] };
}

function countAt({ bounds, counts }: Distribution, bound: number): number {
  return counts[bounds.findLastIndex((own) => own <= bound)] ?? 0;
}

/** Of what was observed between two looks at one histogram. */
export function since(before: Distribution, now: Distribution): Distribution {
  const counts = now.counts.map((count, i) => count - (before.counts[i] ?? 0));
  return { bounds: now.bounds, counts };
}

/**
 * Between the bounds of its bucket, as if that were filled evenly (as Prometheus does); the last
 * bound stands for all that is beyond it. Null: nothing was observed.
 */
export function quantile(distribution: Distribution, share: number): number | null {
  const total = countOf(distribution);
  if (total === 0) return null;
  const rank = share * total;
  let [lower, below] = [0, 0];
  for (const [i, bound] of distribution.bounds.entries()) {
    const count = distribution.counts[i] ?? 0;
    if (count >= rank && count > below) {
      return lower + ((bound - lower) * (rank - below)) / (count - below);
    }
    [lower, below] = [bound, count];
  }
  return lower;
}
