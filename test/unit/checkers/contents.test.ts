import { describe, expect, it } from 'vitest';
import { checkContents } from '../../../src/checkers/contents.ts';
import { checkConvergence, hasSeveralFinalReads } from '../../../src/checkers/convergence.ts';
import type { Operation } from '../../../src/checkers/history.ts';
import { add, append, increment, MISMATCH, read, readAll, remove, write } from './hand-made.ts';

const FINAL = { final: true } as const;
const FAILED = { outcome: 'fail' } as Partial<Operation>;
const quorum = (needed: number) => ({ quorum: { n: 3, needed, strict: true } });
const final = (span: readonly [number, number], value: string | number | null) =>
  ({ ...read(span, value), ...FINAL }) as Operation;

function found(...operations: readonly Operation[]): string {
  const violations = checkContents({ facts: {}, operations, faults: [] });
  return violations.map(({ text }) => text).join('\n');
}

describe('the contents of a set', () => {
  const added = [add([0, 1], 'a'), add([2, 3], 'b'), add([4], 'c')];

  it('are all that was acknowledged, once, and no more than was asked for', () => {
    expect(found(...added, readAll([6, 7], ['a', 'b'], FINAL))).toBe('');
    expect(found(...added, readAll([6, 7], ['c', 'b', 'a'], FINAL))).toBe('');
    expect(found(...added, readAll([6, 7], ['a'], FINAL))).toBe('"b" is lost: it was acknowledged');
    expect(found(...added, readAll([6, 7], ['a', 'b', 'a'], FINAL))).toBe('"a" is there twice');
    expect(found(...added, readAll([6, 7], ['a', 'b', 'd'], FINAL))).toBe('nobody put "d" there');
  });

  it('are asked of reads whose quorum overlaps, and of no others', () => {
    const [a] = added as [Operation];
    expect(found({ ...a, ...quorum(2) }, readAll([6, 7], [], quorum(2)))).toContain('"a" is lost');
    expect(found({ ...a, ...quorum(2) }, readAll([6, 7], [], quorum(1)))).toBe('');
    expect(found(a, readAll([6, 7], []))).toBe('');
    expect(found({ ...a, ...quorum(2) }, readAll([0.5, 7], [], quorum(3)))).toBe('');
  });

  it('are not what was put there under a condition that did not hold', () => {
    const refused = { ifVersion: 1, ...MISMATCH };
    expect(found(append([0, 1], 'a'), append([2, 3], 'b', refused), final([6, 7], 'a'))).toBe('');
    expect(found(append([0, 1], 'a'), write([2, 3], 'b', refused), final([6, 7], 'a'))).toBe('');
    const counted = [increment([0, 1], 2, 2), increment([2, 3], 3, undefined, refused)];
    expect(found(...counted, final([6, 7], 2))).toBe('');
    expect(found(...counted, final([6, 7], 5))).toBe('the count is 5, not 2');
  });

  it('are neither what failed nor what is yet to come', () => {
    expect(found(add([0, 1], 'a', FAILED), readAll([2, 3], ['a']))).toContain('not done');
    expect(found(add([5, 6], 'a'), readAll([2, 3], ['a']))).toContain('before anybody put it');
  });

  it('are gone after a delete, which may also have taken what came meanwhile', () => {
    const [a, b] = [add([0, 1], 'a'), add([2, 9], 'b')];
    const deleted = remove([4, 5]);
    expect(found(a, b, deleted, readAll([10, 11], ['b'], FINAL))).toBe('');
    expect(found(a, b, deleted, readAll([10, 11], [], FINAL))).toBe('');
    expect(found(a, b, deleted, readAll([10, 11], ['a', 'b'], FINAL))).toContain('"a" is back');
    expect(found(a, b, remove([4]), readAll([10, 11], ['a', 'b'], FINAL))).toBe('');
    expect(found(a, deleted, add([12, 13], 'c'), readAll([14, 15], [], FINAL))).toContain('"c" is');
  });
});

describe('the contents of a text that is added to', () => {
  const added = [append([0, 1], '1'), append([2, 3], '11'), append([4, 5], '12')];

  it('are taken apart even where one piece begins like another', () => {
    expect(found(...added, final([6, 7], '11112'))).toBe('');
    expect(found(...added, final([6, 7], '12111'))).toBe('');
    expect(found(...added, final([6, 7], '111'))).toBe('"12" is lost: it was acknowledged');
    expect(found(...added, final([6, 7], '1111112'))).toContain('there twice');
    expect(found(...added, final([6, 7], '1112x'))).toBe('nobody put "1112x" there');
  });

  it('are new after a write', () => {
    expect(found(append([0, 1], 'a'), write([2, 3], 'b'), final([4, 5], 'b'))).toBe('');
    expect(found(append([0, 1], 'a'), write([2, 3], 'b'), final([4, 5], 'ab'))).toContain('back');
    expect(found(append([0, 1], 'a'), write([2, 3], 'b'), final([4, 5], null))).toContain('"b" is');
  });
});

describe('a count', () => {
  const counted = [increment([0, 1], 1), increment([2, 3], 1), increment([4], 1)];

  it('is at last no less than was acknowledged, and no more than was asked for', () => {
    expect(found(...counted, final([6, 7], 2))).toBe('');
    expect(found(...counted, final([6, 7], 3))).toBe('');
    expect(found(...counted, final([6, 7], 1))).toBe('the count is 1, not 2 to 3');
    expect(found(...counted, final([6, 7], 4))).toBe('the count is 4, not 2 to 3');
    expect(found(...counted, read([6, 7], 1))).toBe('');
    expect(found(increment([0], -1), increment([0, 1], 1), final([6, 7], 0))).toBe('');
  });
});

describe('convergence', () => {
  const at = (node: string, values: readonly string[]) =>
    ({ ...readAll([0, 1], values, FINAL), at: node }) as Operation;

  it('is that all final reads of a key find the same', () => {
    expect(checkConvergence([at('n1', ['a', 'b']), at('n2', ['b', 'a'])])).toEqual([]);
    expect(checkConvergence([at('n1', ['a', 'b']), at('n2', ['b'])])).toEqual([
      {
        check: 'convergence',
        key: 'k',
        operations: [0, 1],
        text: 'n1 has ["a", "b"], n2 has ["b"]',
      },
    ]);
    const versions = [1, 2].map((version) => ({
      ...read([0, 1], 'a', { version }),
      ...FINAL,
    })) as Operation[];
    expect(checkConvergence(versions)).toHaveLength(1);
  });

  it('is asked of final reads alone', () => {
    expect(checkConvergence([at('n1', ['a']), readAll([0, 1], [])])).toEqual([]);
    expect(hasSeveralFinalReads([at('n1', []), readAll([0, 1], [])])).toBe(false);
    expect(hasSeveralFinalReads([at('n1', []), at('n1', [])])).toBe(true);
  });
});
