/** Disks that take their time, and restarts: Raft, section 5; thesis, section 10.2.1. */

import { describe, expect, it } from 'vitest';
import type { Message } from '../../../src/raft/message.ts';
import {
  BLANK,
  bytes,
  command,
  founded,
  Group,
  logOf,
  Member,
  optionsFor,
  voters,
} from './group.ts';

const slow = (...terms: number[]): Member => {
  const member = new Member(optionsFor(1), founded(voters(1, 2, 3), logOf(...terms)));
  member.slowDisk = true;
  return member;
};
const append = (term: number, prevIndex: number, prevTerm: number, terms: number[]): Message => ({
  type: 'append',
  term,
  prevIndex,
  prevTerm,
  entries: terms.map((entryTerm, place) => command(prevIndex + 1 + place, entryTerm)),
  commit: 1,
});
const vote: Message = { type: 'vote', term: 2, lastIndex: 9, lastTerm: 1, transfer: false };

function slowLeader(): Group {
  const group = Group.of(3);
  group.elect(1);
  group.at(1).slowDisk = true;
  return group;
}

describe('section 10.2.1: asynchronous storage', () => {
  it('a vote leaves when it is on disk', () => {
    const member = slow();
    member.raft.receive(2, vote);
    expect([member.turn().length, member.flush().length]).toEqual([0, 1]);
  });

  it('an acceptance leaves when the entries are on disk', () => {
    const member = slow();
    member.raft.receive(2, append(1, 1, 1, [1]));
    expect([member.turn().length, member.flush().length]).toEqual([0, 1]);
  });

  it('an acceptance of what is on disk already leaves at once', () => {
    const member = slow(1);
    member.raft.receive(2, append(1, 1, 1, [1]));
    expect(member.turn()).toHaveLength(1);
  });

  it('an acceptance of what is on its way waits for that, without writing it again', () => {
    const member = slow();
    member.raft.receive(2, append(1, 1, 1, [1]));
    member.turn();
    member.raft.receive(2, append(1, 1, 1, [1]));
    const sent = member.turn().length;
    expect([sent, member.writing[1]?.entries, member.flush().length]).toEqual([0, [], 2]);
  });

  it('no message bears a term that is not on disk', () => {
    const member = slow();
    member.raft.receive(2, { type: 'heartbeat', term: 4, commit: 0, round: 1 });
    expect([member.turn().length, member.flush().length]).toEqual([0, 1]);
  });

  it('a heartbeat is answered at once when the term is on disk', () => {
    const member = slow();
    member.raft.receive(2, append(1, 1, 1, [1]));
    member.turn();
    member.raft.receive(2, { type: 'heartbeat', term: 1, commit: 0, round: 1 });
    expect(member.turn()).toHaveLength(1);
  });

  it('a candidate asks for votes when its own is on disk', () => {
    const member = slow();
    member.raft.campaign();
    member.turn();
    member.raft.receive(2, { type: 'pre_vote_reply', term: 2, granted: true });
    const early = member.turn().map(({ message }) => message.type);
    const late = member.flush().map(({ message }) => message.type);
    expect([early, late]).toEqual([[], ['vote', 'vote']]);
  });

  it('a candidate counts its own vote when it is on disk', () => {
    const member = new Member(optionsFor(1), founded(voters(1)));
    member.slowDisk = true;
    member.raft.campaign();
    member.turn();
    const before = member.status.role;
    member.flush();
    expect([before, member.status.role]).toEqual(['candidate', 'leader']);
  });

  it('the own vote for an election that was lost since does not count', () => {
    const member = slow();
    member.raft.campaign();
    member.raft.receive(2, { type: 'pre_vote_reply', term: 2, granted: true });
    member.turn();
    member.raft.receive(3, { type: 'heartbeat', term: 2, commit: 0, round: 1 });
    member.flush();
    expect([member.status.role, member.status.leader]).toEqual(['follower', 3]);
  });

  it('a leader sends entries before it has them on disk', () => {
    const group = slowLeader();
    group.propose(1, 'x');
    expect(group.at(2).status.lastIndex).toBe(3);
  });

  it('a leader does not count itself before that', () => {
    const group = slowLeader();
    group.isolate(3);
    group.propose(1, 'x');
    const before = group.at(1).status.commit;
    group.flush(1);
    expect([before, group.at(1).status.commit]).toEqual([2, 3]);
  });

  it('others may commit without the leader, which applies it when it has it', () => {
    const group = slowLeader();
    group.propose(1, 'x');
    const { commit } = group.at(1).status;
    const before = [...group.at(1).applied];
    group.flush(1);
    expect([commit, before, group.at(1).applied]).toEqual([3, ['empty'], ['empty', 'x']]);
  });

  it('writes overlap', () => {
    const group = slowLeader();
    group.propose(1, 'a');
    group.propose(1, 'b');
    expect(group.at(1).writing.map(({ entries }) => entries.map(({ index }) => index))).toEqual([
      [3],
      [4],
    ]);
  });

  it('the acknowledgement of entries that were replaced since is not heeded', () => {
    const member = slow();
    member.raft.receive(2, append(1, 1, 1, [1, 1]));
    member.turn();
    member.raft.receive(3, append(2, 1, 1, [2]));
    member.turn();
    member.flush(1);
    member.raft.receive(3, { ...append(2, 2, 2, []), commit: 2 } as Message);
    const early = member.turn();
    member.flush(1);
    member.turn();
    expect([early, member.applied.length]).toEqual([[], 1]);
  });

  it('a late acknowledgement does not pass for that of the same entry sent again (ABA)', () => {
    const member = slow();
    member.raft.receive(2, append(1, 1, 1, [1]));
    member.turn();
    member.raft.receive(3, append(2, 1, 1, [2]));
    member.turn();
    member.raft.receive(2, append(3, 1, 1, [1]));
    member.turn();
    member.flush(1);
    member.raft.receive(2, { ...append(3, 2, 1, []), commit: 2 } as Message);
    member.turn();
    const afterFirst = [...member.applied];
    member.flush();
    member.turn();
    expect([afterFirst.length, member.applied.length]).toEqual([0, 1]);
  });

  it('what an ignored acknowledgement told is told again by that of the new term', () => {
    const group = slowLeader();
    group.at(1).raft.propose([bytes('x')]);
    group.at(1).turn();
    group.at(1).raft.receive(2, { type: 'heartbeat', term: 3, commit: 2, round: 1 });
    group.at(1).turn();
    group.at(1).flush();
    group.at(1).raft.receive(2, append(3, 3, 2, []));
    expect(
      group
        .at(1)
        .turn()
        .map(({ message }) => message.type),
    ).toContain('append_accepted');
  });

  it('a commit index alone is not worth a write', () => {
    const group = Group.of(3);
    group.elect(1);
    group.at(2).slowDisk = true;
    group.at(2).raft.receive(1, { type: 'heartbeat', term: 2, commit: 2, round: 9 });
    group.at(2).turn();
    expect(group.at(2).writing).toEqual([]);
  });
});

describe('restart', () => {
  it('from the log: everything that was known to be committed is applied again', () => {
    const group = Group.of(3);
    group.elect(1);
    group.propose(1, 'a');
    group.propose(1, 'b');
    group.at(2).restart();
    group.elect(1);
    group.tick(2);
    expect(group.at(2).applied).toEqual(['empty', 'a', 'b']);
  });

  it('from a snapshot: only what came after it', () => {
    const group = Group.of(1);
    group.elect(1);
    group.propose(1, 'a');
    group.at(1).compact();
    group.propose(1, 'b');
    group.at(1).restart();
    group.elect(1);
    expect(group.at(1).applied).toEqual(['b', 'empty']);
  });

  it('what was not on disk is lost, and the leader sends it again', () => {
    const group = Group.of(3);
    group.elect(1);
    group.at(2).slowDisk = true;
    group.propose(1, 'a');
    group.at(2).restart();
    group.at(2).slowDisk = false;
    group.tick(3);
    expect(group.at(2).status.lastIndex).toBe(3);
  });

  it('a great log is handed out in several turns', () => {
    const entries = Array.from({ length: 5 }, (_, place) =>
      command(place + 2, 1, 'x'.repeat(400_000)),
    );
    const recovered = founded(voters(1), entries);
    const hardState = { ...recovered.hardState, commit: 6 };
    const member = new Member(optionsFor(1), { ...recovered, hardState });
    expect(member.raft.effects().committed).toHaveLength(2);
    expect(member.raft.hasEffects).toBe(true);
    member.turn();
    expect(member.applied).toHaveLength(3);
  });

  it('a disk whose log is of a later term than its term is refused', () => {
    const recovered = founded(voters(1), logOf(5));
    const hardState = { ...recovered.hardState, term: 4 };
    expect(() => new Member(optionsFor(1), { ...recovered, hardState })).toThrow('later term');
  });

  it('a configuration that no snapshot could hand to a newcomer is refused', () => {
    const snapshot = { index: 0, term: 0, configuration: voters(1) };
    const recovered = { ...BLANK, snapshot };
    expect(() => new Member(optionsFor(1), recovered)).toThrow('snapshot at index 1');
  });
});
