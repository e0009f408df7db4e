/** Linearizable reads: thesis, sections 6.4 and 6.4.1. */

import { describe, expect, it } from 'vitest';
import { ELECTION_TICKS, Group } from './group.ts';

function led(changes = {}): Group {
  const group = Group.of(3, changes);
  // With lease reads nobody can be elected earlier: promises from before a start are kept.
  group.tick(ELECTION_TICKS);
  return group;
}
/** A leader that has committed nothing in its term. */
function earlyLeader(): Group {
  const group = Group.of(3);
  group.drops = (message) => message.type === 'append';
  group.elect(1);
  return group;
}

describe('section 6.4: reads', () => {
  it('are confirmed by a round of heartbeats', () => {
    const group = led();
    group.propose(1, 'x');
    group.at(1).raft.read(7);
    group.settle();
    expect(group.at(1).reads).toEqual([{ id: 7, index: 3 }]);
  });

  it('are not confirmed without a quorum', () => {
    const group = led();
    group.isolate(1);
    group.at(1).raft.read(7);
    group.settle();
    expect(group.at(1).reads).toEqual([]);
  });

  it('of one turn share one round', () => {
    const group = led();
    for (const id of [1, 2, 3]) group.at(1).raft.read(id);
    const beats = group
      .at(1)
      .turn()
      .filter(({ message }) => message.type === 'heartbeat');
    expect(beats).toHaveLength(2);
  });

  it('are not confirmed by answers to earlier rounds', () => {
    const group = led();
    group.at(1).tick();
    group.at(1).turn();
    group.at(1).raft.read(7);
    group.at(1).turn();
    group.at(1).raft.receive(2, { type: 'heartbeat_reply', term: 2, round: 1 });
    group.at(1).turn();
    expect(group.at(1).reads).toEqual([]);
  });

  it('wait until a new leader has committed in its term', () => {
    const group = earlyLeader();
    group.at(1).raft.read(7);
    group.settle();
    const before = [...group.at(1).reads];
    group.heal();
    group.tick(2);
    expect([before, group.at(1).reads]).toEqual([[], [{ id: 7, index: 2 }]]);
  });

  it('are refused by a follower', () => {
    expect(led().at(2).raft.read(7)).toBe(false);
  });

  it('are lost with the leadership', () => {
    const group = led();
    group.isolate(1);
    group.at(1).raft.read(7);
    group.tick(ELECTION_TICKS, [1]);
    expect(group.at(1).readsLost).toEqual([7]);
  });

  it('that came early are lost with the leadership too', () => {
    const group = earlyLeader();
    group.at(1).raft.read(7);
    group.at(1).raft.receive(2, { type: 'heartbeat_reply', term: 5, round: 0 });
    group.settle();
    expect(group.at(1).readsLost).toEqual([7]);
  });

  it('of an old leader are not answered while there is a new one', () => {
    const group = led();
    group.isolate(1);
    group.tick(ELECTION_TICKS + 1, [2, 3]);
    group.propose(2, 'new');
    group.at(1).raft.read(7);
    group.heal();
    group.settle();
    expect([group.at(1).reads, group.at(1).readsLost]).toEqual([[], [7]]);
  });

  it('of a single voter are answered at once', () => {
    const group = Group.of(1);
    group.elect(1);
    group.at(1).raft.read(7);
    group.at(1).turn();
    expect(group.at(1).reads).toEqual([{ id: 7, index: 2 }]);
  });
});

describe('section 6.4.1: lease reads', () => {
  const leased = () => {
    const group = led({ leaseReads: true });
    group.tick(1);
    return group;
  };

  it('are answered without a round', () => {
    const group = leased();
    group.isolate(1);
    group.at(1).raft.read(7);
    group.at(1).turn();
    expect(group.at(1).reads).toHaveLength(1);
  });

  it('need a round when the lease has run out', () => {
    const group = leased();
    group.isolate(1);
    group.tick(ELECTION_TICKS - 2, [1]);
    group.at(1).raft.read(7);
    group.settle();
    expect([group.at(1).status.role, group.at(1).reads]).toEqual(['leader', []]);
  });

  it('need a round once somebody was told to take over', () => {
    const group = leased();
    group.isolate(1);
    group.at(1).raft.transfer(2);
    group.at(1).raft.read(7);
    group.settle();
    expect(group.at(1).reads).toEqual([]);
  });

  it('a member that has promised to keep to the leader keeps to it over a restart', () => {
    const group = leased();
    group.at(2).restart();
    group.at(2).raft.receive(3, {
      type: 'vote',
      term: 9,
      lastIndex: 9,
      lastTerm: 8,
      transfer: false,
    });
    expect([group.at(2).turn(), group.at(2).status.term]).toEqual([[], 2]);
  });

  it('a member that has promised it does not run when told to by an operator', () => {
    const group = leased();
    group.at(2).raft.campaign();
    expect(group.at(2).status.role).toBe('follower');
  });
});
