/** Pre-vote, check-quorum and stickiness: thesis, sections 4.2.3, 6.2 and 9.6. */

import { describe, expect, it } from 'vitest';
import type { Message } from '../../../src/raft/message.ts';
import { ELECTION_TICKS, founded, Group, Member, optionsFor, voters } from './group.ts';

const preVote = (term: number, lastIndex = 1): Message => ({
  type: 'pre_vote',
  term,
  lastIndex,
  lastTerm: 1,
  transfer: false,
});

describe('section 9.6: pre-vote', () => {
  it('a member that cannot win keeps its term', () => {
    const group = Group.of(3);
    group.isolate(1);
    group.tick(10 * ELECTION_TICKS, [1]);
    expect(group.at(1).status.term).toBe(1);
  });

  it('granting changes neither term nor vote', () => {
    const member = new Member(optionsFor(1), founded(voters(1, 2, 3)));
    member.raft.receive(2, preVote(2));
    member.turn();
    const { term, vote } = member.status;
    expect({ term, vote }).toEqual({ term: 1, vote: 0 });
  });

  it('granting one does not hinder granting another', () => {
    const member = new Member(optionsFor(1), founded(voters(1, 2, 3)));
    member.raft.receive(2, preVote(2));
    member.raft.receive(3, preVote(2));
    expect(member.turn().map(({ message }) => message)).toEqual([
      { type: 'pre_vote_reply', term: 2, granted: true },
      { type: 'pre_vote_reply', term: 2, granted: true },
    ]);
  });

  it('is refused to a log that is behind', () => {
    const group = Group.withLogs([[], [1], [1]]);
    group.elect(1);
    expect([group.at(1).status.term, group.leaders]).toEqual([1, []]);
  });

  it('a refusal from a later term makes a follower of that term', () => {
    const member = new Member(optionsFor(1), founded(voters(1, 2, 3)));
    member.raft.campaign();
    member.raft.receive(2, { type: 'pre_vote_reply', term: 6, granted: false });
    expect([member.status.role, member.status.term]).toEqual(['follower', 6]);
  });

  it('a grant for another term than the one asked about does not count', () => {
    const member = new Member(optionsFor(1), founded(voters(1, 2, 3)));
    member.raft.campaign();
    member.raft.receive(2, { type: 'pre_vote_reply', term: 5, granted: true });
    expect([member.status.role, member.status.term]).toEqual(['pre_candidate', 1]);
  });

  it('a split vote is resolved by the next attempt', () => {
    const group = Group.of(3);
    group.isolate(1);
    group.at(2).raft.campaign();
    group.at(3).raft.campaign();
    group.settle();
    const split = group.leaders;
    group.tick(ELECTION_TICKS + 1, [2]);
    expect([split, group.leaders]).toEqual([[], [2]]);
  });
});

describe('section 4.2.3: disruptive servers', () => {
  it.each(['vote', 'pre_vote'] as const)('a %s is not answered while a leader is heard', (type) => {
    const group = Group.of(3);
    group.elect(1);
    group.at(2).raft.receive(3, {
      type,
      term: 9,
      lastIndex: 99,
      lastTerm: 8,
      transfer: false,
    });
    expect([group.at(2).turn(), group.at(2).status.term]).toEqual([[], 2]);
  });

  it('it is when the leader has not been heard for an election timeout', () => {
    const group = Group.of(3);
    group.elect(1);
    group.at(2).tick(ELECTION_TICKS - 1);
    group.at(2).raft.receive(3, { ...preVote(3, 9), lastTerm: 2 } as Message);
    const early = group.at(2).turn().length;
    group.at(2).tick();
    group.at(2).turn();
    group.at(2).raft.receive(3, { ...preVote(3, 9), lastTerm: 2 } as Message);
    expect([early, group.at(2).turn().length]).toEqual([0, 1]);
  });

  it('a member that comes back does not disturb the leader', () => {
    const group = Group.of(3);
    group.elect(1);
    group.isolate(3);
    group.tick(5 * ELECTION_TICKS);
    group.heal();
    group.tick(2 * ELECTION_TICKS);
    expect([group.leaders, group.at(1).status.term]).toEqual([[1], 2]);
  });

  it('a member that is stuck in a later term is freed', () => {
    const group = Group.of(3);
    group.elect(1);
    group.isolate(3);
    group.at(3).raft.receive(2, { type: 'vote_reply', term: 9, granted: false });
    group.settle();
    group.heal();
    group.tick(3 * ELECTION_TICKS);
    const [leader = 0] = group.leaders;
    expect(group.at(3).status.leader).toBe(leader);
    expect(group.at(leader).status.term).toBeGreaterThan(9);
  });

  it('a removed member does not disturb', () => {
    const group = Group.of(3);
    group.elect(1);
    group.isolate(3);
    group.at(1).raft.proposeConfiguration({ voters: [1, 2], learners: [] });
    group.settle();
    group.heal();
    group.tick(5 * ELECTION_TICKS);
    expect([group.leaders, group.at(1).status.term]).toEqual([[1], 2]);
  });
});

describe('section 6.2: a leader that no quorum hears steps down', () => {
  it('within an election timeout', () => {
    const group = Group.of(3);
    group.elect(1);
    group.isolate(1);
    group.tick(ELECTION_TICKS);
    expect(group.at(1).status.role).toBe('follower');
  });

  it('not while a quorum answers', () => {
    const group = Group.of(5);
    group.elect(1);
    group.isolate(4);
    group.isolate(5);
    group.tick(3 * ELECTION_TICKS, [1, 2, 3]);
    expect(group.at(1).status.role).toBe('leader');
  });

  it('learners that answer are no quorum', () => {
    const recovered = founded({ ...voters(1, 2), learners: [3, 4] });
    const group = new Group([1, 2, 3, 4].map((no) => new Member(optionsFor(no), recovered)));
    group.elect(1);
    group.isolate(2);
    group.tick(ELECTION_TICKS, [1, 3, 4]);
    expect(group.at(1).status.role).toBe('follower');
  });
});
