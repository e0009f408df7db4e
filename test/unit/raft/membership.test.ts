/** Changes of the configuration: Raft, section 6; thesis, chapter 4. */

import { describe, expect, it } from 'vitest';
import { ELECTION_TICKS, founded, Group, Member, optionsFor, voters } from './group.ts';

function led(count = 3): Group {
  const group = Group.of(count);
  group.elect(1);
  group.at(1).compact();
  return group;
}

function change(group: Group, some: number[], learners: number[] = []) {
  const leader = group.leaders[0] ?? 1;
  const proposed = group.at(leader).raft.proposeConfiguration({ voters: some, learners });
  group.settle();
  return proposed;
}

/** Lets a new member have its snapshot. */
function welcome(group: Group, no: number): void {
  group.tick(1);
  group.stream(group.leaders[0] ?? 1, no);
  group.tick(2);
}

const configurationOf = (group: Group, no: number) => group.at(no).status.configuration;

describe('section 6: joint consensus', () => {
  it('is entered and left again by itself', () => {
    const group = led();
    group.add(4);
    change(group, [1, 2, 4]);
    welcome(group, 4);
    expect([1, 2, 4].map((no) => configurationOf(group, no))).toEqual([
      voters(1, 2, 4),
      voters(1, 2, 4),
      voters(1, 2, 4),
    ]);
  });

  it('is in force as soon as it is in the log', () => {
    const group = led();
    group.isolate(1);
    change(group, [1, 2, 4]);
    expect(configurationOf(group, 1)).toEqual({
      voters: [1, 2, 4],
      outgoing: [1, 2, 3],
      learners: [],
    });
  });

  it('commits nothing without a majority of the new voters', () => {
    const group = led();
    change(group, [1, 4, 5]);
    const { commit, configuration } = group.at(1).status;
    expect([commit, configuration.outgoing]).toEqual([2, [1, 2, 3]]);
  });

  it('commits nothing without a majority of the old voters', () => {
    const group = led();
    group.add(4);
    change(group, [1, 2, 3], [4]);
    welcome(group, 4);
    group.isolate(2);
    group.isolate(3);
    const { commit } = group.at(1).status;
    change(group, [1, 4]);
    group.tick(2, [1, 4]);
    expect(group.at(1).status.commit).toBe(commit);
  });

  it('elects nobody without both majorities', () => {
    const configuration = { voters: [1, 4, 5], outgoing: [1, 2, 3], learners: [] };
    const group = new Group(
      [1, 2, 3].map((no) => new Member(optionsFor(no), founded(configuration))),
    );
    group.elect(1);
    expect(group.leaders).toEqual([]);
  });

  it('a truncation brings the configuration before it back', () => {
    const group = led();
    group.isolate(1);
    change(group, [1, 2, 4]);
    group.tick(2 * ELECTION_TICKS, [2, 3]);
    group.heal();
    group.tick(2);
    expect(configurationOf(group, 1)).toEqual(voters(1, 2, 3));
  });

  it('is left by the next leader, when it has committed in its term', () => {
    const group = led();
    group.drops = (message) => message.type === 'append_accepted';
    change(group, [1, 2]);
    group.heal();
    group.isolate(1);
    group.tick(2 * ELECTION_TICKS, [2, 3]);
    group.heal();
    group.tick(3);
    expect(group.leaders.map((no) => configurationOf(group, no))).toEqual([voters(1, 2)]);
  });

  it('who is on the way out still runs if only it has the entry that says so (4.2.2)', () => {
    const group = Group.of(2);
    group.elect(1);
    group.drops = (message) =>
      message.type === 'append' &&
      message.entries.some(
        (one) => one.type === 'configuration' && one.configuration.outgoing.length === 0,
      );
    change(group, [2]);
    group.isolate(1);
    group.tick(ELECTION_TICKS, [1]);
    group.heal();
    group.tick(3 * ELECTION_TICKS);
    expect([group.leaders, configurationOf(group, 2)]).toEqual([[2], voters(2)]);
  });
});

describe('section 4.1: one change at a time', () => {
  it('none while one is not committed', () => {
    const group = led();
    group.isolate(1);
    change(group, [1, 2, 3], [4]);
    expect(change(group, [1, 2])).toEqual({ accepted: false, reason: 'change_in_progress' });
  });

  it('none while the configuration is joint', () => {
    const group = led();
    change(group, [1, 4, 5]);
    expect(change(group, [1, 2])).toEqual({ accepted: false, reason: 'change_in_progress' });
  });

  it('none before the leader has committed in its term (the bug of 2015)', () => {
    const group = Group.of(3);
    group.drops = (message) => message.type === 'append';
    group.elect(1);
    expect(change(group, [1, 2])).toEqual({ accepted: false, reason: 'no_commit_in_term' });
  });

  it.each([
    ['nothing changes', [3, 2, 1], 'no_change'],
    ['nobody is left', [], 'bad_configuration'],
    ['somebody is named twice', [1, 1], 'bad_configuration'],
  ])('none when %s', (_, some, reason) => {
    expect(change(led(), some)).toEqual({ accepted: false, reason });
  });

  it('none by a follower', () => {
    const proposed = led()
      .at(2)
      .raft.proposeConfiguration({ voters: [2], learners: [] });
    expect(proposed).toEqual({ accepted: false, reason: 'not_leader' });
  });
});

describe('section 4.2.2: removing the leader', () => {
  it('steps down when the configuration without it is committed', () => {
    const group = led();
    change(group, [2, 3]);
    expect([group.at(1).status.role, configurationOf(group, 2)]).toEqual([
      'follower',
      voters(2, 3),
    ]);
  });

  it('somebody takes over at once', () => {
    const group = led();
    change(group, [2, 3]);
    expect(group.leaders).toHaveLength(1);
  });

  it('does not count itself for the configuration without it', () => {
    const group = led();
    group.drops = (message, _, to) =>
      to === 3 && message.type === 'append' && message.entries.some((entry) => entry.index > 3);
    change(group, [2, 3]);
    expect([group.at(1).status.role, group.at(1).status.commit]).toEqual(['leader', 3]);
  });

  it('proposes nothing more while it waits for that', () => {
    const group = led();
    group.drops = (message, _, to) =>
      to === 3 && message.type === 'append' && message.entries.some((entry) => entry.index > 3);
    change(group, [2, 3]);
    expect(group.at(1).raft.propose([new Uint8Array()])).toMatchObject({ reason: 'transferring' });
  });

  it('never runs again', () => {
    const group = led();
    change(group, [2, 3]);
    group.tick(5 * ELECTION_TICKS);
    expect(group.at(1).status.role).toBe('follower');
  });
});

describe('section 4.2.1: learners', () => {
  function withLearner(): Group {
    const group = led();
    group.add(4);
    change(group, [1, 2, 3], [4]);
    welcome(group, 4);
    return group;
  }

  it('get the log', () => {
    const group = withLearner();
    group.propose(1, 'x');
    expect(group.at(4).applied).toContain('x');
  });

  it('come without a joint configuration', () => {
    const group = withLearner();
    const changes = group.at(1).entries.filter((entry) => entry.type === 'configuration');
    expect(changes).toHaveLength(1);
  });

  it('do not count', () => {
    const group = withLearner();
    const { commit } = group.at(1).status;
    group.isolate(2);
    group.isolate(3);
    group.propose(1, 'x');
    expect(group.at(1).status.commit).toBe(commit);
  });

  it('become voters', () => {
    const group = withLearner();
    change(group, [1, 2, 3, 4]);
    group.isolate(1);
    group.tick(ELECTION_TICKS, [4]);
    expect(configurationOf(group, 4)).toEqual(voters(1, 2, 3, 4));
  });

  it('are what voters may become', () => {
    const group = led();
    change(group, [1, 2], [3]);
    expect(configurationOf(group, 3)).toEqual({ ...voters(1, 2), learners: [3] });
  });

  it('a leader that becomes one steps down', () => {
    const group = led();
    change(group, [2, 3], [1]);
    expect(group.at(1).status.role).toBe('follower');
  });
});
