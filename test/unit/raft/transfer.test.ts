/** Leadership transfer: thesis, section 3.10. */

import { describe, expect, it } from 'vitest';
import { bytes, ELECTION_TICKS, Group } from './group.ts';

function led(): Group {
  const group = Group.of(3);
  group.elect(1);
  return group;
}

/** 3 is behind, and cannot be reached. */
function transferring(): Group {
  const group = led();
  group.drops = (message, _, to) => message.type === 'append' && to === 3;
  group.propose(1, 'x');
  group.at(1).raft.transfer(3);
  group.settle();
  return group;
}

describe('section 3.10: leadership transfer', () => {
  it('to a member that is up to date takes place at once', () => {
    const group = led();
    group.at(1).raft.transfer(2);
    group.settle();
    expect(group.leaders).toEqual([2]);
  });

  it('to a slow member takes place when it has the log', () => {
    const group = transferring();
    const before = group.leaders;
    group.heal();
    group.tick(2);
    expect([before, group.leaders]).toEqual([[1], [3]]);
  });

  it('to a member that needs a snapshot takes place when it has it', () => {
    const group = led();
    group.isolate(3);
    group.propose(1, 'x');
    group.at(1).compact();
    group.heal();
    group.tick(2);
    group.at(1).raft.transfer(3);
    group.stream(1, 3);
    group.tick(2);
    expect(group.leaders).toEqual([3]);
  });

  it('holds proposals up', () => {
    const proposed = transferring()
      .at(1)
      .raft.propose([bytes('y')]);
    expect(proposed).toEqual({ accepted: false, reason: 'transferring' });
  });

  it('holds changes of the configuration up', () => {
    const target = { voters: [1, 2], learners: [] };
    const proposed = transferring().at(1).raft.proposeConfiguration(target);
    expect(proposed).toEqual({ accepted: false, reason: 'transferring' });
  });

  it('is given up after an election timeout', () => {
    const group = transferring();
    group.tick(ELECTION_TICKS);
    expect(group.at(1).status.transferTarget).toBeUndefined();
    expect(group.at(1).raft.propose([bytes('y')]).accepted).toBe(true);
  });

  it('goes to the last one asked for', () => {
    const group = transferring();
    group.at(1).raft.transfer(2);
    group.settle();
    expect(group.leaders).toEqual([2]);
  });

  it.each([
    ['itself', 1],
    ['somebody unknown', 9],
  ])('not to %s', (_, target) => {
    expect(led().at(1).raft.transfer(target)).toBe(false);
  });

  it('not to a learner', () => {
    const group = led();
    group.at(1).raft.proposeConfiguration({ voters: [1, 2], learners: [3] });
    group.settle();
    expect(group.at(1).raft.transfer(3)).toBe(false);
  });

  it('not by a follower', () => {
    expect(led().at(2).raft.transfer(3)).toBe(false);
  });

  it('who is removed since is no target any more', () => {
    const group = led();
    group.drops = (message, _, to) => message.type === 'append' && to === 3;
    group.at(1).raft.proposeConfiguration({ voters: [1, 2], learners: [] });
    group.at(1).turn();
    const accepted = group.at(1).raft.transfer(3);
    expect([accepted, group.at(1).status.transferTarget]).toEqual([false, undefined]);
  });

  it('a member that is told to run does not ask first, and is heard', () => {
    const group = led();
    group.at(2).raft.receive(1, { type: 'timeout_now', term: 2 });
    expect(group.at(2).turn()[0]?.message).toMatchObject({ type: 'vote', transfer: true });
  });
});
