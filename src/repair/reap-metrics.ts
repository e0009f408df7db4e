/** What rounds of reaping count. */

import type { Counter, Gauge, Metrics } from '../ports/metrics.ts';

/** Why keys that could be reaped are still there. */
export type ReapObstacle =
  /** A member cannot be reached. */
  | 'member_down'
  /** What a dead node alone held may yet be salvaged. */
  | 'salvage_open'
  /** A member did not answer, or refused. */
  | 'no_answer'
  /** A member holds something for others. */
  | 'hints_held'
  /** A replica has another version, or its clock is behind. */
  | 'replicas_differ'
  | 'too_young'
  /** The metadata group did not take the entry. */
  | 'no_metadata_leader';

const OBSTACLES: readonly ReapObstacle[] = [
  'member_down',
  'salvage_open',
  'no_answer',
  'hints_held',
  'replicas_differ',
  'too_young',
  'no_metadata_leader',
];

export interface ReapMetrics {
  readonly waiting: Gauge;
  readonly roundsBegun: Counter;
  readonly roundsCompleted: Counter;
  /** Of one partition each, by cause. */
  readonly roundsFailed: Readonly<Record<ReapObstacle, Counter>>;
  readonly keysReaped: Counter;
}

export function makeReapMetrics(metrics: Metrics): ReapMetrics {
  const failed = (cause: ReapObstacle) =>
    metrics.counter({
      name: 'reap_partitions_failed_total',
      help: 'Partitions that could not be reaped, or not wholly; they are tried again',
      labels: { cause },
    });
  return {
    waiting: metrics.gauge({
      name: 'reapable_keys',
      help: 'Deleted and expired keys that wait to be reaped, of partitions this node reaps',
    }),
    roundsBegun: metrics.counter({
      name: 'reap_rounds_begun_total',
      help: 'Rounds of reaping for which this node had the metadata group make an entry',
    }),
    roundsCompleted: metrics.counter({
      name: 'reap_rounds_completed_total',
      help: 'Rounds that this node carried through for all their partitions',
    }),
    roundsFailed: Object.fromEntries(OBSTACLES.map((cause) => [cause, failed(cause)])) as Record<
      ReapObstacle,
      Counter
    >,
    keysReaped: metrics.counter({
      name: 'reaped_keys_total',
      help: 'Keys removed from all their replicas by rounds of this node',
    }),
  };
}
