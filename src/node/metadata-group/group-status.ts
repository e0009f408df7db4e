/** The metadata group as one node sees it, for people and for programs. */

import { QuorateError } from '../../kernel/errors.ts';
import type { NodeId } from '../../kernel/names.ts';
import type { MetadataGroup } from './metadata-group.ts';
import { TICK_MS } from './raft-runner.ts';

export interface GroupMemberStatus {
  readonly id: NodeId;
  readonly role: 'voter' | 'learner';
  /** How far its log is known to agree. */
  readonly matchIndex: number;
  /** Entries that it lacks. */
  readonly lag: number;
  readonly state: 'probe' | 'replicate' | 'snapshot';
  /** Since the leader last heard of it; 0 for the leader itself. */
  readonly silentMs: number;
}

export interface GroupStatus {
  /** The node that was asked. */
  readonly node: NodeId;
  readonly role: 'follower' | 'pre_candidate' | 'candidate' | 'leader';
  readonly term: number;
  readonly leader: NodeId | null;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  readonly lastIndex: number;
  /** Of the first entry that the log still has. */
  readonly firstIndex: number;
  readonly snapshotIndex: number;
  readonly voters: readonly NodeId[];
  readonly learners: readonly NodeId[];
  /** A change of voters is under way: majorities of these are needed too. */
  readonly outgoing: readonly NodeId[];
  /** Only the leader knows. */
  readonly members: readonly GroupMemberStatus[];
  readonly values: { readonly count: number; readonly bytes: number };
}

export function groupStatus(group: MetadataGroup): GroupStatus {
  const status = group.runner.raft.status();
  const { state } = group;
  if (state === undefined) {
    throw new QuorateError('ring_forming', 'this node has not received the state yet');
  }
  const nameOf = (member: number): NodeId => group.nameOf(member) ?? `member ${member}`;
  const { configuration, members, self } = status;
  return {
    node: nameOf(self),
    role: status.role,
    term: status.term,
    leader: group.leader ?? null,
    commitIndex: status.commit,
    appliedIndex: state.index,
    lastIndex: status.lastIndex,
    firstIndex: status.firstIndex,
    snapshotIndex: status.snapshotIndex,
    voters: configuration.voters.map(nameOf),
    learners: configuration.learners.map(nameOf),
    outgoing: configuration.outgoing.map(nameOf),
    members: members.map(({ member, role, match, state: progress, silentTicks }) => ({
      id: nameOf(member),
      role,
      matchIndex: match,
      lag: Math.max(0, status.lastIndex - match),
      state: progress,
      silentMs: member === self ? 0 : silentTicks * TICK_MS,
    })),
    values: { count: state.values.count, bytes: state.values.bytes },
  };
}
