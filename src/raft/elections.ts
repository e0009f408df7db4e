/**
 * Elections: who asks for votes, who grants them, and when they are counted (Raft, sections
 * 5.2 and 5.4.1; thesis, section 9.6 for the pre-vote).
 *
 * Invariants: one vote in a term, on disk before it is told or counted, and only for a log
 * that is at least as good as the voter's.
 */

import { invariant } from '../kernel/invariant.ts';
import { votersOf } from './configuration.ts';
import { type Core, mayCampaign, restartTimer } from './core.ts';
import { type MemberNo, NOBODY } from './entry.ts';
import { becomeLeader } from './leadership.ts';
import type { VoteReply, VoteRequest } from './message.ts';
import { voteOutcome } from './quorum.ts';
import { becomeCandidate, becomeFollower, becomePreCandidate } from './roles.ts';

/** Time passed for a member that does not lead. */
export function tickFollower(core: Core): void {
  core.idleTicks++;
  core.silentTicks++;
  if (core.idleTicks >= core.timeoutTicks && mayCampaign(core)) beginPreVote(core);
}

/** Finds out whether an election would be won, so that one that would not disturbs nobody. */
export function beginPreVote(core: Core): void {
  becomePreCandidate(core);
  askForVotes(core, 'pre_vote', false);
  countVotes(core);
}

/** @param transfer the leader wants it so: others need not wait until they miss the leader */
export function beginElection(core: Core, transfer: boolean): void {
  becomeCandidate(core);
  askForVotes(core, 'vote', transfer);
}

function askForVotes(core: Core, type: VoteRequest['type'], transfer: boolean): void {
  const { index: lastIndex, term: lastTerm } = core.log.last;
  const term = type === 'pre_vote' ? core.term + 1 : core.term;
  for (const member of votersOf(core.configurations.latest)) {
    if (member === core.options.self) continue;
    const request: VoteRequest = { type, term, lastIndex, lastTerm, transfer };
    if (type === 'pre_vote') core.outbox.afterTerm(member, request);
    // After all writes: a candidate that forgot its term, or entries that it had boasted of,
    // might run again in the same term, and votes for the first attempt would count for it.
    else core.outbox.afterWrites(member, request);
  }
}

/** The request is of the present term, or a pre-vote about a later one. */
export function handleVoteRequest(core: Core, from: MemberNo, request: VoteRequest): void {
  const isFree = core.vote === NOBODY && core.leader === NOBODY;
  const isAhead = request.type === 'pre_vote' && request.term > core.term;
  const mayGrant = core.vote === from || isFree || isAhead;
  if (!mayGrant || !core.log.isUpToDate(request.lastIndex, request.lastTerm)) {
    rejectVote(core, from, request);
    return;
  }
  // Whether this member has a vote by the configuration that it knows is not asked: it may not
  // have learnt yet that it has one, and without it there might be no leader to tell it.
  if (request.type === 'pre_vote') {
    core.outbox.afterTerm(from, { type: 'pre_vote_reply', term: request.term, granted: true });
    return;
  }
  core.vote = from;
  restartTimer(core);
  core.outbox.afterWrites(from, { type: 'vote_reply', term: core.term, granted: true });
}

/** Bears the term of this member, from which a candidate that is behind learns it. */
export function rejectVote(core: Core, from: MemberNo, request: VoteRequest): void {
  const type = request.type === 'vote' ? 'vote_reply' : 'pre_vote_reply';
  core.outbox.afterTerm(from, { type, term: core.term, granted: false });
}

/** A grant of a pre-vote bears the term that was asked about, all else the present one. */
export function handleVoteReply(core: Core, from: MemberNo, reply: VoteReply): void {
  const isPreVote = reply.type === 'pre_vote_reply';
  if (core.role.name !== (isPreVote ? 'pre_candidate' : 'candidate')) return;
  if (reply.term !== (isPreVote && reply.granted ? core.term + 1 : core.term)) return;
  if (!core.role.votes.has(from)) core.role.votes.set(from, reply.granted);
  countVotes(core);
}

/** A write of the present term is on disk, and with it the vote of a candidate for itself. */
export function countOwnVote(core: Core): void {
  if (core.role.name !== 'candidate' || core.role.votes.has(core.options.self)) return;
  invariant(core.vote === core.options.self, 'a candidate votes for itself');
  core.role.votes.set(core.options.self, true);
  countVotes(core);
}

function countVotes(core: Core): void {
  if (core.role.name !== 'pre_candidate' && core.role.name !== 'candidate') return;
  const outcome = voteOutcome(core.configurations.latest, core.role.votes);
  if (outcome === 'lost') becomeFollower(core, core.term, NOBODY);
  if (outcome !== 'won') return;
  if (core.role.name === 'pre_candidate') beginElection(core, false);
  else becomeLeader(core);
}
