/**
 * Who of a partition's keepers has what it should: all of them, but for a newcomer that is being
 * filled by copying, which nobody may take for a replica before the stage `read_new`
 * (protocols.md, section 8: an empty X never counts in a read).
 */

import type { NodeId } from '../kernel/names.ts';
import { keepersOf, newcomersOf } from './move.ts';
import { type Ring, replicasOf } from './ring.ts';

/** In an order that is the same on all nodes which know the same ring. */
export function completeKeepersOf(ring: Ring, partition: number, n: number): readonly NodeId[] {
  const move = ring.moves.get(partition);
  if (move === undefined) return replicasOf(ring, partition, n);
  const keepers = keepersOf(ring, partition, n);
  if (move.stage === 'read_new' || move.stage === 'stable') return keepers;
  const newcomers = newcomersOf(move, n);
  return keepers.filter((node) => !newcomers.includes(node));
}
