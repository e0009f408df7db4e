/**
 * Majorities, of a configuration that may be joint.
 *
 * A joint configuration is nothing but two majorities that must both agree (Raft, section 6;
 * thesis, section 4.3). Whatever a quorum decides here (a commit index, an election, a read
 * round, whether the leader is still heard) comes down to the functions of this file.
 */

import type { Configuration, MemberNo } from './entry.ts';

/** How many of so many members are a majority. */
export function majority(count: number): number {
  return Math.floor(count / 2) + 1;
}

/**
 * The highest value that a majority has reached: with the values in falling order, the one at
 * the place that completes the majority. [9, 7, 5, 2] has 5: three of the four are there.
 * No members at all hold nothing up.
 */
function reachedByMajority(
  members: readonly MemberNo[],
  amountOf: (member: MemberNo) => number,
): number {
  if (members.length === 0) return Number.POSITIVE_INFINITY;
  const falling = members.map(amountOf).sort((a, b) => b - a);
  return falling[majority(members.length) - 1] ?? 0;
}

/** The highest value that both majorities have reached. */
export function reachedByQuorum(
  configuration: Configuration,
  amountOf: (member: MemberNo) => number,
): number {
  return Math.min(
    reachedByMajority(configuration.voters, amountOf),
    reachedByMajority(configuration.outgoing, amountOf),
  );
}

/** Whether both majorities hold. */
export function isQuorum(
  configuration: Configuration,
  holds: (member: MemberNo) => boolean,
): boolean {
  return reachedByQuorum(configuration, (member) => (holds(member) ? 1 : 0)) >= 1;
}

export type VoteOutcome = 'won' | 'lost' | 'open';

function majorityOutcome(
  members: readonly MemberNo[],
  votes: ReadonlyMap<MemberNo, boolean>,
): VoteOutcome {
  if (members.length === 0) return 'won';
  let granted = 0;
  let refused = 0;
  for (const member of members) {
    const vote = votes.get(member);
    if (vote === true) granted++;
    if (vote === false) refused++;
  }
  if (granted >= majority(members.length)) return 'won';
  return members.length - refused < majority(members.length) ? 'lost' : 'open';
}

/** Lost as soon as one of the majorities cannot be had any more. */
export function voteOutcome(
  configuration: Configuration,
  votes: ReadonlyMap<MemberNo, boolean>,
): VoteOutcome {
  const outcomes = [
    majorityOutcome(configuration.voters, votes),
    majorityOutcome(configuration.outgoing, votes),
  ];
  if (outcomes.includes('lost')) return 'lost';
  return outcomes.includes('open') ? 'open' : 'won';
}
