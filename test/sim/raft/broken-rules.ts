/** Rules of Raft, and how to break each: the checks of the simulator must notice. */

import type { Mutation } from './broken-copy.ts';
import { HONEST, type Lies } from './sim-disk.ts';

export interface BrokenDisk {
  readonly rule: string;
  readonly lies: Lies;
}

export interface BrokenRule {
  readonly rule: string;
  readonly mutation: Mutation;
  /** Where to look: all groups read by leases. */
  readonly leases?: boolean;
  /** For what takes many seeds: one not far before the first that showed it. */
  readonly firstSeed?: number;
}

const mutate = (rule: string, file: string, text: string, becomes: string): BrokenRule => ({
  rule,
  mutation: { file, text, becomes },
});

const startingAt = (firstSeed: number, broken: BrokenRule): BrokenRule => ({
  ...broken,
  firstSeed,
});

const withLeases = (firstSeed: number, broken: BrokenRule): BrokenRule => ({
  ...broken,
  leases: true,
  firstSeed,
});

export const BROKEN_DISKS: readonly BrokenDisk[] = [
  {
    rule: 'a vote outlives a restart',
    lies: { ...HONEST, forgetsVotes: true },
  },
  {
    rule: 'what is acknowledged is on disk',
    lies: { ...HONEST, acknowledgesEarly: true },
  },
];

export const BROKEN_RULES: readonly BrokenRule[] = [
  mutate(
    'entries of earlier terms are not committed by counting (5.4.2, figure 8)',
    'leadership.ts',
    ' || log.termAt(reached) !== core.term',
    '',
  ),
  startingAt(
    480,
    mutate(
      'other voters come by way of a joint configuration (6)',
      'configuration.ts',
      'sameMembers(voters, current.voters) ? [] : current.voters',
      '([] as MemberNo[])',
    ),
  ),
  startingAt(
    70,
    mutate(
      'a joint configuration needs both majorities (6)',
      'quorum.ts',
      'reachedByMajority(configuration.outgoing, amountOf)',
      'Number.POSITIVE_INFINITY',
    ),
  ),
  startingAt(
    1880,
    mutate(
      'an election in a joint configuration needs both majorities (6)',
      'quorum.ts',
      'majorityOutcome(configuration.outgoing, votes)',
      "'won' as VoteOutcome",
    ),
  ),
  startingAt(
    60,
    mutate(
      'a truncation takes a configuration back (6)',
      'core.ts',
      'core.configurations.truncate(first.index);',
      '',
    ),
  ),
  startingAt(
    170,
    mutate(
      'a removed voter may still be needed (thesis, 4.2.2)',
      'core.ts',
      'configurations.hasVoterSince(log.commit, options.self)',
      'configurations.hasVoterSince(log.lastIndex, options.self)',
    ),
  ),
  mutate(
    'one vote in a term (5.2)',
    'elections.ts',
    'core.vote === from || isFree || isAhead',
    'true || isFree || isAhead',
  ),
  mutate(
    'a vote only for a log that is as good (5.4.1)',
    'elections.ts',
    '!core.log.isUpToDate(request.lastIndex, request.lastTerm)',
    'request.lastTerm < 0',
  ),
  mutate(
    'a vote is on disk before it is told (5.2)',
    'elections.ts',
    "core.outbox.afterWrites(from, { type: 'vote_reply'",
    "core.outbox.atOnce(from, { type: 'vote_reply'",
  ),
  mutate(
    'a candidate asks when its own vote is on disk (5.2)',
    'elections.ts',
    'core.outbox.afterWrites(member, request)',
    'core.outbox.atOnce(member, request)',
  ),
  mutate(
    'an entry is on disk before it is accepted (5.3)',
    'following.ts',
    'core.outbox.afterWrites(to, message)',
    'core.outbox.atOnce(to, message)',
  ),
  mutate(
    'a log is truncated only on conflict (5.3)',
    'following.ts',
    'log.missingOf(entries)',
    'entries',
  ),
  mutate(
    'an append must follow what the log has (5.3)',
    'following.ts',
    'log.termAt(prevIndex) !== prevTerm',
    'prevIndex > log.lastIndex',
  ),
  mutate(
    'a heartbeat commits only what the member is known to have (5.3)',
    'sending.ts',
    'Math.min(match, core.log.commit)',
    'core.log.commit',
  ),
  mutate(
    'a new leader reads only when it has committed in its term (thesis, 6.4)',
    'reads.ts',
    'if (hasCommittedInTerm(core))',
    'if (true)',
  ),
  withLeases(
    30,
    mutate(
      'a read waits for a round of heartbeats (thesis, 6.4)',
      'reads.ts',
      'reads.confirm(confirmed)',
      'reads.confirm(Math.max(confirmed, reads.round))',
    ),
  ),
  withLeases(
    3590,
    mutate(
      'a lease is shorter than the promise it relies on (thesis, 6.4.1)',
      'reads.ts',
      'return electionTicks - LEASE_MARGIN_TICKS',
      'return 4 * electionTicks - LEASE_MARGIN_TICKS',
    ),
  ),
  withLeases(
    7860,
    mutate(
      'the promise to a leader outlives a restart (thesis, 6.4.1)',
      'core.ts',
      'options.leaseReads ? 0 : options.electionTicks',
      'options.electionTicks',
    ),
  ),
  withLeases(
    60,
    mutate(
      'no lease after a transfer was asked for (thesis, 6.4.1)',
      'transfer.ts',
      'leadership.mayLease = false;',
      '',
    ),
  ),
  mutate(
    'a member tells others only what is committed (protocols.md, 6)',
    'committed.ts',
    'log.slice(prevIndex + 1, applied,',
    'log.slice(prevIndex + 1, log.lastIndex,',
  ),
  startingAt(
    350,
    mutate(
      'what is told as committed must follow what is committed here (protocols.md, 6)',
      'committed.ts',
      'prevIndex > log.commit',
      'prevIndex > log.lastIndex',
    ),
  ),
  startingAt(
    150,
    mutate(
      'who is told what is committed goes over to the term of that (protocols.md, 6)',
      'dispatch.ts',
      "message.type === 'pre_vote' || message.type === 'committed_request'",
      "message.type === 'pre_vote' || message.type.startsWith('committed')",
    ),
  ),
  startingAt(
    460,
    mutate(
      'a member in a later term tells a leader that is behind',
      'dispatch.ts',
      "core.outbox.afterTerm(from, { type: 'heartbeat_reply', term: core.term, round: 0 });",
      '',
    ),
  ),
];
