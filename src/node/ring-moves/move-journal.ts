/**
 * Tells of the changes of the ring: in the log of the node that leads the metadata group, and as
 * numbers on every node.
 *
 * Every node follows what the metadata says, so that a new leader knows when the moves began
 * that it finds. What was copied is known to the leader alone, which asks for it.
 */

import type { NodeId } from '../../kernel/names.ts';
import type { NodeRecord } from '../../metadata/node-record.ts';
import { type Goal, partitionsToMove } from '../../metadata/ring-moves.ts';
import type { MetadataState } from '../../metadata/state.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { StagedChange } from '../../ring/changes.ts';
import type { Move } from '../../ring/move.ts';
import type { Ring } from '../../ring/ring.ts';
import { type MoveMetrics, makeMoveMetrics } from './move-metrics.ts';
import type { Copied } from './move-steps.ts';

export interface MoveJournalPorts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

interface Seen {
  readonly ring: Ring | undefined;
  readonly goal: Goal | undefined;
  readonly staged: readonly StagedChange[];
  readonly nodes: readonly NodeRecord[];
  readonly planEpoch: number;
}

interface Followed {
  readonly move: Move;
  /** In `clock.now()`; undefined: before this node knew of it. */
  readonly beganAt: number | undefined;
  copied: Copied | undefined;
}

/** From one commit to the time when every partition is where it should be. */
interface Change {
  readonly beganAt: number | undefined;
  moves: number;
  /** Undefined: of some of the moves it is not known here. */
  copied: Copied | undefined;
}

const MEASURE_EVERY_MS = 500;

const NOTHING: Copied = { keys: 0, bytes: 0 };

export class MoveJournal {
  readonly #ports: MoveJournalPorts;
  readonly #metrics: MoveMetrics;
  /** By partition. */
  readonly #moves = new Map<number, Followed>();
  #change: Change | undefined;
  #seen: Seen | undefined;
  #isLeader = false;
  #stopped = false;

  constructor(ports: MoveJournalPorts) {
    this.#ports = ports;
    this.#metrics = makeMoveMetrics(ports.metrics);
  }

  /** The state has changed. */
  follow(state: MetadataState, isLeader: boolean): void {
    this.#isLeader = isLeader;
    const before = this.#seen;
    const now = seenOf(state);
    if (before !== undefined && isSame(before, now)) return;
    this.#seen = now;
    if (before === undefined) this.#takeUp(now);
    else {
      this.#followGoal(before, now);
      this.#followMoves(now.ring);
      this.#followEnd(now);
      this.#followNodes(before, now);
    }
  }

  /** The leader has heard so. */
  copied({ partition, session }: Move, copied: Copied): void {
    const followed = this.#moves.get(partition);
    if (followed?.move.session === session) followed.copied = copied;
  }

  /** `waiting`: how many moves do not go on, as far as this node knows. */
  start(waiting: () => number): void {
    if (this.#stopped) return;
    const { ring, goal } = this.#seen ?? {};
    const isUnderWay = ring !== undefined && goal !== undefined;
    this.#metrics.moves.set(ring?.moves.size ?? 0);
    this.#metrics.movesLeft.set(isUnderWay ? partitionsToMove(ring, goal).length : 0);
    this.#metrics.movesWaiting.set(waiting());
    this.#ports.clock.setTimer(MEASURE_EVERY_MS, () => this.start(waiting));
  }

  stop(): void {
    this.#stopped = true;
  }

  #takeUp({ ring, goal }: Seen): void {
    for (const move of ring?.moves.values() ?? []) {
      this.#moves.set(move.partition, { move, beganAt: undefined, copied: undefined });
    }
    if (goal === undefined && this.#moves.size === 0) return;
    this.#change = { beganAt: undefined, moves: 0, copied: undefined };
  }

  #followGoal(before: Seen, now: Seen): void {
    const { goal, ring } = now;
    const beganAt = this.#ports.clock.now();
    if (isCommitted(before, now)) {
      const { staged: changes } = before;
      const partitions =
        goal === undefined || ring === undefined ? 0 : partitionsToMove(ring, goal).length;
      this.#tell('change of the ring committed', { changes, partitions });
      this.#change ??= { beganAt, moves: 0, copied: NOTHING };
    } else if (before.goal !== undefined && goal === undefined && isReplanned(before, now)) {
      this.#tell('change of the ring given up', { movesToEnd: ring?.moves.size ?? 0 });
    }
  }

  #followMoves(ring: Ring | undefined): void {
    const { clock } = this.#ports;
    for (const [partition, followed] of this.#moves) {
      const present = ring?.moves.get(partition);
      if (present?.session === followed.move.session) continue;
      this.#moves.delete(partition);
      const isTurned = present !== undefined && isReverse(present, followed.move);
      const list = isTurned ? followed.move.from : (present?.from ?? ring?.replicas[partition]);
      this.#end(followed, list ?? []);
    }
    for (const move of ring?.moves.values() ?? []) {
      if (this.#moves.has(move.partition)) continue;
      const { partition, session, from, to } = move;
      this.#moves.set(partition, { move, beganAt: clock.now(), copied: undefined });
      this.#change ??= { beganAt: clock.now(), moves: 0, copied: NOTHING };
      this.#tell('move begun', { partition, session, from, to });
    }
  }

  #end({ move, beganAt, copied }: Followed, list: readonly NodeId[]): void {
    const { partition, session, from, to } = move;
    const told = { partition, session, from, to, ...copied, seconds: this.#secondsSince(beganAt) };
    if (list.join() !== to.join()) {
      this.#tell('move given up', told);
      return;
    }
    this.#metrics.movesFinished.add();
    this.#tell('move finished', told);
    const change = this.#change;
    if (change === undefined) return;
    change.moves++;
    change.copied = sumOf(change.copied, copied);
  }

  #followEnd({ ring, goal }: Seen): void {
    if (goal !== undefined || ring === undefined || ring.moves.size > 0) return;
    if (this.#change === undefined) return;
    const { moves, copied, beganAt } = this.#change;
    this.#change = undefined;
    this.#tell('ring settled', { moves, ...copied, seconds: this.#secondsSince(beganAt) });
  }

  #followNodes(before: Seen, now: Seen): void {
    if (before.nodes === now.nodes && before.ring?.members === now.ring?.members) return;
    const members = new Set(now.ring?.members.map(({ id }) => id));
    const were = new Map(before.nodes.map(({ name, status }) => [name, status]));
    const wereMembers = new Set(before.ring?.members.map(({ id }) => id));
    for (const { name, status } of now.nodes) {
      const hasLeft = status === 'left' && were.get(name) !== 'left';
      const isOut = status === 'dead' && wereMembers.has(name) && !members.has(name);
      if (hasLeft || isOut) this.#tell('node retired', { name, status });
    }
  }

  #secondsSince(beganAt: number | undefined): number | undefined {
    if (beganAt === undefined) return undefined;
    return Math.round(this.#ports.clock.now() - beganAt) / 1_000;
  }

  #tell(event: string, fields: Readonly<Record<string, unknown>>): void {
    if (this.#isLeader) this.#ports.logger.info(event, fields);
  }
}

function seenOf(state: MetadataState): Seen {
  return {
    ring: state.ring(),
    goal: state.goal(),
    staged: state.staged(),
    nodes: state.nodes(),
    planEpoch: state.planEpoch,
  };
}

function isSame(one: Seen, other: Seen): boolean {
  return (Object.keys(one) as (keyof Seen)[]).every((name) => one[name] === other[name]);
}

function isReverse(one: Move, other: Move): boolean {
  return one.from.join() === other.to.join() && one.to.join() === other.from.join();
}

function isReplanned(before: Seen, now: Seen): boolean {
  return before.planEpoch !== now.planEpoch;
}

/** There is another goal, or what was staged is gone and the ring is that of the same entry. */
function isCommitted(before: Seen, now: Seen): boolean {
  if (now.goal !== undefined && now.goal.index !== before.goal?.index) return true;
  const isUnstaged = before.staged.length > 0 && now.staged.length === 0;
  return isUnstaged && isReplanned(before, now) && now.ring?.epoch === now.planEpoch;
}

function sumOf(one: Copied | undefined, other: Copied | undefined): Copied | undefined {
  if (one === undefined || other === undefined) return undefined;
  return { keys: one.keys + other.keys, bytes: one.bytes + other.bytes };
}
