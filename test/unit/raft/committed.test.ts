/** What is committed, taken from another member than the leader (src/raft/committed.ts). */

import { describe, expect, it } from 'vitest';
import type { Entry, Position } from '../../../src/raft/entry.ts';
import type { CommittedEntries, CommittedRequest } from '../../../src/raft/message.ts';
import {
  command,
  ELECTION_TICKS,
  founded,
  Group,
  logOf,
  Member,
  optionsFor,
  voters,
} from './group.ts';

const FOUNDING = { index: 1, term: 1 };

const follower = (...terms: number[]) =>
  new Member(optionsFor(1), founded(voters(1, 2, 3), logOf(...terms)));

const told = (term: number, prev: Position, entries: Entry[]): CommittedEntries => ({
  type: 'committed_entries',
  term,
  prevIndex: prev.index,
  prevTerm: prev.term,
  entries,
});

const asked = (term: number, prev: Position): CommittedRequest => ({
  type: 'committed_request',
  term,
  prevIndex: prev.index,
  prevTerm: prev.term,
});

const termsOf = (member: Member) => member.entries.map((entry) => entry.term);

/** 1 leads term 2, and all have applied up to 4. */
function group(): Group {
  const made = Group.of(3);
  made.elect(1);
  made.propose(1, 'a');
  made.propose(1, 'b');
  return made;
}

/** What the member says to the request. */
function answer(member: Member, request: CommittedRequest) {
  member.raft.receive(3, request);
  return member.turn().filter(({ to }) => to === 3);
}

describe('a member that is told what is committed', () => {
  it.each([
    ['has it at the end of its log', [], FOUNDING, logOf(1, 1), [1, 1]],
    ['puts it in the place of what differs', [1, 2, 2], FOUNDING, logOf(1, 3), [1, 3]],
    ['keeps what follows where its log agrees', [1, 2, 2], FOUNDING, logOf(1, 2), [1, 2, 2]],
  ])('%s', (_, terms, prev, entries, result) => {
    const member = follower(...terms);
    member.raft.receive(2, told(3, prev, entries));
    expect(member.turn()).toEqual([]);
    expect([termsOf(member), member.status.commit]).toEqual([result, 3]);
    expect(member.applied).toHaveLength(2);
  });

  it('takes what it does not know to be committed of the entries', () => {
    const member = follower(1, 1, 1);
    member.raft.receive(2, told(1, FOUNDING, logOf(1)));
    member.raft.receive(2, told(2, FOUNDING, logOf(1, 2)));
    member.raft.receive(2, told(2, FOUNDING, logOf(1)));
    member.turn();
    expect([termsOf(member), member.status.commit]).toEqual([[1, 2], 3]);
  });

  it('takes nothing that leaves a gap behind what it knows to be committed', () => {
    const member = follower(1, 1);
    member.raft.receive(2, told(2, { index: 3, term: 1 }, [command(4, 2)]));
    member.turn();
    expect([termsOf(member), member.status.commit]).toEqual([[1, 1], 1]);
  });

  it('does not go on where that differs from what it knows', () => {
    const member = follower(1);
    member.raft.receive(2, told(1, FOUNDING, logOf(1)));
    const other = told(3, { index: 2, term: 3 }, [command(3, 3)]);
    expect(() => member.raft.receive(2, other)).toThrow('committed is the same');
  });

  it('has it on its disk before it applies it', () => {
    const member = follower();
    member.slowDisk = true;
    member.raft.receive(2, told(1, FOUNDING, logOf(1)));
    member.turn();
    expect(member.applied).toEqual([]);
    member.flush();
    member.turn();
    expect(member.applied).toHaveLength(1);
  });

  it('goes over to a later term, and keeps its own where that is the later', () => {
    const member = follower(1);
    member.raft.receive(2, told(4, FOUNDING, logOf(3)));
    member.turn();
    expect([member.status.term, member.hardState]).toEqual([4, { term: 4, vote: 0, commit: 2 }]);
    member.raft.receive(3, told(3, { index: 2, term: 3 }, [command(3, 3)]));
    member.turn();
    expect([member.status.term, member.status.commit]).toEqual([4, 3]);
  });

  it('has not heard a leader: it runs when it would have run, and keeps its vote', () => {
    const member = follower();
    const ask = { term: 2, lastIndex: 9, lastTerm: 1, transfer: false };
    member.raft.receive(3, { type: 'vote', ...ask });
    member.turn();
    member.tick(ELECTION_TICKS - 1);
    member.raft.receive(2, told(2, FOUNDING, logOf(1)));
    expect(member.status).toMatchObject({ vote: 3, leader: 0, role: 'follower', commit: 2 });
    member.tick();
    expect(member.status.role).toBe('pre_candidate');
    member.raft.receive(2, told(2, { index: 2, term: 1 }, [command(3, 2)]));
    expect(member.status).toMatchObject({ role: 'pre_candidate', commit: 3 });
  });

  it('ignores it while it runs, and when it leads', () => {
    const made = Group.of(3);
    const one = made.at(1);
    one.raft.campaign();
    one.turn();
    one.raft.receive(2, { type: 'pre_vote_reply', term: 2, granted: true });
    expect(one.status.role).toBe('candidate');
    one.raft.receive(2, told(2, FOUNDING, logOf(1)));
    expect(one.status).toMatchObject({ role: 'candidate', lastIndex: 1 });
    one.turn();
    one.raft.receive(2, { type: 'vote_reply', term: 2, granted: true });
    one.raft.receive(2, told(2, FOUNDING, logOf(1)));
    expect(one.status).toMatchObject({ role: 'leader', commit: 1 });
  });

  it('has a configuration in force from then on, and none that was taken back', () => {
    const config = (index: number, term: number, member: number): Entry => ({
      type: 'configuration',
      index,
      term,
      configuration: { voters: [1, 2, 3], outgoing: [], learners: [member] },
    });
    const recovered = founded(voters(1, 2, 3), [config(2, 1, 4)]);
    const member = new Member(optionsFor(1), recovered);
    expect(member.status.configuration.learners).toEqual([4]);
    member.raft.receive(2, told(2, FOUNDING, [command(2, 2)]));
    expect(member.status.configuration.learners).toEqual([]);
    member.raft.receive(2, told(2, { index: 2, term: 2 }, [config(3, 2, 5)]));
    expect(member.status.configuration.learners).toEqual([5]);
  });
});

describe('a member that is asked for what is committed', () => {
  it.each([1, 2, 9])('tells it in its own term, asked in term %i, and changes nothing', (term) => {
    const leader = group().at(1);
    const before = leader.status;
    const [answered] = answer(leader, asked(term, { index: 2, term: 2 }));
    expect(answered?.message).toMatchObject({
      type: 'committed_entries',
      term: 2,
      prevIndex: 2,
      entries: [{ index: 3 }, { index: 4 }],
    });
    expect(leader.status).toEqual(before);
  });

  it('tells a piece of so many bytes', () => {
    const made = Group.of(3, { appendBytesMax: 1 });
    made.elect(1);
    made.propose(1, 'a');
    const [answered] = answer(made.at(2), asked(2, FOUNDING));
    expect(answered?.message).toMatchObject({ entries: [{ index: 2 }] });
  });

  it('tells nothing of what it has and has not applied', () => {
    const made = group();
    made.isolate(1);
    made.propose(1, 'c');
    expect(made.at(1).status.lastIndex).toBe(5);
    expect(answer(made.at(1), asked(2, { index: 4, term: 2 }))).toEqual([]);
  });

  it('tells nothing where it has compacted it, or has another entry there', () => {
    const member = group().at(2);
    expect(answer(member, asked(2, { index: 3, term: 1 }))).toEqual([]);
    member.compact();
    expect(answer(member, asked(2, { index: 3, term: 2 }))).toEqual([]);
  });

  it('does not speak in a term that is not on its disk', () => {
    const member = group().at(2);
    member.slowDisk = true;
    member.raft.receive(3, { type: 'heartbeat', term: 3, commit: 1, round: 1 });
    expect(answer(member, asked(2, { index: 3, term: 2 }))).toEqual([]);
    expect(member.flush().map(({ message }) => message.type)).toContain('committed_entries');
  });
});

describe('a member that asks', () => {
  it('says what it knows to be committed', () => {
    const member = follower(1, 1);
    member.raft.receive(2, told(1, FOUNDING, logOf(1)));
    member.raft.requestCommitted(3);
    expect(member.turn()).toEqual([{ to: 3, message: asked(1, { index: 2, term: 1 }) }]);
  });

  it('does not ask while it leads', () => {
    const leader = group().at(1);
    leader.raft.requestCommitted(2);
    expect(leader.turn()).toEqual([]);
  });
});
