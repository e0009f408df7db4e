/**
 * The ring as a value: which nodes keep which partition.
 *
 * The 64-bit hash space is cut into Q equal partitions (Dynamo, section 6.2, strategy 3).
 * A ring never changes; a changed cluster has a new ring with a higher epoch.
 */

import { invariant } from '../kernel/invariant.ts';
import type { NodeId } from '../kernel/names.ts';

export interface Member {
  readonly id: NodeId;
  /** Nodes of one zone may fail together; absent where zones do not matter. */
  readonly zone?: string;
}

export interface Ring {
  /** Of the cluster: rises with every change of the ring. */
  readonly epoch: number;
  /** Q, a power of two, fixed when the cluster is created. */
  readonly partitionCount: number;
  /** N: the length of every replica list, as far as there are members. */
  readonly replicationFactor: number;
  readonly members: readonly Member[];
  /** By partition: the nodes that keep it, in a fixed order; a bucket with n < N uses the first n. */
  readonly replicas: readonly (readonly NodeId[])[];
  /** By partition: the epoch of the last change of that partition. */
  readonly partitionEpochs: readonly number[];
}

/** The first n nodes of the partition's replica list; fewer in a cluster that has fewer. */
export function replicasOf(ring: Ring, partition: number, n: number): readonly NodeId[] {
  const replicas = ring.replicas[partition];
  invariant(replicas !== undefined, `no partition ${partition}`);
  return replicas.length <= n ? replicas : replicas.slice(0, n);
}

export function partitionEpoch(ring: Ring, partition: number): number {
  const epoch = ring.partitionEpochs[partition];
  invariant(epoch !== undefined, `no partition ${partition}`);
  return epoch;
}
