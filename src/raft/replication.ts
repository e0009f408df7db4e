/**
 * A leader hears of its members: answers to appends and heartbeats, and silence (Raft, section
 * 5.3; thesis, sections 6.2 and 6.4).
 */

import { invariant } from '../kernel/invariant.ts';
import type { Core, Leadership } from './core.ts';
import { type MemberNo, NOBODY } from './entry.ts';
import { advanceCommit } from './leadership.ts';
import type { AppendAccepted, AppendRejected, HeartbeatReply } from './message.ts';
import { isQuorum } from './quorum.ts';
import { settleReads, tickReads } from './reads.ts';
import { becomeFollower } from './roles.ts';
import { continueTransfer, tickTransfer } from './transfer.ts';

/** Time passed for a leader. */
export function tickLeader(core: Core, leadership: Leadership): void {
  for (const progress of leadership.progress.values()) progress.silentTicks++;
  if (!isHeardByQuorum(core, leadership)) {
    // Others may have elected somebody else, and clients should look for them.
    becomeFollower(core, core.term, NOBODY);
    return;
  }
  tickReads(core, leadership);
  tickTransfer(core, leadership);
  leadership.ticksToBeat--;
  if (leadership.ticksToBeat > 0) return;
  leadership.ticksToBeat = core.options.heartbeatTicks;
  leadership.beatDue = true;
}

function isHeardByQuorum(core: Core, leadership: Leadership): boolean {
  const { self, electionTicks } = core.options;
  return isQuorum(core.configurations.latest, (member) => {
    const silentTicks = leadership.progress.get(member)?.silentTicks ?? electionTicks;
    return member === self || silentTicks < electionTicks;
  });
}

export function handleAccepted(
  core: Core,
  leadership: Leadership,
  from: MemberNo,
  reply: AppendAccepted,
): void {
  const progress = leadership.progress.get(from);
  if (progress === undefined) return;
  invariant(reply.matchIndex <= core.log.lastIndex, 'a member has no more than it was sent');
  progress.silentTicks = 0;
  const isNews = progress.accept(reply.matchIndex, core.log.firstSendable);
  if (isNews) advanceCommit(core, leadership);
  // The commit may have been that of a configuration without us.
  if (core.role === leadership) continueTransfer(core, leadership);
}

export function handleRejected(
  core: Core,
  leadership: Leadership,
  from: MemberNo,
  reply: AppendRejected,
): void {
  const progress = leadership.progress.get(from);
  if (progress === undefined) return;
  progress.silentTicks = 0;
  // The member's entries up to its hint are of the hint's term at most: where ours are of
  // later terms, the logs cannot agree.
  const { index } = core.log.lastAtMost(reply.hintIndex, reply.hintTerm);
  progress.reject(reply.prevIndex, index);
}

export function handleHeartbeatReply(
  core: Core,
  leadership: Leadership,
  from: MemberNo,
  reply: HeartbeatReply,
): void {
  const progress = leadership.progress.get(from);
  if (progress === undefined) return;
  progress.silentTicks = 0;
  progress.answeredHeartbeat(core.log.lastIndex);
  progress.confirmedRound = Math.max(progress.confirmedRound, reply.round);
  settleReads(core, leadership);
}
