import { describe, expect, it } from 'vitest';
import {
  ConfigurationHistory,
  isValidTarget,
  membersOf,
  stepTowards,
} from '../../../src/raft/configuration.ts';
import type { Configuration, Entry } from '../../../src/raft/entry.ts';
import { voters } from './group.ts';

const at = (index: number, configuration: Configuration): Entry => ({
  type: 'configuration',
  index,
  term: 1,
  configuration,
});
const snapshot = { index: 5, term: 1, configuration: voters(1) };
const history = () =>
  new ConfigurationHistory(snapshot, [at(3, voters(9)), at(7, voters(1, 2)), at(9, voters(2))]);

describe('the step towards a target', () => {
  it('is joint when the voters differ', () => {
    const step = stepTowards(voters(1, 2, 3), { voters: [4, 2, 1], learners: [] });
    expect(step).toEqual({ voters: [1, 2, 4], outgoing: [1, 2, 3], learners: [] });
  });

  it('is simple when only learners differ', () => {
    const step = stepTowards(voters(1), { voters: [1], learners: [3, 2] });
    expect(step).toEqual({ voters: [1], outgoing: [], learners: [2, 3] });
  });

  it('is none when nothing differs', () => {
    expect(stepTowards(voters(1, 2), { voters: [2, 1], learners: [] })).toBeUndefined();
  });
});

describe('a target', () => {
  it.each([
    ['nobody decides', [], [1]],
    ['somebody votes twice', [1, 1], []],
    ['somebody is voter and learner', [1, 2], [2]],
    ['somebody is nobody', [0], []],
  ])('is not valid when %s', (_, some, learners) => {
    expect(isValidTarget({ voters: some, learners })).toBe(false);
  });
});

describe('the members of a configuration', () => {
  it('are all that it names, rising and each once', () => {
    expect(membersOf({ voters: [3, 5], outgoing: [1, 3], learners: [1, 4] })).toEqual([1, 3, 4, 5]);
  });
});

describe('the history of configurations', () => {
  it('begins with the snapshot, whatever the log still holds before it', () => {
    expect(history().at(6)).toEqual(voters(1));
  });

  it('knows what is in force at an index', () => {
    expect(history().at(8)).toEqual(voters(1, 2));
  });

  it('brings the one before back when the log is truncated', () => {
    const configurations = history();
    configurations.truncate(9);
    expect(configurations.latest).toEqual(voters(1, 2));
  });

  it('forgets what a local snapshot covers', () => {
    const configurations = history();
    configurations.compact({ index: 8, term: 1, configuration: voters(1, 2) });
    expect(() => configurations.at(7)).toThrow('before the snapshot');
  });

  it('refuses a local snapshot that claims another configuration', () => {
    const wrong = { index: 8, term: 1, configuration: voters(4) };
    expect(() => history().compact(wrong)).toThrow('in force at its index');
  });

  it('still knows what was in force where the host is when the log is replaced', () => {
    const configurations = history();
    configurations.replace({ index: 20, term: 2, configuration: voters(8) }, 7, 8);
    expect(configurations.at(8)).toEqual(voters(1, 2));
  });
});
