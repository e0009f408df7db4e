/** What runs have to meet for their history to be worth a check. */

import type { TestCluster } from '../harness.ts';
import type { RandomOperator } from '../ring-moves/random-operator.ts';
import { type ClientCounts, NOTHING_ASKED } from './recording-client.ts';

export const NOTHING_MET = {
  ...NOTHING_ASKED,
  /** Rounds that met a higher ballot, or too few acceptors. */
  failedRounds: 0,
  forwards: 0,
  registersErased: 0,
  joins: 0,
  leaves: 0,
  deaths: 0,
};

export type Coverage = typeof NOTHING_MET;

export function newCoverage(
  cluster: TestCluster,
  asked: ClientCounts,
  operator: RandomOperator | undefined,
): Coverage {
  const sum = (name: string) =>
    [...cluster.metrics.values()].reduce((all, metrics) => all + (metrics.value(name) ?? 0), 0);
  const { joins = 0, leaves = 0, deaths = 0 } = operator?.counts ?? {};
  return {
    ...asked,
    failedRounds: sum('register_rounds_failed_total'),
    forwards: sum('register_forwards_total'),
    registersErased: sum('registers_erased_total'),
    joins,
    leaves,
    deaths,
  };
}
