/**
 * What the machine wants done. It does nothing itself: whoever runs it persists, sends and
 * applies, and reports back (as etcd's raft does with Ready).
 */

import type { Entry, HardState, MemberNo, Position, SnapshotMeta } from './entry.ts';
import type { Message } from './message.ts';

export interface Envelope {
  readonly to: MemberNo;
  readonly message: Message;
}

/**
 * To be handed back to `persisted` when the write that it came with would survive a power
 * cut. It names the term of the machine and the last entry of the write, so that one that
 * comes late, when those entries have been replaced, is known for what it is.
 */
export interface PersistAcknowledgement {
  readonly term: number;
  readonly last: Position | undefined;
  /** Index of the snapshot that was installed with this write. */
  readonly snapshotIndex: number | undefined;
}

/**
 * One durable write, all or nothing. Writes are made in the order in which they were asked
 * for; a later one may begin before an earlier one is on disk.
 */
export interface Persist {
  readonly hardState: HardState | undefined;
  /** The log, already whole on disk as a snapshot, is replaced by it. Before the entries. */
  readonly snapshot: SnapshotMeta | undefined;
  /** Contiguous; whatever the log on disk holds from the first one's index on goes. */
  readonly entries: readonly Entry[];
  readonly acknowledgement: PersistAcknowledgement;
  /** May leave only when the write is on disk: they tell of it. */
  readonly messages: readonly Envelope[];
}

/** The outcome of a read: it may be answered from state that has applied `index`. */
export interface ReadReady {
  readonly id: number;
  readonly index: number;
}

/** A member that needs entries which only a snapshot holds any more. */
export interface SnapshotWanted {
  readonly to: MemberNo;
  /** The snapshot that is sent must reach at least so far. */
  readonly index: number;
}

/** In the order in which they are to be begun. */
export interface Effects {
  readonly persist: Persist | undefined;
  /** May leave at once. */
  readonly messages: readonly Envelope[];
  /**
   * Before `committed`: the state of the host is replaced by that of this snapshot, which is on
   * disk. The host says `applied(restore.index)` when it is done.
   */
  readonly restore: SnapshotMeta | undefined;
  /** Committed and on this member's disk: to be applied in this order, each once. */
  readonly committed: readonly Entry[];
  readonly readsReady: readonly ReadReady[];
  /** Ids of reads that this member cannot serve any more: it lost its leadership. */
  readonly readsLost: readonly number[];
  readonly snapshotsWanted: readonly SnapshotWanted[];
}
