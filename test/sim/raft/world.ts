/** What the members of a simulated group share, and how a run may differ from another. */

import type { RaftOptions, Recovered } from '../../../src/raft/options.ts';
import type { Raft } from '../../../src/raft/raft.ts';
import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import type { Coverage } from './coverage.ts';
import type { EventHeap } from './event-heap.ts';
import type { Promises } from './promises.ts';
import type { Reads } from './reads.ts';
import type { Safety } from './safety.ts';
import type { SimNetwork } from './sim-network.ts';

/** A copy of the machine that is broken on purpose can be put in its place. */
export type MakeRaft = (options: RaftOptions, recovered: Recovered) => Raft;

/** How the hosts of the machines go about their work. Times in ticks. */
export interface Pace {
  /** Probability that a host lets several inputs come together before it takes the effects. */
  lazy: number;
  /** Longest time that a batch of committed entries takes to be applied; 0: at once. */
  applyMax: number;
  /** Longest time that a snapshot is under way, and how probably it fails. */
  streamMax: number;
  streamFailure: number;
}

export interface World {
  readonly events: EventHeap;
  readonly random: SeededRandom;
  readonly network: SimNetwork;
  readonly safety: Safety;
  readonly promises: Promises;
  readonly reads: Reads;
  readonly coverage: Coverage;
  readonly pace: Pace;
  readonly makeRaft: MakeRaft;
  readonly settings: Omit<RaftOptions, 'self' | 'random'>;
}
