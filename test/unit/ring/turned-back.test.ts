import { describe, expect, test } from 'vitest';
import { type Move, type MoveStage, readListOf, writeListsOf } from '../../../src/ring/move.ts';
import type { Ring } from '../../../src/ring/ring.ts';
import { isLost, settledList, turnedBack } from '../../../src/ring/turned-back.ts';

const stages: MoveStage[] = ['prepare', 'write_both', 'read_new', 'stable'];
const C = ['a', 'b', 'c'];
const C1 = ['a', 'x', 'c'];

function move(stage: MoveStage, over: Partial<Move> = {}): Move {
  return { partition: 3, session: 7, stage, from: C, to: C1, ...over };
}

function writeLists(of: Move | undefined): readonly (readonly string[])[] {
  const moves = new Map(of === undefined ? [] : [[0, of]]);
  const replicas = [of === undefined ? C : readListOf(of)];
  return writeListsOf({ replicas, moves } as unknown as Ring, 0, 3);
}

describe('a move that goes back', () => {
  test('vanishes where nothing has changed yet', () => {
    expect(turnedBack(move('prepare'), 9)).toBeUndefined();
  });

  test('is in the last stage of the reverse where reads ask the old list still', () => {
    const back = turnedBack(move('write_both'), 9);
    expect(back).toEqual({ partition: 3, session: 9, stage: 'stable', from: C1, to: C });
    expect(writeLists(back)).toEqual([C]);
  });

  test('is in read_new of the reverse where reads asked the new list', () => {
    const back = turnedBack(move('read_new'), 9);
    expect(back).toEqual({ partition: 3, session: 9, stage: 'read_new', from: C1, to: C });
    expect(writeLists(back)).toEqual([C1, C]);
  });

  test('goes on where there is no way back', () => {
    const last = move('stable');
    expect(turnedBack(last, 9)).toBe(last);
  });

  test('is read from a list that every write was acknowledged by, whatever the stage', () => {
    for (const stage of stages) {
      const before = stage === 'prepare' ? [C] : writeLists(move(stage));
      const back = turnedBack(move(stage), 9);
      expect(before).toContainEqual(back === undefined ? C : readListOf(back));
    }
  });
});

describe('a move is lost', () => {
  test('when one that should take data over is dead, until it has', () => {
    expect(stages.map((stage) => isLost(move(stage), new Set(['x'])))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(isLost(move('write_both'), new Set(['b']))).toBe(false);
    expect(isLost(move('write_both'), new Set(['a']))).toBe(false);
    const removal = move('write_both', { from: ['a', 'b', 'c'], to: ['a', 'c'] });
    expect(isLost(removal, new Set(['c']))).toBe(true);
    expect(isLost(removal, new Set(['a']))).toBe(false);
  });
});

describe('where a partition settles', () => {
  test('is where it is while its move has done nothing, and else where the move leads', () => {
    const none = new Set<string>();
    expect(settledList(C, undefined, none)).toBe(C);
    expect(stages.map((stage) => settledList(C, move(stage), none))).toEqual([C, C1, C1, C1]);
  });

  test('is where it came from if the move is lost', () => {
    const dead = new Set(['x']);
    expect(stages.map((stage) => settledList(C, move(stage), dead))).toEqual([C, C, C, C1]);
  });
});
