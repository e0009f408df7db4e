/** Snapshots and log compaction: Raft, section 7; thesis, chapter 5. */

import { describe, expect, it } from 'vitest';
import type { Message } from '../../../src/raft/message.ts';
import { ELECTION_TICKS, founded, Group, logOf, Member, optionsFor, voters } from './group.ts';

/** 3 needs what the leader does not have any more. */
function behind(kept = 0): Group {
  const group = Group.of(3);
  group.elect(1);
  group.isolate(3);
  group.propose(1, 'a');
  group.propose(1, 'b');
  group.at(1).compact(kept);
  group.heal();
  group.tick(3);
  return group;
}

const follower = (...terms: number[]) =>
  new Member(optionsFor(1), founded(voters(1, 2, 3), logOf(...terms)));
const arrived = (index: number, term: number): Message => ({
  type: 'snapshot',
  term,
  meta: { index, term, configuration: voters(1, 2) },
});
const progressOf = (group: Group, no: number) =>
  group.at(1).status.members.find((one) => one.member === no);

describe('section 7: a follower that needs entries that are gone', () => {
  it('is to get a snapshot, and is asked for it once', () => {
    const group = behind();
    group.tick(3);
    expect(group.at(1).wanted).toEqual([{ to: 3, index: 4 }]);
  });

  it('gets entries if enough of them are kept', () => {
    const group = behind(3);
    expect([group.at(1).wanted, group.at(3).status.commit]).toEqual([[], 4]);
  });

  it('gets nothing else meanwhile', () => {
    const group = behind();
    group.propose(1, 'c');
    expect(progressOf(group, 3)).toMatchObject({ state: 'snapshot', match: 2 });
  });

  it('goes on with entries behind the snapshot', () => {
    const group = behind();
    group.propose(1, 'c');
    group.stream(1, 3);
    group.tick(2);
    expect([group.at(3).restored, group.at(3).applied]).toEqual([[4], ['empty', 'c']]);
  });

  it('is freed by its own answer, before the host reports that all was sent', () => {
    const group = behind();
    group.at(1).raft.receive(3, { type: 'append_accepted', term: 2, matchIndex: 4 });
    expect(progressOf(group, 3)).toMatchObject({ state: 'replicate', next: 5 });
  });

  it('is not freed by an answer that does not reach the log', () => {
    const group = behind();
    group.at(1).raft.receive(3, { type: 'append_accepted', term: 2, matchIndex: 3 });
    expect(progressOf(group, 3)).toMatchObject({ state: 'snapshot' });
  });

  it('is probed behind the snapshot that the host has sent', () => {
    const group = behind();
    group.at(1).raft.snapshotSent(3, 4, true);
    expect(progressOf(group, 3)).toMatchObject({ state: 'probe', next: 5 });
  });

  it('is to get another one when it failed, but not at once', () => {
    const group = behind();
    group.at(1).raft.snapshotSent(3, 4, false);
    group.settle();
    const { length } = group.at(1).wanted;
    group.tick(1);
    expect([length, group.at(1).wanted.length]).toEqual([1, 2]);
  });

  it('is to get none while it does not answer at all', () => {
    const group = behind();
    group.at(1).raft.snapshotSent(3, 4, false);
    group.isolate(3);
    group.tick(3 * ELECTION_TICKS, [1, 2]);
    expect(group.at(1).wanted).toHaveLength(1);
  });
});

describe('section 7: a snapshot that arrives', () => {
  it('takes the place of the log', () => {
    const member = follower(1, 1, 1);
    member.raft.receive(2, arrived(9, 3));
    member.turn();
    const { firstIndex, commit, configuration } = member.status;
    expect({ firstIndex, commit, configuration }).toEqual({
      firstIndex: 10,
      commit: 9,
      configuration: voters(1, 2),
    });
  });

  it('is answered, and restored, when it has taken the place of the log on disk', () => {
    const member = follower();
    member.slowDisk = true;
    member.raft.receive(2, arrived(9, 3));
    const early = [member.turn().length, member.restored.length];
    const answers = member.flush();
    member.turn();
    expect([early, answers[0]?.message, member.restored]).toEqual([
      [0, 0],
      { type: 'append_accepted', term: 3, matchIndex: 9 },
      [9],
    ]);
  });

  it('holds back what is committed behind it until then', () => {
    const member = follower();
    member.slowDisk = true;
    member.raft.receive(2, arrived(9, 1));
    member.raft.receive(2, {
      type: 'append',
      term: 1,
      prevIndex: 9,
      prevTerm: 1,
      entries: [{ type: 'empty', index: 10, term: 1 }],
      commit: 10,
    });
    member.turn();
    const early = [...member.applied];
    member.flush();
    member.turn();
    expect([early, member.restored, member.applied]).toEqual([[], [9], ['empty']]);
  });

  it('counts even if the term has changed since it was written', () => {
    const member = follower();
    member.slowDisk = true;
    member.raft.receive(2, arrived(9, 3));
    member.turn();
    member.raft.receive(3, { type: 'heartbeat', term: 5, commit: 0, round: 1 });
    member.turn();
    member.flush(1);
    member.turn();
    expect(member.restored).toEqual([9]);
  });

  it('is not restored when a newer one has come since', () => {
    const member = follower();
    member.slowDisk = true;
    member.raft.receive(2, arrived(9, 3));
    member.turn();
    member.raft.receive(2, arrived(12, 3));
    member.turn();
    member.flush();
    member.turn();
    expect(member.restored).toEqual([12]);
  });

  it('of what the log has only moves the commit index', () => {
    const member = follower(1, 1, 1);
    member.raft.receive(2, arrived(3, 1));
    member.turn();
    const { lastIndex, commit } = member.status;
    expect([lastIndex, commit, member.restored]).toEqual([4, 3, []]);
  });

  it('of what is committed is answered with the commit index', () => {
    const member = follower(1, 1, 1);
    member.raft.receive(2, { type: 'heartbeat', term: 1, commit: 4, round: 1 });
    member.turn();
    member.raft.receive(2, arrived(2, 1));
    expect(member.turn()[0]?.message).toMatchObject({ type: 'append_accepted', matchIndex: 4 });
  });

  it('makes a member of a new one', () => {
    const group = behind();
    group.add(4);
    group.at(1).raft.proposeConfiguration({ voters: [1, 2], learners: [4] });
    group.settle();
    group.tick(2);
    group.stream(1, 4);
    group.tick(2);
    expect(group.at(4).status.configuration.learners).toEqual([4]);
  });
});

describe('a local snapshot', () => {
  it('is not heeded when a later one has come from the leader', () => {
    const member = follower(1);
    member.raft.receive(2, { type: 'heartbeat', term: 1, commit: 2, round: 1 });
    member.turn();
    const configuration = member.raft.configurationAt(2);
    member.raft.receive(2, arrived(9, 3));
    member.raft.compacted({ index: 2, term: 1, configuration }, 3);
    expect(member.status.snapshotIndex).toBe(9);
  });

  it('may hold only what was applied', () => {
    const member = follower(1);
    const meta = { index: 2, term: 1, configuration: voters(1, 2, 3) };
    expect(() => member.raft.compacted(meta, 2)).toThrow('only what was applied');
  });
});
