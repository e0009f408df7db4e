/** What a node did between two samples. */

import type { NodeSample, RequestCounts } from './node-sample.ts';

export interface NodeRates {
  /** A second, those that failed among them. */
  readonly gets: number;
  readonly puts: number;
  /** Deletes, updates and listings. */
  readonly others: number;
  /** Of these, a second. */
  readonly errors: number;
  /** Milliseconds, up to the last bound that is counted; null: there were no requests. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** Now. */
  readonly hints: number;
  readonly transfers: number;
}

/** Requests about the cluster are left out. */
const OTHERS = ['delete', 'update', 'list'];

/** A node that was started anew meanwhile counts from 0 on. */
export function ratesOf(before: NodeSample, now: NodeSample, seconds: number): NodeRates {
  const since = hasRestarted(before, now) ? undefined : before;
  const count = (operation: string, of: (counts: RequestCounts) => number) =>
    countIn(now, operation, of) - (since === undefined ? 0 : countIn(since, operation, of));
  const rate = (operations: readonly string[], of: (counts: RequestCounts) => number) =>
    operations.reduce((sum, operation) => sum + count(operation, of), 0) / seconds;
  const all = ({ succeeded, failed }: RequestCounts) => succeeded + failed;
  const taken = since === undefined ? now.atMost : latenciesSince(since, now);
  return {
    gets: rate(['get'], all),
    puts: rate(['put'], all),
    others: rate(OTHERS, all),
    errors: rate(['get', 'put', ...OTHERS], ({ failed }) => failed),
    p50Ms: quantileMs(taken, 0.5),
    p99Ms: quantileMs(taken, 0.99),
    hints: now.hints,
    transfers: now.transfers,
  };
}

function countIn(
  { requests }: NodeSample,
  operation: string,
  of: (counts: RequestCounts) => number,
): number {
  const counts = requests.get(operation);
  return counts === undefined ? 0 : of(counts);
}

function hasRestarted(before: NodeSample, now: NodeSample): boolean {
  return [...before.requests].some(([operation, { succeeded, failed }]) => {
    const { succeeded: laterSucceeded = 0, failed: laterFailed = 0 } =
      now.requests.get(operation) ?? {};
    return laterSucceeded < succeeded || laterFailed < failed;
  });
}

function latenciesSince(before: NodeSample, now: NodeSample): NodeSample['atMost'] {
  const earlier = new Map(before.atMost);
  return now.atMost.map(([bound, count]) => [bound, count - (earlier.get(bound) ?? 0)]);
}

/** Between the bounds of its bucket, as if that were filled evenly (as Prometheus does). */
export function quantileMs(atMost: NodeSample['atMost'], share: number): number | null {
  const total = atMost.at(-1)?.[1] ?? 0;
  if (total === 0) return null;
  const rank = share * total;
  let [lower, below] = [0, 0];
  for (const [bound, count] of atMost) {
    if (count >= rank) {
      const part = (rank - below) / (count - below);
      return 1_000 * (bound === Infinity ? lower : lower + (bound - lower) * part);
    }
    [lower, below] = [bound, count];
  }
  return null;
}
