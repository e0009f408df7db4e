/**
 * Rendezvous hashing: how much a node "likes" a partition, as a number out of the blue that
 * every process computes alike. Breaks ties so that work spreads: the partitions of one
 * node have different neighbours, and a node that joins or leaves changes nobody else's order.
 */

import { hash64 } from '../kernel/hash.ts';
import type { NodeId } from '../kernel/names.ts';

const text = new TextEncoder();

/** Gives a node's seed, to be computed once per node. */
export function affinitySeed(node: NodeId): number {
  return Number(hash64(text.encode(node)) & 0xffff_ffffn);
}

/** Uniform in [0, 1), the same for the same seed and partition. */
export function affinity(seed: number, partition: number): number {
  // The finalizer of MurmurHash3: every input bit reaches every output bit.
  let mixed = Math.imul(partition + 1, 0x9e37_79b1) ^ seed;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}
