/** Log replication and commitment: Raft, sections 5.3 and 5.4.2. */

import { describe, expect, it } from 'vitest';
import type { Entry, Position } from '../../../src/raft/entry.ts';
import type { AppendRequest, Message } from '../../../src/raft/message.ts';
import { bytes, command, founded, Group, logOf, Member, optionsFor, voters } from './group.ts';

const follower = (...terms: number[]) =>
  new Member(optionsFor(1), founded(voters(1, 2, 3), logOf(...terms)));

const append = (term: number, prev: Position, entries: Entry[], commit = 1): AppendRequest => ({
  type: 'append',
  term,
  prevIndex: prev.index,
  prevTerm: prev.term,
  entries,
  commit,
});

/** What a follower with a log of these terms says to the append. */
function answer(terms: number[], request: AppendRequest): Message | undefined {
  const member = follower(...terms);
  member.raft.receive(2, request);
  return member.turn()[0]?.message;
}

const termsOf = (member: Member) => member.entries.map((entry) => entry.term);
const appendsTo = (member: Member, to: number) =>
  member
    .turn()
    .filter((envelope) => envelope.to === to)
    .map(({ message }) => message)
    .filter((message) => message.type === 'append');

describe('section 5.3: a follower', () => {
  it('accepts what follows its log', () => {
    expect(answer([1], append(1, { index: 2, term: 1 }, [command(3, 1)]))).toEqual({
      type: 'append_accepted',
      term: 1,
      matchIndex: 3,
    });
  });

  it('rejects what leaves a gap, with its end as the hint', () => {
    expect(answer([1], append(2, { index: 5, term: 2 }, []))).toMatchObject({
      type: 'append_rejected',
      prevIndex: 5,
      hintIndex: 2,
      hintTerm: 1,
    });
  });

  it('rejects what follows another entry, with a hint before that term', () => {
    expect(answer([1, 3, 3, 3], append(4, { index: 4, term: 2 }, []))).toMatchObject({
      type: 'append_rejected',
      hintIndex: 2,
      hintTerm: 1,
    });
  });

  it.each([
    ['appends', [1], { index: 2, term: 1 }, [command(3, 4)], [1, 4]],
    ['truncates on conflict', [1, 2, 2], { index: 2, term: 1 }, [command(3, 4)], [1, 4]],
    [
      'keeps what an old message does not know of',
      [1, 2, 2],
      { index: 1, term: 1 },
      logOf(1),
      [1, 2, 2],
    ],
    ['keeps its log when nothing is sent', [1, 2, 2], { index: 2, term: 1 }, [], [1, 2, 2]],
  ])('%s', (_, terms, prev, entries, result) => {
    const member = follower(...terms);
    member.raft.receive(2, append(4, prev, entries));
    member.turn();
    expect(termsOf(member)).toEqual(result);
  });

  it('commits what the leader has, but no more than it was sent', () => {
    const member = follower(1, 1, 1);
    member.raft.receive(2, append(1, { index: 2, term: 1 }, [command(3, 1)], 9));
    expect(member.status.commit).toBe(3);
  });

  it('commits by heartbeats', () => {
    const member = follower(1, 1);
    member.raft.receive(2, { type: 'heartbeat', term: 1, commit: 2, round: 1 });
    expect(member.status.commit).toBe(2);
  });

  it('answers what it has long committed with its commit index', () => {
    const member = follower(1, 1, 1);
    member.raft.receive(2, append(1, { index: 4, term: 1 }, [], 4));
    member.turn();
    member.raft.receive(2, append(1, { index: 1, term: 1 }, logOf(1)));
    expect(member.turn()[0]?.message).toMatchObject({ matchIndex: 4 });
  });
});

describe('section 5.3: a leader', () => {
  it('begins its term with an empty entry', () => {
    const group = Group.of(3);
    group.elect(1);
    expect(group.at(2).entries).toEqual([{ type: 'empty', index: 2, term: 2 }]);
  });

  it.each([
    ['missing entries', [1, 1]],
    ['entries that nobody else has', [1, 1, 1, 2, 2, 2]],
    ['both', [1, 2, 2, 2, 2]],
    ['a later term that was not committed', [1, 1, 1, 3, 3]],
    ['nothing at all', []],
  ])('repairs the log of a follower with %s (figure 7)', (_, terms) => {
    const group = Group.withLogs([[1, 1, 1, 4, 4], terms, [1, 1, 1, 4]]);
    group.elect(1);
    expect(termsOf(group.at(2))).toEqual([1, 1, 1, 4, 4, 5]);
  });

  it('needs one round trip for a whole term of conflicts', () => {
    const long = (term: number) => Array.from({ length: 50 }, () => term);
    const group = Group.withLogs([
      [1, ...long(3)],
      [1, ...long(2)],
      [1, ...long(3)],
    ]);
    group.elect(1);
    const rejections = group.at(2).sent.filter(({ message }) => message.type === 'append_rejected');
    expect(rejections).toHaveLength(1);
  });

  it('sends all proposals of a turn in one message', () => {
    const group = Group.of(3);
    group.elect(1);
    for (const text of ['a', 'b', 'c']) group.at(1).raft.propose([bytes(text)]);
    expect(appendsTo(group.at(1), 2).map((message) => message.entries.length)).toEqual([3]);
  });

  it('divides what is too much for one message', () => {
    const group = Group.of(3, { appendBytesMax: 100 });
    group.elect(1);
    group.at(1).raft.propose(['a', 'b', 'c', 'd'].map(bytes));
    expect(appendsTo(group.at(1), 2).map((message) => message.entries.length)).toEqual([3, 1]);
  });

  it('tells of a commit at once', () => {
    const group = Group.of(3);
    group.elect(1);
    group.propose(1, 'x');
    expect(group.at(2).applied).toEqual(['empty', 'x']);
  });

  it('tells of a commit together with new entries if there are any', () => {
    const group = Group.of(3);
    group.elect(1);
    group.at(1).raft.propose([bytes('a')]);
    group.at(1).turn();
    group.at(1).raft.receive(2, { type: 'append_accepted', term: 2, matchIndex: 3 });
    group.at(1).raft.propose([bytes('b')]);
    expect(appendsTo(group.at(1), 2)).toMatchObject([{ commit: 3, entries: [{ index: 4 }] }]);
  });

  it('tells in heartbeats of no commit that the receiver is not known to have', () => {
    const group = Group.of(3);
    group.elect(1);
    group.drops = (message, _, to) => message.type === 'append' && to === 3;
    group.propose(1, 'x');
    group.at(1).tick();
    const beats = group
      .at(1)
      .turn()
      .map(({ to, message }) => [to, message]);
    expect(beats).toMatchObject([
      [2, { type: 'heartbeat', commit: 3 }],
      [3, { type: 'heartbeat', commit: 2 }],
    ]);
  });

  it('sends again what was lost', () => {
    const group = Group.of(3);
    group.elect(1);
    group.drops = (message, _, to) => message.type === 'append' && to === 3;
    group.propose(1, 'x');
    group.heal();
    group.tick(2);
    expect(group.at(3).applied).toEqual(['empty', 'x']);
  });

  it('heeds no rejection that it has got before', () => {
    const group = Group.of(3);
    group.elect(1);
    group.propose(1, 'x');
    const rejected = { type: 'append_rejected', term: 2, prevIndex: 1, hintIndex: 1, hintTerm: 1 };
    group.at(1).raft.receive(2, rejected as Message);
    expect(group.at(1).status.members[1]).toMatchObject({ state: 'replicate', next: 4 });
  });
});

describe('section 5.3: commitment', () => {
  it.each([
    [1, 0, true],
    [3, 1, true],
    [3, 0, false],
    [5, 2, true],
    [5, 1, false],
  ])('of %i voters %i others have it: committed %s', (count, having, committed) => {
    const group = Group.of(count);
    group.elect(1);
    group.drops = (message, _, to) => message.type === 'append' && to > having + 1;
    group.propose(1, 'x');
    expect(group.at(1).status.commit).toBe(committed ? 3 : 2);
  });

  it('every member applies the same in the same order', () => {
    const group = Group.of(3);
    group.elect(1);
    group.propose(1, 'a', 'b');
    group.elect(1);
    group.propose(1, 'c');
    const applied = [1, 2, 3].map((no) => group.at(no).applied);
    expect(new Set(applied.map(String))).toEqual(new Set(['empty,a,b,c']));
  });

  it('what was committed before comes with the first commit of a new leader', () => {
    const group = Group.withLogs([[1, 1], [1, 1], []]);
    group.elect(2);
    expect(group.at(3).status.commit).toBe(4);
  });
});

describe('section 5.4.2: committing entries from previous terms (figure 8)', () => {
  it('an entry of an earlier term is not committed by counting', () => {
    const group = Group.withLogs([[1, 2], [1, 2], [1]]);
    group.drops = (message) => message.type === 'append';
    group.elect(1);
    group.at(1).raft.receive(2, { type: 'append_accepted', term: 3, matchIndex: 3 });
    expect(group.at(1).status.commit).toBe(1);
  });

  it('it is with an entry of the own term', () => {
    const group = Group.withLogs([[1, 2], [1, 2], [1]]);
    group.drops = (message) => message.type === 'append';
    group.elect(1);
    group.at(1).raft.receive(2, { type: 'append_accepted', term: 3, matchIndex: 4 });
    expect(group.at(1).status.commit).toBe(4);
  });
});
