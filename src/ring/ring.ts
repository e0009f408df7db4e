/**
 * The ring as a value: which nodes keep which partition.
 *
 * The 64-bit hash space is cut into Q equal partitions (Dynamo, section 6.2, strategy 3).
 * A ring never changes; a changed cluster has a new ring with a higher epoch.
 */

import { invariant } from '../kernel/invariant.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Move } from './move.ts';

export interface Member {
  readonly id: NodeId;
  /** Nodes of one zone may fail together; absent where zones do not matter. */
  readonly zone?: string;
  /** Its part of all places is in proportion to it: a whole number to WEIGHT_MAX; absent: 1. */
  readonly weight?: number;
}

export const WEIGHT_MAX = 100;

export function weightOf({ weight = 1 }: Member): number {
  return weight;
}

export function isWeight(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= WEIGHT_MAX;
}

/** A zone or a weight that says nothing is left out, so that equal members are equal values. */
export function memberOf(id: NodeId, zone: string | undefined, weight: number): Member {
  return { id, ...(zone !== undefined && { zone }), ...(weight !== 1 && { weight }) };
}

/** The same ones in the same order, and nothing else about any of them. */
export function sameMembers(some: readonly Member[], others: readonly Member[]): boolean {
  const isSame = (one: Member, other: Member | undefined) =>
    one.id === other?.id && one.zone === other.zone && one.weight === other.weight;
  return some.length === others.length && some.every((member, at) => isSame(member, others[at]));
}

export interface Ring {
  /** Of the cluster: rises with every change of the ring. */
  readonly epoch: number;
  /** Q, a power of two, fixed when the cluster is created. */
  readonly partitionCount: number;
  /**
   * N: the length of every replica list, as far as there are members. While the ring changes,
   * lists may be longer or shorter.
   */
  readonly replicationFactor: number;
  readonly members: readonly Member[];
  /**
   * By partition: the nodes that keep it, in a fixed order; a bucket with n < N uses the first n.
   * While the partition moves, those that reads ask.
   */
  readonly replicas: readonly (readonly NodeId[])[];
  /** By partition: the epoch of the last change of that partition. */
  readonly partitionEpochs: readonly number[];
  /**
   * By partition: since which epoch it has had its present list without a move, while it moves
   * C; what was accepted since then was accepted by that list. Never too low.
   */
  readonly listEpochs: readonly number[];
  /** By partition: the moves that are on their way. */
  readonly moves: ReadonlyMap<number, Move>;
}

export const NO_MOVES: ReadonlyMap<number, Move> = new Map();

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
