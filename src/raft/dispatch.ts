/**
 * What a message's term decides, before anyone looks at what it says (Raft, section 5.1).
 *
 * A later term makes everyone a follower, an earlier one is refused. Exceptions: while a
 * leader is heard, requests for votes are not even looked at (thesis, section 4.2.3), unless
 * the leader itself wants the election; a pre-vote changes no term; what is committed is asked
 * for and told in any term, and to ask changes none.
 */

import { answerCommitted, handleCommitted } from './committed.ts';
import { type Core, keepsToLeader, mayCampaign } from './core.ts';
import { beginElection, handleVoteReply, handleVoteRequest, rejectVote } from './elections.ts';
import { type MemberNo, NOBODY } from './entry.ts';
import { handleAppend, handleHeartbeat, handleSnapshot } from './following.ts';
import type { Message } from './message.ts';
import { handleAccepted, handleHeartbeatReply, handleRejected } from './replication.ts';
import { becomeFollower } from './roles.ts';

export function dispatch(core: Core, from: MemberNo, message: Message): void {
  if (message.term < core.term) {
    refuse(core, from, message);
    return;
  }
  if (message.term > core.term) {
    if (isDisturbance(core, message)) return;
    if (!bindsNobody(message)) becomeFollower(core, message.term, NOBODY);
  }
  handle(core, from, message);
}

function isDisturbance(core: Core, message: Message): boolean {
  const asksForVote = message.type === 'vote' || message.type === 'pre_vote';
  return asksForVote && !message.transfer && keepsToLeader(core);
}

/** Its term is one that nobody may be in yet, or that of somebody who only asks for entries. */
function bindsNobody(message: Message): boolean {
  if (message.type === 'pre_vote_reply') return message.granted;
  return message.type === 'pre_vote' || message.type === 'committed_request';
}

/**
 * Tells senders that act on an old term of the present one. Answers to old requests say nothing,
 * but for what is committed.
 */
function refuse(core: Core, from: MemberNo, message: Message): void {
  switch (message.type) {
    case 'vote':
    case 'pre_vote':
      rejectVote(core, from, message);
      return;
    case 'append':
    case 'heartbeat':
    case 'snapshot':
      // Without it a member that is in a later term than the leader of the others would stay
      // alone for ever: it ignores the leader, and its requests for votes are ignored. Round
      // 0 confirms nothing.
      core.outbox.afterTerm(from, { type: 'heartbeat_reply', term: core.term, round: 0 });
      return;
    case 'committed_request':
    case 'committed_entries':
      handle(core, from, message);
      return;
    default:
      return;
  }
}

function handle(core: Core, from: MemberNo, message: Message): void {
  const { role } = core;
  switch (message.type) {
    case 'vote':
    case 'pre_vote':
      handleVoteRequest(core, from, message);
      return;
    case 'vote_reply':
    case 'pre_vote_reply':
      handleVoteReply(core, from, message);
      return;
    case 'append':
      handleAppend(core, from, message);
      return;
    case 'heartbeat':
      handleHeartbeat(core, from, message);
      return;
    case 'snapshot':
      handleSnapshot(core, from, message);
      return;
    case 'append_accepted':
      if (role.name === 'leader') handleAccepted(core, role, from, message);
      return;
    case 'append_rejected':
      if (role.name === 'leader') handleRejected(core, role, from, message);
      return;
    case 'heartbeat_reply':
      if (role.name === 'leader') handleHeartbeatReply(core, role, from, message);
      return;
    case 'timeout_now':
      if (role.name === 'follower' && mayCampaign(core)) beginElection(core, true);
      return;
    case 'committed_request':
      answerCommitted(core, from, message);
      return;
    case 'committed_entries':
      handleCommitted(core, message);
      return;
  }
}
