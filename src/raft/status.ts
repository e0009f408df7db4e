/** What an operator may want to know of a member: plain data, a copy. */

import { isVoter } from './configuration.ts';
import type { Core } from './core.ts';
import type { Configuration, MemberNo } from './entry.ts';
import type { ProgressState } from './progress.ts';

export type RoleName = 'follower' | 'pre_candidate' | 'candidate' | 'leader';

export interface MemberStatus {
  readonly member: MemberNo;
  readonly role: 'voter' | 'learner';
  readonly match: number;
  readonly next: number;
  readonly state: ProgressState;
  /** Appends that were not answered yet. */
  readonly inflight: number;
  /** Since the leader last heard of it. */
  readonly silentTicks: number;
}

export interface RaftStatus {
  readonly self: MemberNo;
  readonly role: RoleName;
  readonly term: number;
  readonly vote: MemberNo;
  readonly leader: MemberNo;
  readonly commit: number;
  readonly applied: number;
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
  readonly snapshotIndex: number;
  readonly configuration: Configuration;
  readonly transferTarget: MemberNo | undefined;
  readonly uncommittedBytes: number;
  /** Empty unless this member leads. */
  readonly members: readonly MemberStatus[];
}

export function statusOf(core: Core): RaftStatus {
  const { log, role, options } = core;
  const leadership = role.name === 'leader' ? role : undefined;
  return {
    self: options.self,
    role: role.name,
    term: core.term,
    vote: core.vote,
    leader: core.leader,
    commit: log.commit,
    applied: core.applied,
    firstIndex: log.firstIndex,
    lastIndex: log.lastIndex,
    lastTerm: log.lastTerm,
    snapshotIndex: log.snapshot.index,
    configuration: core.configurations.latest,
    transferTarget: leadership?.transfer?.target,
    uncommittedBytes: leadership?.uncommittedBytes ?? 0,
    members: membersStatus(core),
  };
}

function membersStatus(core: Core): readonly MemberStatus[] {
  const { role, configurations, options } = core;
  if (role.name !== 'leader') return [];
  return [...role.progress].map(([member, progress]) => ({
    member,
    role: isVoter(configurations.latest, member) ? 'voter' : 'learner',
    match: progress.match,
    next: member === options.self ? core.log.lastIndex + 1 : progress.next,
    state: member === options.self ? 'replicate' : progress.state,
    inflight: progress.inFlight,
    silentTicks: member === options.self ? 0 : progress.silentTicks,
  }));
}
