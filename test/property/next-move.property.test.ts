/**
 * The way of a list to its goal: it ends, one member at a time, at a list of the goal's members;
 * and at the very goal, prefix by prefix, wherever the goal was placed from the list.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinerOf, leaverOf, type Move } from '../../src/ring/move.ts';
import { preparersOf } from '../../src/ring/move-duties.ts';
import { moveCount, nextList, type Surroundings } from '../../src/ring/next-move.ts';
import { place } from '../../src/ring/placement.ts';
import { zoneKey } from '../../src/ring/zones.ts';
import { type Cluster, histories, partitionCounts, weighedHistories } from './clusters.ts';

type List = readonly string[];

const letters = [...'abcdefghijkl'];
const list = (minLength: number) =>
  fc.shuffledSubarray(letters, { minLength, maxLength: 9 }).map((nodes): List => nodes);
const surroundings = fc
  .record({ dead: fc.subarray(letters), zones: fc.array(fc.nat(3), { minLength: 12 }) })
  .map(({ dead, zones }): Surroundings => {
    return { dead: new Set(dead), zoneOf: (node) => `z${zones[letters.indexOf(node)]}` };
  });

/** All lists after the first; fails where it does not end. */
function way(present: List, goal: List, around: Surroundings): List[] {
  const lists: List[] = [];
  for (let at: List | undefined = present; ; lists.push(at)) {
    at = nextList(at, goal, around);
    if (at === undefined) return lists;
    expect(lists.length).toBeLessThan(present.length + goal.length);
  }
}

function moveOf(from: List, to: List): Move {
  return { partition: 0, session: 0, stage: 'prepare', from, to };
}

describe('the way from any list to any other', () => {
  const cases = fc.record({ present: list(1), goal: list(1), around: surroundings });
  const run = (check: (present: List, goal: List, lists: List[], around: Surroundings) => void) =>
    fc.assert(
      fc.property(cases, ({ present, goal, around }) => {
        check(present, goal, way(present, goal, around), around);
      }),
      { numRuns: 1_000 },
    );

  test('ends at the members of the goal, after as many moves as it takes', () => {
    run((present, goal, lists) => {
      expect((lists.at(-1) ?? present).toSorted()).toEqual(goal.toSorted());
      expect(lists).toHaveLength(moveCount(present, goal));
    });
  });

  test('is of moves of one member: a swap in its place, an addition at the end, or a removal', () => {
    run((present, goal, lists) => {
      let from = present;
      for (const to of lists) {
        const leaver = leaverOf(moveOf(from, to));
        const joiner = joinerOf(moveOf(from, to));
        expect(new Set(to).size).toBe(to.length);
        if (joiner === undefined) expect(to).toEqual(from.filter((node) => node !== leaver));
        else if (leaver === undefined) expect(to).toEqual([...from, joiner]);
        else expect(to).toEqual(from.map((node) => (node === leaver ? joiner : node)));
        expect(leaver === undefined || !goal.includes(leaver)).toBe(true);
        expect(joiner === undefined || goal.includes(joiner)).toBe(true);
        from = to;
      }
    });
  });

  test('is never shorter than the shorter of the two', () => {
    run((present, goal, lists) => {
      const shortest = Math.min(present.length, goal.length);
      for (const each of lists) expect(each.length).toBeGreaterThanOrEqual(shortest);
    });
  });

  test('replaces the dead before it moves anybody else, unless the list shrinks', () => {
    run((present, goal, lists, { dead }) => {
      if (present.length > goal.length) return;
      let from = present;
      let othersMoved = false;
      for (const to of lists) {
        const leaver = leaverOf(moveOf(from, to));
        const joiner = joinerOf(moveOf(from, to));
        const urgent = leaver !== undefined && joiner !== undefined && dead.has(leaver);
        if (urgent) expect(othersMoved).toBe(false);
        othersMoved ||= !urgent;
        from = to;
      }
    });
  });

  test('asks no dead member to take data over, where the goal has none', () => {
    run((present, goal, _, { dead, zoneOf }) => {
      const gone = new Set([...dead].filter((node) => !goal.includes(node)));
      let from = present;
      for (const to of way(present, goal, { dead: gone, zoneOf })) {
        for (const node of preparersOf(moveOf(from, to))) expect(gone.has(node)).toBe(false);
        from = to;
      }
    });
  });

  test('depends on nothing but what it is given', () => {
    run((present, goal, lists, around) => {
      expect(way([...present], [...goal], around)).toEqual(lists);
    });
  });
});

describe('the way to a placement that was made from the lists', () => {
  const cases = fc.record({
    history: fc.oneof(histories(12), weighedHistories(12)),
    partitionCount: partitionCounts(5),
  });

  test('ends at that placement, each first n of each list', () => {
    fc.assert(
      fc.property(cases, fc.func(fc.boolean()), ({ history, partitionCount }, isDead) => {
        let lists: readonly List[] | undefined;
        for (const cluster of history) {
          const goal: readonly List[] = place({
            ...cluster,
            partitionCount,
            ...(lists && { previous: lists }),
          });
          lists = (lists ?? goal).map((present, partition) => {
            const around = surroundingsIn(cluster, present, isDead);
            const end = way(present, goal[partition] as List, around).at(-1) ?? present;
            expect(end).toEqual(goal[partition]);
            return end;
          });
        }
      }),
      { numRuns: 1_000 },
    );
  });

  function surroundingsIn(
    { members }: Cluster,
    present: List,
    isDead: (node: string) => boolean,
  ): Surroundings {
    const zones = new Map(members.map((member) => [member.id, zoneKey(member)]));
    return { dead: new Set(present.filter(isDead)), zoneOf: (node) => zones.get(node) };
  }
});
