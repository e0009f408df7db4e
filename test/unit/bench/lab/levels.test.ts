/** N, R and W: what follows from them for the modes of experiments, and for what is claimed. */

import { describe, expect, it } from 'vitest';
import {
  checkCutReplicas,
  sloppyGoesOn,
  strictGoesOn,
  strictIsSilent,
} from '../../../../bench/lab/cut-quorums.ts';
import {
  type Levels,
  levelsFrom,
  levelsTerm,
  levelsText,
  overlaps,
} from '../../../../bench/lab/levels.ts';
import { modesAt } from '../../../../bench/lab/modes.ts';
import { racingAt } from '../../../../bench/lab/quorum-registers/race-modes.ts';
import { triedOf } from '../../../../bench/lab/staleness/trials.ts';

const at = (n: number, r: number, w: number): Levels => ({ n, r, w });

it('are those of three replicas and their majority where nothing is said', () => {
  expect(levelsFrom({})).toEqual(at(3, 2, 2));
  expect(levelsFrom({ n: 5, w: 1 })).toEqual(at(5, 3, 1));
  expect(levelsText({ n: 5, w: 1 })).toBe('N=5, W=1');
});

it('overlap where R+W>N, and a set-up says where they do not', () => {
  expect([at(3, 2, 2), at(3, 1, 2), at(3, 1, 1)].map(overlaps)).toEqual([true, false, false]);
  expect(levelsTerm({})[1]).toBe('N=3, R=2, W=2: R+W>N');
  expect(levelsTerm(at(3, 1, 1))[1]).toContain('nothing promises fresh reads; claims that do not');
});

it('are those of the dynamo buckets, and of no others', () => {
  const { sloppy, strict, blocking, paxos, raft } = modesAt({ n: 5, r: 1 });
  for (const { settings, levels } of [sloppy, strict, blocking]) {
    expect(settings).toEqual({ mode: 'dynamo', n: 5, r: 1, w: 3 });
    expect(levels).toEqual(at(5, 1, 3));
  }
  expect([paxos, raft].map(({ settings }) => settings)).toEqual([
    { mode: 'paxos' },
    { mode: 'raft' },
  ]);
});

describe('where a cut leaves most replicas of each key on the larger side', () => {
  it('there are three replicas at least', () => {
    expect(() => checkCutReplicas('E3', { n: 2 })).toThrow('E3 needs 3 replicas of each key');
    expect(() => checkCutReplicas('E3', {})).not.toThrow();
  });

  it('a sloppy quorum takes as many nodes, replicas or not', () => {
    expect(sloppyGoesOn(at(3, 2, 2), 2)).toBe(true);
    expect(sloppyGoesOn(at(5, 1, 3), 2)).toBe(false);
  });

  it('a strict one goes on there with a majority and no more', () => {
    expect(strictGoesOn(at(3, 2, 2))).toBe(true);
    expect(strictGoesOn(at(3, 1, 3))).toBe(false);
  });

  it('a strict one is silent on the other side if that has too few replicas for either level', () => {
    expect(strictIsSilent(at(3, 2, 2), 2)).toBe(true);
    expect(strictIsSilent(at(3, 1, 3), 2)).toBe(false);
    expect(strictIsSilent(at(2, 1, 1), 2)).toBe(true);
    expect(strictIsSilent(at(5, 2, 2), 2)).toBe(false);
    expect(strictIsSilent(at(5, 2, 2), 1)).toBe(true);
  });
});

it.each([
  [at(3, 2, 2), false, true],
  [at(3, 1, 1), false, false],
  [at(3, 1, 3), false, false],
  [at(3, 2, 1), false, false],
  [at(3, 3, 1), true, true],
])(
  'of %o a register is linearizable: strict %s, with blocking repair %s',
  (levels, strict, repaired) => {
    const isLinearizable = (name: string) =>
      racingAt(levels).find((mode) => mode.name === name)?.isLinearizable;
    expect([isLinearizable('strict'), isLinearizable('blocking')]).toEqual([strict, repaired]);
    expect([isLinearizable('one'), isLinearizable('paxos')]).toEqual([false, true]);
  },
);

it('are all tried of few replicas, and some of many', () => {
  expect([2, 3, 5, 9].map(triedOf)).toEqual([
    [1, 2],
    [1, 2, 3],
    [1, 2, 3, 5],
    [1, 2, 5, 9],
  ]);
});
