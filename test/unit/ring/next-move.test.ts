import { describe, expect, test } from 'vitest';
import { moveCount, nextList } from '../../../src/ring/next-move.ts';

/** The zone of a node is the digit behind its letter, if there is one. */
const zoneOf = (node: string) => node[1] ?? node;

/** Members by commas; all lists on the way. */
function way(present: string, goal: string, dead = ''): string[] {
  const lists: string[] = [];
  let list: readonly string[] | undefined = present.split(',');
  for (;;) {
    list = nextList(list, goal.split(','), { dead: new Set(dead.split(',')), zoneOf });
    if (list === undefined) return lists;
    lists.push(list.join());
    expect(lists.length).toBeLessThan(20);
  }
}

describe('from one list to another', () => {
  test.each([
    ['nothing to do', 'a,b,c', 'a,b,c', []],
    ['a swap keeps the place', 'a,b,c', 'a,x,c', ['a,x,c']],
    ['the first member', 'a,b,c', 'x,b,c', ['x,b,c']],
    ['one after the other', 'a,b,c', 'x,y,z', ['x,b,c', 'x,y,c', 'x,y,z']],
    ['an addition is appended', 'a,b', 'a,b,c', ['a,b,c']],
    ['additions in the order of the goal', 'a', 'a,b,c', ['a,b', 'a,b,c']],
    ['additions before swaps', 'a,b', 'x,b,y', ['a,b,y', 'x,b,y']],
    ['a removal at the end', 'a,b,c', 'a,b', ['a,b']],
    ['a removal in the middle', 'a,b,c', 'a,c', ['a,c']],
    ['removals from the end', 'a,b,c,d', 'a,c', ['a,b,c', 'a,c']],
    ['swaps before removals', 'a,b,c', 'x,c', ['x,b,c', 'x,c']],
    ['a newcomer takes a place between the same stayers', 'a,b,c,d', 'a,x,d', ['a,x,c,d', 'a,x,d']],
    ['behind the last stayer', 'a,b,c,d', 'b,x', ['a,b,x,d', 'a,b,x', 'b,x']],
  ])('%s: %s to %s', (_, present, goal, lists) => {
    expect(way(present, goal)).toEqual(lists);
  });

  test('the same members in another order are not moved', () => {
    expect(way('a,b,c', 'c,a,b')).toEqual([]);
    expect(way('a,b,c', 'b,a')).toEqual(['a,b']);
    expect(way('a,b', 'b,a,c')).toEqual(['a,b,c']);
  });

  test('a newcomer takes any place where there is none for it', () => {
    expect(way('a,b,c', 'c,x,a')).toEqual(['a,x,c']);
    expect(way('a,b', 'b,x')).toEqual(['x,b']);
  });
});

describe('what comes first', () => {
  test('places of the dead, before all else', () => {
    expect(way('a,b,c', 'x,y,z', 'c')).toEqual(['a,b,z', 'x,b,z', 'x,y,z']);
    expect(way('a,b', 'x,y,z', 'b')).toEqual(['a,y', 'a,y,z', 'x,y,z']);
  });

  test('among removals those of the dead, from the end', () => {
    expect(way('a,b,c,d', 'a,d', 'b')).toEqual(['a,c,d', 'a,d']);
    expect(way('a1,b1,c2', 'a1', 'c2')).toEqual(['a1,b1', 'a1']);
    expect(way('a,b,c', 'c', 'a,b')).toEqual(['a,c', 'c']);
  });

  test('the swap after which the list is of more zones', () => {
    expect(way('a1,b2', 'x2,y3')).toEqual(['a1,y3', 'x2,y3']);
    expect(way('a1,b2,c3', 'x3,b2,y1')).toEqual(['x3,b2,c3', 'x3,b2,y1']);
  });

  test('the removal after which the list is of more zones', () => {
    expect(way('a1,b1,c2,d2', 'a1,c2')).toEqual(['a1,b1,c2', 'a1,c2']);
    expect(way('a1,b1,c2', 'a1')).toEqual(['a1,c2', 'a1']);
  });
});

test('the number of moves is that of leavers or newcomers, whichever are more', () => {
  for (const [present, goal] of [
    ['a,b,c', 'a,b,c'],
    ['a,b,c', 'x,y,c'],
    ['a', 'x,y,z'],
    ['a,b,c', 'x'],
    ['a,b,c', 'c,x'],
  ] as const) {
    expect(moveCount(present.split(','), goal.split(','))).toBe(way(present, goal).length);
  }
});
