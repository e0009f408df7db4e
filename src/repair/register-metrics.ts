/** What the upkeep of registers counts. */

import type { Counter, Metrics } from '../ports/metrics.ts';

export interface RegisterMetrics {
  readonly erased: Counter;
  /** Of one partition each. */
  readonly roundsFailed: Counter;
  readonly rewritten: Counter;
  readonly rebuilt: Counter;
}

export function makeRegisterMetrics(metrics: Metrics): RegisterMetrics {
  const counter = (name: string, help: string) => metrics.counter({ name, help });
  return {
    erased: counter(
      'registers_erased_total',
      'Keys without a value of paxos buckets that this node had all their replicas erase',
    ),
    roundsFailed: counter(
      'register_erasures_failed_total',
      'Partitions in which registers could not be erased; they are tried again',
    ),
    rewritten: counter(
      'registers_rewritten_total',
      'Registers that were written once more since a replica had an older one, or a value had expired',
    ),
    rebuilt: counter(
      'registers_rebuilt_total',
      'Damaged registers that this node has rebuilt from the other replicas',
    ),
  };
}
