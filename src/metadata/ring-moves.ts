/**
 * The moves of partitions as the state machine records them (ring/move.ts): begun towards the
 * goal, led from stage to stage, turned back, and over.
 *
 * Invariant: a partition has one move at most, which changes one member of its list at most;
 * with every entry that touches a partition its epoch rises to the index of the entry, so that
 * nobody takes one stage for another. When a stage may be left is for the leader to judge
 * (ring/move-duties.ts), who may be mistaken about the present one: each command names the epoch
 * it means, and the stage.
 */

import { QuorateError } from '../kernel/errors.ts';
import { invariant } from '../kernel/invariant.ts';
import type { NodeId } from '../kernel/names.ts';
import { type Lists, type Move, type MoveStage, readListOf } from '../ring/move.ts';
import { nextList, type Surroundings } from '../ring/next-move.ts';
import type { Ring } from '../ring/ring.ts';
import { zoneKey } from '../ring/zones.ts';

type List = readonly NodeId[];

/** What the partitions are to become. */
export interface Goal {
  /** Of the entry that set it. */
  readonly index: number;
  readonly replicas: readonly List[];
}

/** A partition as whoever proposed the entry knew it. */
export interface PartitionAt {
  readonly partition: number;
  readonly epoch: number;
}

export interface StageToLeave extends PartitionAt {
  readonly stage: MoveStage;
}

const NEXT_STAGE: Readonly<Record<MoveStage, MoveStage | 'over'>> = {
  prepare: 'write_both',
  write_both: 'read_new',
  read_new: 'stable',
  stable: 'over',
};

/** The ring after the next step of each of these partitions was begun. Throws `QuorateError`. */
export function movesBegun(
  ring: Ring,
  goal: Goal,
  partitions: readonly PartitionAt[],
  dead: ReadonlySet<NodeId>,
  index: number,
): Ring {
  const around = surroundingsOf(ring, dead);
  const changed = new Map<number, Changed>();
  for (const at of partitions) {
    const { partition } = at;
    const from = listAt(ring, at, changed);
    if (ring.moves.has(partition)) throw moving(partition);
    const to = nextList(from, goal.replicas[partition] as List, around);
    if (to === undefined) {
      const detail = `partition ${partition} is where it should be`;
      throw new QuorateError('change_refused', detail);
    }
    changed.set(partition, {
      list: from,
      move: { partition, session: index, stage: 'prepare', from, to },
      listEpoch: ring.listEpochs[partition] as number,
    });
  }
  return withPartitions(ring, changed, index);
}

/** The ring after each of these moves left its stage. Throws `QuorateError`. */
export function movesAdvanced(ring: Ring, moves: readonly StageToLeave[], index: number): Ring {
  const changed = new Map<number, Changed>();
  for (const at of moves) {
    const { partition, stage } = at;
    listAt(ring, at, changed);
    const move = ring.moves.get(partition);
    if (move?.stage !== stage) {
      const present = move === undefined ? 'does not move' : `is in stage ${move.stage}`;
      throw new QuorateError('stale_epoch', `partition ${partition} ${present}, not in ${stage}`);
    }
    const next = NEXT_STAGE[stage];
    const after = next === 'over' ? undefined : { ...move, stage: next };
    changed.set(partition, {
      list: after === undefined ? move.to : readListOf(after),
      move: after,
      // Since its last stage began all went by the new list alone.
      listEpoch: (after === undefined ? at.epoch : ring.listEpochs[partition]) as number,
    });
  }
  return withPartitions(ring, changed, index);
}

/** The ring after `turn` was asked of each move what becomes of it. */
export function movesTurned(
  ring: Ring,
  turn: (move: Move) => Move | undefined,
  index: number,
): Ring {
  const changed = new Map<number, Changed>();
  for (const [partition, move] of ring.moves) {
    const after = turn(move);
    if (after === move) continue;
    changed.set(partition, {
      list: after === undefined ? readListOf(move) : readListOf(after),
      move: after,
      // One that goes back comes from a list that never was the only one.
      listEpoch: after === undefined ? (ring.listEpochs[partition] as number) : index,
    });
  }
  return withPartitions(ring, changed, index);
}

/** A move that is yet to be begun. */
export interface MoveAhead extends Lists {
  readonly partition: number;
}

/** The next move of each partition that is not moving and not where it should be, by number. */
export function movesAhead(
  ring: Ring,
  goal: Goal,
  dead: ReadonlySet<NodeId> = new Set(),
): readonly MoveAhead[] {
  const around = surroundingsOf(ring, dead);
  return [...ring.replicas.entries()].flatMap(([partition, from]) => {
    if (ring.moves.has(partition)) return [];
    const to = nextList(from, goal.replicas[partition] as List, around);
    return to === undefined ? [] : [{ partition, from, to }];
  });
}

/** Partitions that are not moving and not where they should be, by number. */
export function partitionsToMove(ring: Ring, goal: Goal): readonly number[] {
  return movesAhead(ring, goal).map(({ partition }) => partition);
}

export function isReached(ring: Ring, goal: Goal): boolean {
  return ring.moves.size === 0 && partitionsToMove(ring, goal).length === 0;
}

/** All that keep a partition now, are about to, or have data of one that they should drop. */
export function holdersOf(ring: Ring, goal: Goal | undefined): ReadonlySet<NodeId> {
  const holders = new Set(ring.replicas.flat());
  for (const { from, to } of ring.moves.values()) {
    for (const node of [...from, ...to]) holders.add(node);
  }
  for (const list of goal?.replicas ?? []) for (const node of list) holders.add(node);
  return holders;
}

export function moving(partition: number): QuorateError {
  const detail = `partition ${partition} is moving to other nodes; wait until it has settled`;
  return new QuorateError('partition_moving', detail);
}

interface Changed {
  readonly list: List;
  readonly move: Move | undefined;
  /** See `Ring.listEpochs`. */
  readonly listEpoch: number;
}

function surroundingsOf(ring: Ring, dead: ReadonlySet<NodeId>): Surroundings {
  const zones = new Map(ring.members.map((member) => [member.id, zoneKey(member)]));
  return { dead, zoneOf: (node) => zones.get(node) };
}

/** Throws `stale_epoch` where the partition is not as it was meant, or named twice. */
function listAt(
  ring: Ring,
  { partition, epoch }: PartitionAt,
  changed: ReadonlyMap<number, unknown>,
): List {
  const present = ring.partitionEpochs[partition];
  if (present !== epoch || changed.has(partition)) {
    const detail = `partition ${partition} is at epoch ${present}, not ${epoch}`;
    throw new QuorateError('stale_epoch', detail);
  }
  const list = ring.replicas[partition];
  invariant(list !== undefined, `no partition ${partition}`);
  return list;
}

function withPartitions(ring: Ring, changed: ReadonlyMap<number, Changed>, epoch: number): Ring {
  if (changed.size === 0) return ring;
  const replicas = [...ring.replicas];
  const partitionEpochs = [...ring.partitionEpochs];
  const listEpochs = [...ring.listEpochs];
  const moves = new Map(ring.moves);
  for (const [partition, { list, move, listEpoch }] of changed) {
    replicas[partition] = list;
    partitionEpochs[partition] = epoch;
    listEpochs[partition] = listEpoch;
    if (move === undefined) moves.delete(partition);
    else moves.set(partition, move);
  }
  return { ...ring, epoch, replicas, partitionEpochs, listEpochs, moves };
}
