/**
 * How a member changes its role, as far as no leader's work is concerned (Raft, figure 4).
 *
 * Whatever ends a leadership comes through `becomeFollower`, and what was waiting for it
 * (reads, a transfer) ends there with it.
 */

import { invariant } from '../kernel/invariant.ts';
import { type Core, restartTimer } from './core.ts';
import { type MemberNo, NOBODY } from './entry.ts';

/** Follows `leader`, or nobody yet, in the term, which is not before the present one. */
export function becomeFollower(core: Core, term: number, leader: MemberNo): void {
  invariant(term >= core.term, 'terms never fall');
  if (core.role.name === 'leader') core.readsLost.push(...core.role.reads.drain());
  if (term > core.term) {
    core.term = term;
    core.vote = NOBODY;
  }
  core.leader = leader;
  core.role = { name: 'follower' };
  restartTimer(core);
}

/** Asks whether it would win. Neither term nor vote change: it may never come to an election. */
export function becomePreCandidate(core: Core): Map<MemberNo, boolean> {
  invariant(core.role.name !== 'leader', 'a leader does not run');
  // The own vote binds to nothing yet, so it need not be on disk.
  const votes = new Map([[core.options.self, true]]);
  core.leader = NOBODY;
  core.role = { name: 'pre_candidate', votes };
  restartTimer(core);
  return votes;
}

/** Runs in a new term. The own vote counts when it is on disk (`countOwnVote`), not before. */
export function becomeCandidate(core: Core): void {
  invariant(core.role.name !== 'leader', 'a leader does not run');
  core.term++;
  core.vote = core.options.self;
  core.leader = NOBODY;
  core.role = { name: 'candidate', votes: new Map() };
  restartTimer(core);
}

/** A sign of life of the leader of the present term. */
export function followLeader(core: Core, leader: MemberNo): void {
  invariant(core.role.name !== 'leader', 'a term has one leader at most');
  if (core.role.name !== 'follower') becomeFollower(core, core.term, leader);
  invariant(core.leader === NOBODY || core.leader === leader, 'a term has one leader at most');
  core.leader = leader;
  core.silentTicks = 0;
  restartTimer(core);
}
