import { expect, test } from 'vitest';
import { stalenessOf } from '../../../../../bench/lab/ap-vs-cp/staleness.ts';
import type { Operation } from '../../../../../src/checkers/history.ts';

const write = (value: string, invoke: number, complete: number | null): Operation => ({
  process: 1,
  key: 'k',
  op: 'write',
  value,
  invoke,
  complete,
  outcome: complete === null ? 'unknown' : 'ok',
});

const read = (values: readonly string[], invoke: number): Operation => ({
  process: 2,
  key: 'k',
  op: 'read',
  invoke,
  complete: invoke + 1,
  outcome: 'ok',
  output: { values },
});

const staleWith = (writes: readonly Operation[], one: Operation) =>
  stalenessOf([...writes, one], [one]).stale;

const WRITES = [write('a', 0, 10), write('b', 20, 30)];

test.each([
  ['the last value is not the past', ['b'], 40, 0],
  ['a value that was written over is', ['a'], 40, 1],
  ['nothing at all is', [], 40, 1],
  ['one of several values that is new is enough', ['a', 'b'], 40, 0],
  ['what was not acknowledged before the read began does not count', ['a'], 25, 0],
])('%s', (_, values, at, expected) => {
  expect(staleWith(WRITES, read(values, at))).toBe(expected);
});

test('a value whose write has no known end may be the newest', () => {
  expect(staleWith([...WRITES, write('c', 5, null)], read(['c'], 40))).toBe(0);
});

test('of two writes at the same time neither makes the other the past', () => {
  const both = [write('a', 0, 10), write('b', 5, 30)];
  expect(staleWith(both, read(['a'], 40))).toBe(0);
});

test('it counts reads with an answer, and those that show several values', () => {
  const open: Operation = { ...read([], 50), outcome: 'fail', complete: 60 };
  const reads = [read(['a', 'b'], 40), read(['b'], 41), open];
  expect(stalenessOf([...WRITES, ...reads], reads)).toEqual({ reads: 2, stale: 0, conflicting: 1 });
});
