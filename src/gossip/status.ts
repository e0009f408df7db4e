/** What an operator may want to know: plain data, a copy. */

import type { ClockOffset } from './clock-offsets.ts';
import type { Core, Counters } from './core.ts';
import { type LeaveState, leaveState } from './dissemination.ts';
import type { MemberView } from './effects.ts';
import { viewOf } from './member.ts';
import type { MemberNo } from './message.ts';

export interface MemberStatus extends MemberView {
  /** How long it has stood so. */
  readonly forMs: number;
  /** Of a suspect. */
  readonly accusers: readonly MemberNo[];
  /** Until a suspect is dead, unless it refutes. */
  readonly deadInMs: number | undefined;
}

export interface GossipStatus {
  readonly self: MemberNo;
  /** 0 until the first one is on disk. */
  readonly incarnation: number;
  /** 0 is well. */
  readonly awareness: number;
  /** Members that are not dead, this one among them. */
  readonly reachable: number;
  readonly leave: LeaveState;
  readonly newsQueued: number;
  readonly probesUnderWay: number;
  readonly relaysUnderWay: number;
  readonly counters: Counters;
  readonly clockOffsets: readonly ClockOffset[];
  /** Rising by number, without this one. */
  readonly members: readonly MemberStatus[];
}

export function statusOf(core: Core): GossipStatus {
  const { members, options, self } = core;
  return {
    self: options.self,
    incarnation: self.incarnation,
    awareness: core.awareness.score,
    reachable: members.reachable,
    leave: leaveState(core),
    newsQueued: core.news.size,
    probesUnderWay: core.probes.size,
    relaysUnderWay: core.relays.size,
    counters: { ...core.counters },
    clockOffsets: core.clocks.best(),
    members: membersStatus(core),
  };
}

function membersStatus(core: Core): readonly MemberStatus[] {
  const { nowMs } = core.time;
  return [...core.members.all()]
    .sort((a, b) => a.no - b.no)
    .map((member) => ({
      ...viewOf(member),
      forMs: nowMs - member.sinceMs,
      accusers: member.suspicion?.accusers ?? [],
      deadInMs: member.suspicion === undefined ? undefined : member.suspicion.endsAtMs - nowMs,
    }));
}
