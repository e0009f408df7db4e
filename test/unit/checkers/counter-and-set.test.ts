import { describe, expect, it } from 'vitest';
import { checkHistory, modelsFor } from '../../../src/checkers/models.ts';
import {
  add,
  append,
  check,
  increment,
  MISMATCH,
  read,
  readAll,
  remove,
  UNLIMITED,
  verdict,
  write,
} from './hand-made.ts';

describe('a counter', () => {
  it('is 0 at first, and what was added since', () => {
    expect(verdict(read([0, 1], null), increment([2, 3], 2), read([4, 5], 2))).toBe('ok');
    expect(verdict(increment([0, 1], 2, 2), increment([2, 3], -3, -1))).toBe('ok');
    expect(verdict(increment([0, 1], 2), read([2, 3], null))).toBe('violation');
    expect(verdict(increment([0, 1], 2), read([2, 3], 3))).toBe('violation');
    expect(verdict(increment([0, 1], 1, 1), increment([2, 3], 1, 1))).toBe('violation');
  });

  it('may be any of the counts while increments are under way, but never less again', () => {
    const both = [increment([0, 9], 1), increment([0, 9], 1)];
    expect(verdict(...both, read([1, 2], 0), read([3, 4], 1), read([5, 6], 2))).toBe('ok');
    expect(verdict(...both, read([1, 2], 2), read([3, 4], 1))).toBe('violation');
    expect(verdict(...both, read([10, 11], 1))).toBe('violation');
  });

  it('lets an increment of unknown outcome happen late, once, or never', () => {
    expect(verdict(increment([0], 1), read([1, 2], 0), read([3, 4], 1))).toBe('ok');
    expect(verdict(increment([0], 1), read([1, 2], 2))).toBe('violation');
    const many = Array.from({ length: 300 }, () => increment([0], 1));
    expect(verdict(...many, read([1, 2], 150), read([3, 4], 299))).toBe('ok');
  });

  it('can be set, and deleted', () => {
    const history = [increment([0, 1], 1), write([2, 3], 10), increment([4, 5], 1, 11)];
    expect(verdict(...history, remove([6, 7]), read([8, 9], null))).toBe('ok');
    expect(verdict(...history, remove([6, 7], MISMATCH))).toBe('violation');
    expect(verdict(...history, remove([6, 7]), remove([8, 9], MISMATCH))).toBe('ok');
  });
});

describe('a set', () => {
  it('has what was added, in whatever order it is told', () => {
    const added = [add([0, 1], 'a'), add([2, 3], 'b')];
    expect(verdict(readAll([0, 1], []), ...added, readAll([4, 5], ['b', 'a']))).toBe('ok');
    expect(verdict(...added, readAll([4, 5], ['a']))).toBe('violation');
    expect(verdict(...added, readAll([4, 5], ['a', 'b', 'c']))).toBe('violation');
    expect(verdict(add([0, 1], 1), readAll([2, 3], ['1']))).toBe('violation');
  });

  it('may or may not have what is under way or unknown, but never loses it again', () => {
    const open = [add([0, 9], 'a'), add([0], 'b')];
    expect(verdict(...open, readAll([1, 2], ['b']), readAll([3, 4], ['a', 'b']))).toBe('ok');
    expect(verdict(...open, readAll([1, 2], ['b']), readAll([3, 4], ['a']))).toBe('violation');
  });

  it('is empty after a delete', () => {
    const history = [add([0, 1], 'a'), remove([2, 3]), add([4, 5], 'b')];
    expect(verdict(...history, readAll([6, 7], ['b']))).toBe('ok');
    expect(verdict(...history, readAll([6, 7], ['a', 'b']))).toBe('violation');
    expect(verdict(add([0, 1], 'a'), remove([2, 3], MISMATCH))).toBe('violation');
  });

  it('is told with its elements, as far as a person reads', () => {
    const many = Array.from({ length: 40 }, (_, i) => add([i, i + 0.5], i));
    const result = check([...many, readAll([50, 51], [])]);
    if (result.verdict !== 'violation') throw new Error(result.verdict);
    expect(result.witness.states[0]).toMatch(/^\{0, 1, .*, 19, and 20 more\}$/);
  });
});

describe('a text that is added to', () => {
  it('is put in the order that a much later read tells', () => {
    const burst = Array.from({ length: 200 }, (_, i) => append([0, 10], `${i} `));
    const order = burst.map((_, i) => `${(i * 67) % 200} `).join('');
    expect(verdict(...burst, read([11, 12], order))).toBe('ok');
    expect(verdict(...burst, read([11, 12], order), read([13, 14], ''))).toBe('violation');
    expect(verdict(append([0, 1], 'a'), append([2, 3], 'b'), read([4, 5], 'ba'))).toBe('violation');
  });
});

describe('the models of several keys', () => {
  const on = (key: string, history: readonly ReturnType<typeof read>[]) =>
    history.map((operation) => ({ ...operation, key }));

  it('are those of what was done to each', () => {
    const history = [
      ...on('c', [increment([0, 1], 1), read([2, 3], 1)]),
      ...on('s', [add([0, 1], 'a'), readAll([2, 3], ['a'])]),
      ...on('r', [write([0, 1], 'a'), read([2, 3], 'a')]),
      ...on('v', [write([0, 1], 'a', { ifAbsent: true })]),
    ];
    const models = modelsFor(history);
    expect([...models.keys()]).toEqual(['counter', 'set', 'register', 'versioned']);
    for (const [name, its] of models) {
      expect(checkHistory(its, name, UNLIMITED)).toEqual({ verdict: 'ok' });
    }
  });

  it('are texts for keys that tell nothing, where there are texts', () => {
    const texts = [...on('a', [append([0, 1], 'x')]), ...on('b', [read([0, 1], '')])];
    expect([...modelsFor(texts)]).toEqual([['append', texts]]);
    const other = on('c', [remove([0, 1])]);
    expect([...modelsFor([...texts, ...other]).keys()]).toEqual(['append', 'register']);
  });

  it('reads several values of a register as no register has', () => {
    expect(verdict(write([0, 1], 'a'), readAll([2, 3], ['a']))).toBe('ok');
    expect(verdict(write([0, 9], 'a'), write([0, 9], 'b'), readAll([2, 3], ['a', 'b']))).toBe(
      'violation',
    );
  });
});
