/**
 * The shape of the trees: FAN_OUT children below every node, and a depth that follows from the
 * number of partitions, which is fixed when a cluster is created. So all replicas of a
 * partition have trees of one shape.
 *
 * Levels count from the root, level 0, to the leaves, level `depth`; the nodes of a level count
 * from 0. The children of node i are the nodes 8i to 8i+7 of the next level.
 *
 * What the numbers cost. Where d of a partition's k keys differ, a walk sends the hashes of the
 * children of at most d nodes of each level (64 bytes a node), and then a digest of every key in
 * at most d leaves (16 bytes a key). With 1,000,000 keys in 64 partitions, 1,000 of which
 * differ, that is 16 of 15,625: about 2.5 KB of hashes and 1.3 KB of items for each partition.
 * The differing objects, of 150 bytes each, are 2.4 KB. Shallower trees of a larger fan-out
 * save round trips and send more: 1,024 leaves under a fan-out of 32 would take 3.5 KB and
 * 4.1 KB. A tree of 4,096 leaves takes 37 KB of memory.
 */

import { invariant } from '../kernel/invariant.ts';

export const FAN_OUT = 8;
export const FAN_OUT_BITS = 3;
export const DEPTH_MAX = 4;

/** Leaves of a cluster: about 9 MB on a node that has a tree of every partition. */
const CLUSTER_LEAVES_MAX = 2 ** 20;

/** 4 (4,096 leaves) for up to 256 partitions, down to 1 for 65,536. */
export function treeDepth(partitionCount: number): number {
  let depth = DEPTH_MAX;
  while (depth > 1 && partitionCount * nodesAt(depth) > CLUSTER_LEAVES_MAX) depth--;
  return depth;
}

/** The number of nodes of a level. */
export function nodesAt(level: number): number {
  return FAN_OUT ** level;
}

/** The nodes of all levels before this one, which is where it begins in breadth-first order. */
export function nodesAbove(level: number): number {
  return (nodesAt(level) - 1) / (FAN_OUT - 1);
}

/**
 * The leaf of a key: the trailing bits of its hash. The leading ones, at most 16, select the
 * partition, so all keys of a tree share them.
 */
export function leafOf(keyHash: bigint, depth: number): number {
  return Number(BigInt.asUintN(FAN_OUT_BITS * depth, keyHash));
}

export function checkDepth(depth: number): void {
  invariant(
    Number.isInteger(depth) && depth >= 1 && depth <= DEPTH_MAX,
    `a tree has a depth of 1 to ${DEPTH_MAX}, not ${depth}`,
  );
}
