/** Which moves to begin next: as many as may be on their way at once. */

import type { Command } from '../../metadata/command.ts';
import { partitionsToMove } from '../../metadata/ring-moves.ts';
import type { MetadataState } from '../../metadata/state.ts';
import { partitionEpoch } from '../../ring/ring.ts';

/** Each node works at a few of its own at a time; the others wait at its door. */
export const MOVES_MAX = 16;

/** Undefined: nothing is to be begun now. */
export function movesToBegin(state: MetadataState): Command | undefined {
  const ring = state.ring();
  const goal = state.goal();
  if (ring === undefined || goal === undefined || ring.moves.size >= MOVES_MAX) return undefined;
  const moves = partitionsToMove(ring, goal)
    .slice(0, MOVES_MAX - ring.moves.size)
    .map((partition) => ({ partition, epoch: partitionEpoch(ring, partition) }));
  return moves.length === 0 ? undefined : { type: 'begin_moves', moves };
}
