/**
 * How the rest of a node sees the cluster: the current ring and the buckets, as far as this
 * node has heard from the metadata group that owns them.
 */

import type { NodeId } from '../kernel/names.ts';
import type { Ring } from './ring.ts';

/** Properties of a bucket. Levels may be named; names are resolved against the replicas there are. */
export interface Bucket {
  readonly name: string;
  /** Never reused; keys are stored under it. */
  readonly number: number;
  /** Replicas of each key: the first n of the partition's replica list. */
  readonly n: number;
  readonly r: Level;
  readonly w: Level;
  /** What its requests promise; fixed when it is created. */
  readonly mode: BucketMode;
  /** What becomes of concurrent values of a key; may change at any time. */
  readonly conflict: ConflictPolicy;
  /** How long a value lives whose put does not say; undefined: for ever. */
  readonly ttlMs: number | undefined;
}

export type BucketMode = 'dynamo' | 'paxos' | 'raft';

/** `siblings`: all are kept and shown; `lww`: the last write wins. */
export type ConflictPolicy = 'siblings' | 'lww';

/** A number of answers, or its name. */
export type Level = number | 'one' | 'quorum' | 'all';

export interface ClusterView {
  /** 16 hexadecimal digits; nodes and data of different clusters refuse each other. */
  readonly clusterId: string;
  /** The same id as a number. */
  readonly clusterNumber: bigint;
  /** Seals causal contexts: see `ContextScope`. */
  seal(bytes: Uint8Array): bigint;
  /** The ring has been drawn, and this node knows it. */
  readonly formed: boolean;
  /** The group knows of this node's present start; until then it counts for no quorum. */
  readonly counted: boolean;
  /**
   * This node is leaving the cluster and keeps no partition any more: it takes on nothing for
   * others, since it goes when nothing is left.
   */
  readonly departing: boolean;
  /** Throws `ring_forming` until there is one. */
  ring(): Ring;
  /**
   * All nodes of the cluster, those that came after the ring was drawn included; none that is
   * dead or has left.
   */
  members(): readonly NodeId[];
  /** One of `members()`. */
  isMember(node: NodeId): boolean;
  /** By partition: see metadata/reap-rounds.ts. The same array until one rises. */
  reapNumbers(): readonly number[];
  /**
   * By partition: the highest time of an id of a register that was erased there, ms since 1970;
   * undefined: 0. Whether a change with an id up to it ever ran is not known.
   */
  idMarks(): readonly number[];
  /** The dead whose directories may yet be offered; nothing is reaped meanwhile. */
  openSalvages(): readonly NodeId[];
  buckets(): Iterable<Bucket>;
  bucket(name: string): Bucket | undefined;
  bucketNumbered(number: number): Bucket | undefined;
  /** Lower numbers that are no bucket's were a deleted one's; others this node has yet to hear of. */
  readonly nextBucketNumber: number;
  /** Resolves with true when the condition holds after some change, false at the deadline. */
  until(condition: () => boolean, deadline: number): Promise<boolean>;
}
