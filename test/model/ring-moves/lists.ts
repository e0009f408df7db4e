/**
 * Who is written and who is asked in each stage of one move, as sets of nodes in bits. This is
 * the table of the protocol, for the one n of the bucket whose key is looked at.
 */

import { invariant } from '../../../src/kernel/invariant.ts';
import type { Rules } from './rules.ts';

/** `STABLE` is with the old list, `STABLE_NEW` with the new; `BACK` is the reverse move. */
export type Stage =
  | 'STABLE'
  | 'PREPARE'
  | 'WRITE_BOTH'
  | 'READ_NEW'
  | 'STABLE_NEW'
  | 'WRITE_BOTH_BACK';

/** A move of one partition; nodes are letters, L leaves and X is new. */
export interface Move {
  readonly from: string;
  readonly to: string;
  /** Of the bucket: it uses the first n of the list. */
  readonly n: number;
  /** The entries of the metadata log that change the partition, in the order of the log. */
  readonly plan: readonly Stage[];
  /** Who may be declared dead at any time. It goes on with what it knows, as a node cut off. */
  readonly dies?: string;
  /** Was declared dead before the move. */
  readonly isDeadAtFirst?: boolean;
}

export interface Quorum {
  readonly of: number;
  readonly count: number;
}

/** What an entry of the log asks of a request at its epoch. */
export interface Entry {
  readonly stage: Stage;
  readonly read: Quorum;
  readonly writes: readonly Quorum[];
  /** Whoever a write goes to. */
  readonly targets: number;
}

/** The sizes of quorums, each at most that of the list. */
export interface Levels {
  readonly r: number;
  readonly w: number;
}

export interface Lists {
  readonly nodes: string;
  readonly from: number;
  readonly to: number;
  /** X for this n: those in C´_n that were not in C_n. */
  readonly newcomers: number;
  /** The member of the whole list that goes, and the one that comes, or -1. */
  readonly leaver: number;
  readonly newcomer: number;
  readonly dying: number;
  readonly entries: readonly Entry[];
}

export function listsOf(move: Move, levels: Levels | 'majority', rules: Rules): Lists {
  const nodes = [...new Set(move.from + move.to)].sort().join('');
  const setOf = (list: string) =>
    [...list].reduce((set, one) => set | (1 << nodes.indexOf(one)), 0);
  const from = setOf(move.from.slice(0, move.n));
  const to = setOf(move.to.slice(0, move.n));
  const only = (list: string, other: string) =>
    nodes.indexOf([...list].find((one) => !other.includes(one)) ?? '?');
  const newcomer = only(move.to, move.from);
  // Without the rule a removal from the middle of the list looks as if nobody were new.
  const seesNewcomer = rules.prefixes || move.n >= move.from.length || newcomer >= 0;
  const isJoint = rules.jointWrite && seesNewcomer;
  const quorumOf = (set: number, level: 'r' | 'w'): Quorum => {
    const size = sizeOf(set);
    return {
      of: set,
      count: levels === 'majority' ? majority(size) : Math.min(levels[level], size),
    };
  };
  const entries = move.plan.map((stage): Entry => {
    const { read, writes } = setsOf(stage, from, to, isJoint, rules);
    const targets = writes.reduce((all, set) => all | set, 0);
    return {
      stage,
      read: quorumOf(read, 'r'),
      writes: writes.map((set) => quorumOf(set, 'w')),
      targets,
    };
  });
  return {
    nodes,
    from,
    to,
    newcomers: rules.prefixes ? to & ~from : to & ~setOf(move.from),
    leaver: only(move.from, move.to),
    newcomer,
    dying: setOf(move.dies ?? ''),
    entries,
  };
}

function setsOf(stage: Stage, from: number, to: number, isJoint: boolean, rules: Rules) {
  switch (stage) {
    case 'STABLE':
    case 'PREPARE':
      return { read: from, writes: [from] };
    case 'WRITE_BOTH':
      return {
        read: rules.emptyNewcomer ? from : from | to,
        writes: isJoint ? [from, to] : [from],
      };
    case 'WRITE_BOTH_BACK':
      return { read: from, writes: isJoint ? [from, to] : [from] };
    case 'READ_NEW':
      return { read: to, writes: isJoint ? [from, to] : [to] };
    case 'STABLE_NEW':
      return { read: to, writes: [to] };
  }
}

export function majority(size: number): number {
  return (size >> 1) + 1;
}

export function sizeOf(set: number): number {
  let size = 0;
  for (let rest = set; rest !== 0; rest &= rest - 1) size += 1;
  return size;
}

export function has(quorum: Quorum, answered: number): boolean {
  return sizeOf(quorum.of & answered) >= quorum.count;
}

export function hasAll(quorums: readonly Quorum[], answered: number): boolean {
  return quorums.every((quorum) => has(quorum, answered));
}

export function* membersOf(set: number): Generator<number> {
  for (let node = 0; 1 << node <= set; node++) if (set & (1 << node)) yield node;
}

/** That a plan is one of the protocol, so that no scenario proves something about another. */
export function checkPlan(plan: readonly Stage[]): void {
  const next: Readonly<Record<Stage, readonly Stage[]>> = {
    STABLE: ['PREPARE', 'WRITE_BOTH'],
    PREPARE: ['WRITE_BOTH', 'STABLE'],
    WRITE_BOTH: ['READ_NEW', 'STABLE'],
    READ_NEW: ['STABLE_NEW', 'WRITE_BOTH_BACK'],
    STABLE_NEW: [],
    WRITE_BOTH_BACK: ['STABLE'],
  };
  for (const [at, stage] of plan.entries()) {
    const after = plan[at + 1];
    invariant(after === undefined || next[stage].includes(after), `${stage} before ${after}`);
  }
}
