/** What a machine is made from: its own settings, and what its disk remembers. */

import type { Entry, HardState, MemberNo, SnapshotMeta } from './entry.ts';

export interface RaftOptions {
  readonly self: MemberNo;
  /** The leader beats once in so many ticks. */
  readonly heartbeatTicks: number;
  /**
   * A follower that hears nothing campaigns after so many ticks, up to twice as many, drawn anew;
   * the only voter of the group at the first tick.
   */
  readonly electionTicks: number;
  /** Of one append request, at least one entry. */
  readonly appendBytesMax: number;
  /** Of append requests to one member that were not answered yet. */
  readonly inflightAppendsMax: number;
  readonly inflightBytesMax: number;
  /** Of entries that are proposed and not committed; beyond, proposals are refused. */
  readonly uncommittedBytesMax: number;
  /** Answer reads without a round while the lease holds (section 6.4.1). Needs bounded drift. */
  readonly leaseReads: boolean;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** What the disk of a member remembers. A new one has none of it. */
export interface Recovered {
  readonly hardState: HardState;
  readonly snapshot: SnapshotMeta;
  /** Contiguous, from `snapshot.index + 1` on or from before it. */
  readonly entries: readonly Entry[];
}
