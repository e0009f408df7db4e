/**
 * Which moves to begin next. Moves that stand still, because a node is down or for another
 * reason that somebody has to see to, leave their places to others; so that they do not become
 * ever more, there is a larger bound for all together.
 */

import type { NodeId } from '../../kernel/names.ts';
import type { Command } from '../../metadata/command.ts';
import { type MoveAhead, movesAhead } from '../../metadata/ring-moves.ts';
import type { MetadataState } from '../../metadata/state.ts';
import { deadAmong } from '../../ring/changes.ts';
import { partitionEpoch } from '../../ring/ring.ts';

/** That go on. Each node works at a few of its own at a time; the others wait at its door. */
export const ACTIVE_MOVES_MAX = 16;

/** With those that stand still. */
export const MOVES_MAX = 64;

export interface MovesUnderWay {
  /** How many of those under way stand still. */
  readonly still: number;
  /** A guess: who seems to be away is asked to take part only when nobody else is left. */
  readonly reachable: (node: NodeId) => boolean;
}

/** Undefined: nothing is to be begun now. */
export function movesToBegin(
  state: MetadataState,
  { still, reachable }: MovesUnderWay,
): Command | undefined {
  const ring = state.ring();
  const goal = state.goal();
  if (ring === undefined || goal === undefined) return undefined;
  const inAll = ring.moves.size;
  const room = Math.min(ACTIVE_MOVES_MAX - (inAll - still), MOVES_MAX - inAll);
  if (room <= 0) return undefined;
  const dead = deadAmong(state.nodes());
  const canGoOn = ({ from, to }: MoveAhead) =>
    [...from, ...to].every((node) => dead.has(node) || reachable(node));
  const ahead = movesAhead(ring, goal, dead);
  const ready = ahead.filter(canGoOn).slice(0, room);
  // Others would stand still at once: no more of them than show what they wait for.
  const roomForOthers = Math.max(0, ACTIVE_MOVES_MAX - inAll - ready.length);
  const others = ahead.filter((move) => !canGoOn(move)).slice(0, roomForOthers);
  const moves = [...ready, ...others].map(({ partition }) => ({
    partition,
    epoch: partitionEpoch(ring, partition),
  }));
  return moves.length === 0 ? undefined : { type: 'begin_moves', moves };
}
