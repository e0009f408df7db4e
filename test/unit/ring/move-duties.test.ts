import { describe, expect, test } from 'vitest';
import type { Move } from '../../../src/ring/move.ts';
import {
  changedFor,
  droppersOf,
  fencesNeeded,
  preparersOf,
  receiversOf,
  sourcesOf,
} from '../../../src/ring/move-duties.ts';

/** Members by letters: `abc` becomes `axc`. */
function move(from: string, to: string): Move {
  return { partition: 0, session: 1, stage: 'write_both', from: [...from], to: [...to] };
}

const dead = (letters = '') => new Set(letters);
const text = (nodes: readonly string[]) => nodes.join('');

interface Case {
  readonly from: string;
  readonly to: string;
  readonly dead?: string;
  readonly changed: readonly number[];
  readonly prepare: string;
  readonly receive: string;
  readonly fence: string;
  readonly drop: string;
  readonly tooFew?: readonly number[];
}

const cases: Record<string, Case> = {
  'a swap at the end': {
    from: 'abc',
    to: 'abx',
    changed: [3],
    prepare: 'x',
    receive: 'x',
    fence: 'c',
    drop: 'c',
  },
  'a swap at the head': {
    from: 'abc',
    to: 'xbc',
    changed: [1, 2, 3],
    prepare: 'x',
    receive: 'x',
    fence: 'a',
    drop: 'a',
  },
  'a swap of the only member': {
    from: 'a',
    to: 'x',
    changed: [1],
    prepare: 'x',
    receive: 'x',
    fence: 'a',
    drop: 'a',
  },
  'a swap at the end, of a dead member': {
    from: 'abc',
    to: 'abx',
    dead: 'c',
    changed: [3],
    prepare: 'x',
    receive: 'x',
    fence: 'ab',
    drop: '',
  },
  'a swap at the head, of a dead member: what it had for n = 1 nobody knows': {
    from: 'abc',
    to: 'xbc',
    dead: 'a',
    changed: [1, 2, 3],
    prepare: 'x',
    receive: 'x',
    fence: 'bc',
    drop: '',
    tooFew: [1],
  },
  'a swap of a dead member where another is dead too': {
    from: 'abc',
    to: 'axc',
    dead: 'bc',
    changed: [2, 3],
    prepare: 'x',
    receive: 'x',
    fence: 'a',
    drop: '',
    tooFew: [3],
  },
  'a swap of a living member where another is dead': {
    from: 'abc',
    to: 'axc',
    dead: 'c',
    changed: [2, 3],
    prepare: 'x',
    receive: 'x',
    fence: 'b',
    drop: 'b',
  },
  'one in five dead, of which three must be fenced': {
    from: 'abcde',
    to: 'abcdx',
    dead: 'e',
    changed: [5],
    prepare: 'x',
    receive: 'x',
    fence: 'abcd',
    drop: '',
  },
  'three in five dead': {
    from: 'abcde',
    to: 'abcdx',
    dead: 'cde',
    changed: [5],
    prepare: 'x',
    receive: 'x',
    fence: 'ab',
    drop: '',
    tooFew: [5],
  },
  'an addition': {
    from: 'ab',
    to: 'abx',
    changed: [3],
    prepare: 'x',
    receive: 'x',
    fence: 'ab',
    drop: '',
  },
  'an addition where one is dead: the one that is left is enough of two': {
    from: 'ab',
    to: 'abx',
    dead: 'b',
    changed: [3],
    prepare: 'x',
    receive: 'x',
    fence: 'a',
    drop: '',
  },
  'an addition where two of three are dead': {
    from: 'abc',
    to: 'abcx',
    dead: 'bc',
    changed: [4],
    prepare: 'x',
    receive: 'x',
    fence: 'a',
    drop: '',
    tooFew: [4],
  },
  'an addition to a single member that is dead': {
    from: 'a',
    to: 'ax',
    dead: 'a',
    changed: [2],
    prepare: 'x',
    receive: 'x',
    fence: '',
    drop: '',
    tooFew: [2],
  },
  'a removal at the end': {
    from: 'abc',
    to: 'ab',
    changed: [3],
    prepare: '',
    receive: 'ab',
    fence: 'c',
    drop: 'c',
  },
  'a removal from the middle makes newcomers of those behind': {
    from: 'abcd',
    to: 'acd',
    changed: [2, 3, 4],
    prepare: 'cd',
    receive: 'acd',
    fence: 'b',
    drop: 'b',
  },
  'a removal of the head': {
    from: 'abc',
    to: 'bc',
    changed: [1, 2, 3],
    prepare: 'bc',
    receive: 'bc',
    fence: 'a',
    drop: 'a',
  },
  'a removal of a dead member from the middle': {
    from: 'abcd',
    to: 'acd',
    dead: 'b',
    changed: [2, 3, 4],
    prepare: 'cd',
    receive: 'acd',
    fence: 'acd',
    drop: '',
  },
  'a removal where one that stays is dead': {
    from: 'abcd',
    to: 'abc',
    dead: 'b',
    changed: [4],
    prepare: '',
    receive: 'ac',
    fence: 'd',
    drop: 'd',
  },
  'a removal where a newcomer is dead: it keeps the move where it is': {
    from: 'abc',
    to: 'ac',
    dead: 'c',
    changed: [2, 3],
    prepare: 'c',
    receive: 'ac',
    fence: 'b',
    drop: 'b',
  },
  'a removal that goes back: one loses an n and remains a member': {
    from: 'acd',
    to: 'abcd',
    changed: [2, 3, 4],
    prepare: 'b',
    receive: 'b',
    fence: 'acd',
    drop: 'cd',
  },
  'an addition that goes back': {
    from: 'abx',
    to: 'ab',
    changed: [3],
    prepare: '',
    receive: 'ab',
    fence: 'x',
    drop: 'x',
  },
};

describe('who has to do what in', () => {
  test.each(Object.entries(cases))('%s', (_, given) => {
    const asked = move(given.from, given.to);
    const gone = dead(given.dead);
    expect(changedFor(asked)).toEqual(given.changed);
    expect(text(preparersOf(asked))).toBe(given.prepare);
    expect(text(receiversOf(asked, gone).toSorted())).toBe(given.receive);
    expect(text(sourcesOf(asked, gone))).toBe(given.fence);
    const { nodes, tooFewSurvivorsFor } = fencesNeeded(asked, gone);
    expect(text(nodes)).toBe(given.fence);
    expect(tooFewSurvivorsFor).toEqual(given.tooFew ?? []);
    expect(text(droppersOf(asked, gone))).toBe(given.drop);
  });
});

describe('too few survivors', () => {
  const ofHead = move('abc', 'xbc');

  test('are judged for the n of buckets that there are', () => {
    expect(fencesNeeded(ofHead, dead('a'), [3, 2]).tooFewSurvivorsFor).toEqual([]);
    expect(fencesNeeded(ofHead, dead('a'), [3, 1, 1]).tooFewSurvivorsFor).toEqual([1]);
    expect(fencesNeeded(ofHead, dead('abc'), [3, 2, 1]).tooFewSurvivorsFor).toEqual([1, 2, 3]);
  });

  test('a bucket with a larger n than the list is long has all of the list', () => {
    expect(fencesNeeded(ofHead, dead('ab'), [5]).tooFewSurvivorsFor).toEqual([5]);
    expect(fencesNeeded(move('abc', 'abx'), dead('c'), [5]).tooFewSurvivorsFor).toEqual([]);
  });

  test('an n that the move does not change does not count', () => {
    expect(fencesNeeded(move('abc', 'abx'), dead('ac'), [1, 2]).tooFewSurvivorsFor).toEqual([]);
    expect(fencesNeeded(move('abc', 'abx'), dead('ac'), [3]).tooFewSurvivorsFor).toEqual([3]);
  });

  // The promise: what was acknowledged by w of C_n is known to one that is fenced, and what is
  // read from r of C_n meets it, for r and w above the number of those that cannot be fenced.
  test('there are enough as long as the dead are less than a majority', () => {
    for (let length = 1; length <= 9; length++) {
      const members = 'abcdefghi'.slice(0, length);
      const asked = move(members, `${members.slice(1)}x`);
      for (let gone = 1; gone <= length; gone++) {
        const { tooFewSurvivorsFor } = fencesNeeded(asked, dead(members.slice(0, gone)), [length]);
        expect(tooFewSurvivorsFor.length === 0).toBe(gone < Math.floor(length / 2) + 1);
      }
    }
  });
});
