/**
 * How the rest of a node sees the cluster: the current ring and the buckets.
 *
 * Who owns them (a static list, a metadata group) is behind this interface.
 */

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
}

/** A number of answers, or its name. */
export type Level = number | 'one' | 'quorum' | 'all';

export interface ClusterView {
  /** 16 hexadecimal digits; nodes and data of different clusters refuse each other. */
  readonly clusterId: string;
  /** The same id as a number. */
  readonly clusterNumber: bigint;
  /** Seals causal contexts: see `ContextScope`. */
  seal(bytes: Uint8Array): bigint;
  ring(): Ring;
  /** The bucket of this name, made with the defaults where nobody configured it. */
  bucket(name: string): Bucket;
}
