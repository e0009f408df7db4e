/** Flow control: pipelining, its bounds, and what becomes of members that do not answer. */

import { describe, expect, it } from 'vitest';
import { bytes, Group, type Member } from './group.ts';

const appendsTo = (member: Member, to: number) =>
  member
    .turn()
    .filter((envelope) => envelope.to === to)
    .map(({ message }) => message)
    .filter((message) => message.type === 'append');

function led(changes = {}): Group {
  const group = Group.of(3, changes);
  group.elect(1);
  return group;
}

/** Proposes one by one, each in a turn of its own, and nobody answers. */
function sendUnanswered(group: Group, count: number): number {
  let sent = 0;
  for (let done = 0; done < count; done++) {
    group.at(1).raft.propose([bytes('x')]);
    sent += appendsTo(group.at(1), 2).length;
  }
  return sent;
}

describe('thesis, section 10.2.1: pipelining', () => {
  it('appends follow one another without answers', () => {
    expect(sendUnanswered(led(), 5)).toBe(5);
  });

  it('as many as the window has appends', () => {
    expect(sendUnanswered(led({ inflightAppendsMax: 3 }), 5)).toBe(3);
  });

  it('as many as the window has bytes', () => {
    expect(sendUnanswered(led({ inflightBytesMax: 40 }), 5)).toBe(2);
  });

  it('go on when an answer comes', () => {
    const group = led({ inflightAppendsMax: 2 });
    sendUnanswered(group, 4);
    group.at(1).raft.receive(2, { type: 'append_accepted', term: 2, matchIndex: 4 });
    expect(appendsTo(group.at(1), 2)[0]?.entries).toHaveLength(2);
  });

  it('recovers by heartbeats when a whole window was lost', () => {
    const group = led({ inflightAppendsMax: 2 });
    sendUnanswered(group, 4);
    group.tick(3);
    expect(group.at(2).status.commit).toBe(6);
  });
});

describe('a member that is unreachable', () => {
  it('is probed, but not at once', () => {
    const group = led();
    sendUnanswered(group, 2);
    group.at(1).raft.unreachable(2);
    expect([appendsTo(group.at(1), 2), group.at(1).status.members[1]?.state]).toEqual([
      [],
      'probe',
    ]);
  });

  it('gets one message until it answers', () => {
    const group = led();
    group.at(1).raft.unreachable(2);
    group.at(1).raft.receive(2, { type: 'heartbeat_reply', term: 2, round: 1 });
    expect(sendUnanswered(group, 4)).toBe(1);
  });

  it('is probed again when it answers a heartbeat', () => {
    const group = led();
    group.at(1).raft.unreachable(2);
    sendUnanswered(group, 3);
    group.tick(2);
    expect(group.at(1).status.members[1]).toMatchObject({ state: 'replicate', match: 5 });
  });
});

describe('what is not committed', () => {
  const big = bytes('x'.repeat(100));

  it('is bounded', () => {
    const group = led({ uncommittedBytesMax: 250 });
    group.isolate(1);
    group.at(1).raft.propose([big]);
    const refused = group.at(1).raft.propose([big]);
    expect(refused).toEqual({ accepted: false, reason: 'too_much_uncommitted' });
  });

  it('may be more than the bound if it is the only one', () => {
    const group = led({ uncommittedBytesMax: 10 });
    expect(group.at(1).raft.propose([big]).accepted).toBe(true);
  });

  it('counts no more when it is committed', () => {
    const group = led({ uncommittedBytesMax: 250 });
    for (let done = 0; done < 5; done++) group.propose(1, 'x'.repeat(100));
    expect(group.at(1).status.uncommittedBytes).toBe(0);
  });

  it('counts for the next leader too', () => {
    const group = Group.withLogs([[1, 1], [], []]);
    group.drops = (message) => message.type === 'append';
    group.elect(1);
    expect(group.at(1).status.uncommittedBytes).toBeGreaterThan(0);
  });
});

describe('a proposal', () => {
  it('is refused by a follower', () => {
    expect(
      led()
        .at(2)
        .raft.propose([bytes('x')]),
    ).toEqual({
      accepted: false,
      reason: 'not_leader',
    });
  });

  it('says where it stands in the log', () => {
    expect(
      led()
        .at(1)
        .raft.propose([bytes('x'), bytes('y')]),
    ).toEqual({
      accepted: true,
      term: 2,
      firstIndex: 3,
    });
  });
});
