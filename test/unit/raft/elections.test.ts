/** Elections: Raft, sections 5.1, 5.2 and 5.4.1. */

import { describe, expect, it } from 'vitest';
import { NOBODY } from '../../../src/raft/entry.ts';
import type { Message } from '../../../src/raft/message.ts';
import {
  BLANK,
  ELECTION_TICKS,
  founded,
  Group,
  logOf,
  Member,
  optionsFor,
  voters,
} from './group.ts';

const follower = (terms: number[] = []) =>
  new Member(optionsFor(1), founded(voters(1, 2, 3), logOf(...terms)));

/** Runs with the consent of 2, but without any vote yet. */
function candidate(): Member {
  const member = follower();
  member.raft.campaign();
  member.turn();
  member.raft.receive(2, { type: 'pre_vote_reply', term: 2, granted: true });
  member.turn();
  return member;
}

const heartbeat = (term: number): Message => ({ type: 'heartbeat', term, commit: 0, round: 1 });
const vote = (term: number, lastIndex = 1, lastTerm = 1): Message => ({
  type: 'vote',
  term,
  lastIndex,
  lastTerm,
  transfer: false,
});

describe('section 5.1: terms', () => {
  it('a member starts as a follower', () => {
    expect(follower().status.role).toBe('follower');
  });

  it.each(['follower', 'candidate', 'leader'] as const)('a %s takes over a later term', (role) => {
    const group = Group.of(3);
    if (role !== 'follower') group.at(1).raft.campaign();
    if (role === 'leader') group.settle();
    group.at(1).raft.receive(2, heartbeat(7));
    const { term, role: now, leader } = group.at(1).status;
    expect({ term, now, leader }).toEqual({ term: 7, now: 'follower', leader: 2 });
  });

  it('a message of an earlier term is answered with the present one, and not heeded', () => {
    const member = follower([3]);
    member.raft.receive(2, heartbeat(2));
    const [reply] = member.turn();
    expect([reply?.message.term, member.status.leader]).toEqual([3, NOBODY]);
  });

  it('a request for a vote of an earlier term is rejected with the present one', () => {
    const member = follower([3]);
    member.raft.receive(2, vote(2, 9, 2));
    expect(member.turn()[0]?.message).toEqual({ type: 'vote_reply', term: 3, granted: false });
  });
});

describe('section 5.2: leader election', () => {
  it('a leader beats at every heartbeat interval', () => {
    const group = Group.of(3);
    group.elect(1);
    group.at(1).tick();
    const beats = group
      .at(1)
      .turn()
      .filter(({ message }) => message.type === 'heartbeat');
    expect(beats.map(({ to }) => to)).toEqual([2, 3]);
  });

  it('a follower that hears nothing runs', () => {
    const group = Group.of(3);
    group.tick(ELECTION_TICKS, [1]);
    expect(group.leaders).toEqual([1]);
  });

  it('a follower that hears a leader does not', () => {
    const group = Group.of(3);
    group.elect(1);
    group.tick(5 * ELECTION_TICKS);
    expect([group.leaders, group.at(1).status.term]).toEqual([[1], 2]);
  });

  it('timeouts are drawn from one to two election timeouts', () => {
    const timeouts = [0, 0.5, 0.999].map((drawn) => {
      const options = optionsFor(1, { random: () => drawn });
      const member = new Member(options, founded(voters(1, 2, 3)));
      let ticks = 0;
      while (member.status.role === 'follower') {
        member.tick();
        ticks++;
      }
      return ticks;
    });
    expect(timeouts).toEqual([10, 15, 19]);
  });

  it('timeouts are drawn anew for each attempt', () => {
    const drawn = [0, 0.5, 0.3];
    let draws = 0;
    const random = () => drawn[draws++ % drawn.length] ?? 0;
    const member = new Member(optionsFor(1, { random }), founded(voters(1, 2, 3)));
    member.tick(ELECTION_TICKS);
    const before = member.turn().length;
    member.tick(ELECTION_TICKS);
    expect([before, member.turn().length]).toEqual([2, 0]);
  });

  it.each([
    [1, 0, true],
    [3, 1, true],
    [3, 0, false],
    [5, 2, true],
    [5, 1, false],
  ])('of %i voters %i others must grant: elected %s', (count, granting, elected) => {
    const group = Group.of(count);
    group.drops = (message, from) => message.type === 'vote_reply' && from > granting + 1;
    group.elect(1);
    expect(group.leaders).toEqual(elected ? [1] : []);
  });

  it('a candidate that a majority refuses becomes a follower', () => {
    const member = candidate();
    member.raft.receive(2, { type: 'vote_reply', term: 2, granted: false });
    member.raft.receive(3, { type: 'vote_reply', term: 2, granted: false });
    expect(member.status.role).toBe('follower');
  });

  it('a candidate that hears nothing asks again', () => {
    const member = candidate();
    member.tick(ELECTION_TICKS);
    expect(member.status.role).toBe('pre_candidate');
  });

  it('a candidate yields to a leader of its term', () => {
    const member = candidate();
    member.raft.receive(3, heartbeat(2));
    expect([member.status.role, member.status.leader]).toEqual(['follower', 3]);
  });

  it('the same vote counts once', () => {
    const group = Group.of(5);
    group.drops = (message, from) => message.type === 'vote_reply' && from > 2;
    group.elect(1);
    group.at(1).raft.receive(2, { type: 'vote_reply', term: 2, granted: true });
    expect(group.leaders).toEqual([]);
  });

  it('a member votes once in a term', () => {
    const member = follower();
    member.raft.receive(2, vote(5));
    member.raft.receive(3, vote(5));
    expect(
      member.turn().map(({ to, message }) => [to, 'granted' in message && message.granted]),
    ).toEqual(
      expect.arrayContaining([
        [2, true],
        [3, false],
      ]),
    );
  });

  it('a member that is asked again by whom it voted for says so again', () => {
    const member = follower();
    member.raft.receive(2, vote(5));
    member.turn();
    member.raft.receive(2, vote(5));
    expect(member.turn()[0]?.message).toMatchObject({ granted: true });
  });

  it('a vote outlives a restart', () => {
    const member = follower();
    member.raft.receive(2, vote(5));
    member.turn();
    member.restart();
    member.raft.receive(3, vote(5));
    expect(member.turn()[0]?.message).toMatchObject({ granted: false });
  });
});

describe('section 5.4.1: election restriction', () => {
  it.each([
    ['the same log', 3, 2, true],
    ['a longer log of the same term', 4, 2, true],
    ['a shorter log of the same term', 2, 2, false],
    ['a shorter log of a later term', 2, 3, true],
    ['a longer log of an earlier term', 9, 1, false],
  ])('%s', (_, lastIndex, lastTerm, granted) => {
    const member = follower([1, 2]);
    member.raft.receive(2, vote(5, lastIndex, lastTerm));
    expect(member.turn()[0]?.message).toMatchObject({ type: 'vote_reply', granted });
  });

  it('only a member with the best log of a majority is elected', () => {
    const group = Group.withLogs([[1], [1, 2], [1, 2]]);
    group.elect(1);
    group.elect(3);
    expect(group.leaders).toEqual([3]);
  });
});

describe('who has no vote', () => {
  it('a new member never runs', () => {
    const member = new Member(optionsFor(4), BLANK);
    member.tick(5 * ELECTION_TICKS);
    expect(member.status.role).toBe('follower');
  });

  it('a learner never runs', () => {
    const recovered = founded({ ...voters(1, 2), learners: [3] });
    const member = new Member(optionsFor(3), recovered);
    member.raft.campaign();
    expect(member.status.role).toBe('follower');
  });

  it('who thinks to be a learner still answers: it may be a voter and not know it yet', () => {
    const recovered = founded({ ...voters(1, 2), learners: [3] });
    const member = new Member(optionsFor(3), recovered);
    member.raft.receive(1, vote(2));
    expect(member.turn()[0]?.message).toMatchObject({ granted: true });
  });
});
