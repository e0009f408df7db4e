/** All experiments, in the order in which they are listed and run. */

import { apVsCp } from './ap-vs-cp/ap-vs-cp.ts';
import { convergence } from './convergence/convergence.ts';
import type { Experiment } from './experiment.ts';
import { failures } from './failures/failures.ts';
import { partitionTimeline } from './partition/partition-timeline.ts';
import { price } from './price/price.ts';
import { quorumRegisters } from './quorum-registers/quorum-registers.ts';
import { replicasAway } from './replicas-away/replicas-away.ts';
import { sessionGuarantees } from './session-guarantees/session-guarantees.ts';
import { sharedSets } from './shared-sets/shared-sets.ts';
import { latency } from './staleness/latency.ts';
import { visibility } from './staleness/visibility.ts';
import { ycsb } from './ycsb/ycsb.ts';

export const EXPERIMENTS: readonly Experiment[] = [
  visibility,
  latency,
  partitionTimeline,
  replicasAway,
  convergence,
  sharedSets,
  sessionGuarantees,
  quorumRegisters,
  price,
  failures,
  ycsb,
  apVsCp,
];
