/** How far the moves of the ring are: what each node says of its share, put together. */

import type { NodeId } from '../../kernel/names.ts';
import { partitionsToMove } from '../../metadata/ring-moves.ts';
import type { MetadataState } from '../../metadata/state.ts';
import { callType } from '../../ports/transport.ts';
import type { MoveStage } from '../../ring/move.ts';

/** One partition that a node takes over. */
export interface Taking {
  readonly partition: number;
  readonly session: number;
  readonly keys: number;
  readonly bytes: number;
  /** Of so many keys; null: not known. */
  readonly of: number | null;
}

export interface TransferShare {
  readonly taking: readonly Taking[];
  /** Of all moves since the node started. */
  readonly bytesTaken: number;
  /** For other nodes; a node that leaves stays until it has none. */
  readonly hintsHeld: number;
  /** It leaves, knows that it has no place any more, and so takes on no more hints. */
  readonly departing: boolean;
  /** By partition, from the leader: why a move does not go on. */
  readonly waits: readonly (readonly [partition: number, why: string])[];
}

/** What do you have to do with the moves? */
export const TRANSFER_STATUS = callType<null, TransferShare>('ring.transfers', 'control');

export interface MoveStatus {
  readonly partition: number;
  readonly stage: MoveStage;
  readonly from: readonly NodeId[];
  readonly to: readonly NodeId[];
  readonly waits: string | null;
  readonly keys: number;
  readonly bytes: number;
  readonly keysInAll: number | null;
}

export interface TransfersStatus {
  readonly node: NodeId;
  /** The most that a node takes in; null: as fast as it goes. */
  readonly bytesPerSecond: number | null;
  readonly moves: readonly MoveStatus[];
  /** Moves that are yet to begin. */
  readonly movesLeft: number;
  /** See bytes-taken.ts. */
  readonly bytesMoved: number;
  /** By the mean size of what was copied; null: nothing was yet, or is any more. */
  readonly bytesLeft: number | null;
}

export function transfersStatus(
  node: NodeId,
  state: MetadataState,
  shares: readonly TransferShare[],
  bytesMoved: number,
): TransfersStatus {
  const ring = state.ring();
  const goal = state.goal();
  const moves = [...(ring?.moves.values() ?? [])].map(({ partition, session, stage, from, to }) => {
    const taken = shares
      .flatMap(({ taking }) => taking)
      .filter((one) => one.partition === partition && one.session === session);
    const waits = new Map(shares.flatMap((share) => share.waits)).get(partition) ?? null;
    const isKnown = taken.length > 0 && taken.every(({ of }) => of !== null);
    const keysInAll = isKnown ? sum(taken.map(({ of }) => of ?? 0)) : null;
    const keys = sum(taken.map((one) => one.keys));
    const bytes = sum(taken.map((one) => one.bytes));
    return { partition, stage, from, to, waits, keys, bytes, keysInAll };
  });
  const movesLeft =
    ring === undefined || goal === undefined ? 0 : partitionsToMove(ring, goal).length;
  const bytesPerSecond = state.transferBytesPerSecond ?? null;
  return {
    node,
    bytesPerSecond,
    moves,
    movesLeft,
    bytesMoved,
    bytesLeft: bytesLeft(moves, movesLeft),
  };
}

/** Moves of which nobody knows yet are taken to be like those that are on their way. */
function bytesLeft(moves: readonly MoveStatus[], movesLeft: number): number | null {
  const known = moves.filter(({ keys, keysInAll }) => keys > 0 && keysInAll !== null);
  const keys = sum(known.map((move) => move.keys));
  if (keys === 0) return null;
  const bytesOfKey = sum(known.map((move) => move.bytes)) / keys;
  const keysOfMove = sum(known.map((move) => move.keysInAll ?? 0)) / known.length;
  const keysLeft = sum(known.map((move) => Math.max(0, (move.keysInAll ?? 0) - move.keys)));
  const isUnknown = (move: MoveStatus) =>
    move.stage === 'prepare' || (move.stage === 'write_both' && !known.includes(move));
  const unknown = moves.filter(isUnknown).length + movesLeft;
  return Math.round((keysLeft + unknown * keysOfMove) * bytesOfKey);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
