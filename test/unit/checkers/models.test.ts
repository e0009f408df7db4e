import { describe, expect, it } from 'vitest';
import type { Operation } from '../../../src/checkers/history.ts';
import { UncheckableError } from '../../../src/checkers/history-error.ts';
import { checkHistory, modelsFor } from '../../../src/checkers/models.ts';
import {
  append,
  cas,
  increment,
  MISMATCH,
  read,
  remove,
  type Span,
  UNLIMITED,
  verdict,
  write,
} from './hand-made.ts';

describe('a register', () => {
  it('is absent at first, then what the last write made it', () => {
    expect(verdict(read([0, 1], null), write([2, 3], 'a'), read([4, 5], 'a'))).toBe('ok');
    expect(verdict(read([0, 1], 'a'))).toBe('violation');
    expect(verdict(write([0, 1], 'a'), read([2, 3], null))).toBe('violation');
    expect(verdict(write([0, 1], 'a'), write([2, 3], 'b'), read([4, 5], 'a'))).toBe('violation');
  });

  it('tells a number from the text of its digits', () => {
    expect(verdict(write([0, 1], 1), read([2, 3], '1'))).toBe('violation');
    expect(verdict(write([0, 1], 1), write([0, 1], '1'), read([2, 3], '1'))).toBe('ok');
  });

  it('may have either value while a write is under way, but not first the new one', () => {
    const history = [write([0, 1], 'old'), write([2, 9], 'new')];
    expect(verdict(...history, read([3, 4], 'old'), read([5, 6], 'new'))).toBe('ok');
    expect(verdict(...history, read([3, 4], 'new'), read([5, 6], 'old'))).toBe('violation');
  });

  it('counts operations that touch in time as concurrent', () => {
    expect(verdict(write([0, 1], 'a'), read([1, 2], null))).toBe('ok');
    expect(verdict(write([0, 1], 'a'), read([1.001, 2], null))).toBe('violation');
  });

  it('lets a write of unknown outcome happen late, once, or never', () => {
    const history = [write([0, 1], 'a'), write([2], 'b')];
    expect(verdict(...history, read([3, 4], 'a'))).toBe('ok');
    expect(verdict(...history, read([3, 4], 'a'), read([50, 51], 'b'))).toBe('ok');
    expect(verdict(...history, read([3, 4], 'b'), read([5, 6], 'a'))).toBe('violation');
    expect(verdict(write([2], 'b'), read([0, 1], 'b'))).toBe('violation');
    const overwritten = [...history, read([3, 4], 'b'), write([5, 6], 'c')];
    expect(verdict(...overwritten, read([7, 8], 'b'))).toBe('violation');
  });

  it('gives up waiting, but not the write, at the end that an unknown outcome has', () => {
    const gaveUp: Operation = { ...write([0, 1], 'a'), outcome: 'unknown' };
    expect(verdict(gaveUp, read([2, 3], null), read([4, 5], 'a'))).toBe('ok');
  });

  it('takes nothing from what failed, and nothing from a read that told nothing', () => {
    const failed: Operation = { ...write([0, 1], 'a'), outcome: 'fail' };
    expect(verdict(failed, read([2, 3], null))).toBe('ok');
    expect(verdict(failed, read([2, 3], 'a'))).toBe('violation');
    const { output: _, ...untold } = read([0, 1], 'x');
    expect(verdict({ ...untold, outcome: 'unknown' } as Operation)).toBe('ok');
    expect(verdict({ ...untold, outcome: 'fail' } as Operation)).toBe('ok');
  });

  it('compares and sets; a mismatch is an observation', () => {
    const before = write([0, 1], 'a');
    expect(verdict(before, cas([2, 3], 'a', 'b'), read([4, 5], 'b'))).toBe('ok');
    expect(verdict(before, cas([2, 3], 'x', 'b'))).toBe('violation');
    expect(verdict(before, cas([2, 3], 'x', 'b', MISMATCH.output), read([4, 5], 'a'))).toBe('ok');
    expect(verdict(before, cas([2, 3], 'a', 'b', MISMATCH.output))).toBe('violation');
    const told = (value: string) => cas([2, 3], 'x', 'b', { applied: false, value });
    expect(verdict(before, told('a'))).toBe('ok');
    expect(verdict(before, told('c'))).toBe('violation');
    expect(verdict(cas([0, 1], null, 'a'), read([2, 3], 'a'))).toBe('ok');
  });

  it('lets a cas of unknown outcome apply only where it holds', () => {
    expect(verdict(write([0, 1], 'a'), cas([2], 'a', 'b'), read([3, 4], 'b'))).toBe('ok');
    expect(verdict(write([0, 1], 'a'), cas([2], 'x', 'b'), read([3, 4], 'b'))).toBe('violation');
  });

  it('is absent after a delete, which may say that there was nothing', () => {
    const before = write([0, 1], 'a');
    expect(verdict(before, remove([2, 3]), read([4, 5], null))).toBe('ok');
    expect(verdict(before, remove([2, 3]), read([4, 5], 'a'))).toBe('violation');
    expect(verdict(remove([2, 3]), remove([4, 5], MISMATCH))).toBe('ok');
    expect(verdict(before, remove([2, 3], MISMATCH))).toBe('violation');
  });
});

describe('a text that grows', () => {
  it('is empty or absent at first, then what was put and appended', () => {
    expect(verdict(append([0, 1], 'a'), append([2, 3], 'b'), read([4, 5], 'ab'))).toBe('ok');
    expect(verdict(append([0, 1], 'a'), append([2, 3], 'b'), read([4, 5], 'ba'))).toBe('violation');
    expect(verdict(append([0, 9], 'a'), append([0, 9], 'b'), read([10, 11], 'ba'))).toBe('ok');
    expect(verdict(read([0, 1], ''), read([0, 1], null), append([0, 1], 'a'))).toBe('ok');
    expect(verdict(append([0, 1], 'a'), write([2, 3], 'x'), read([4, 5], 'x'))).toBe('ok');
  });

  it('may have an append of unknown outcome, once', () => {
    const history = [append([0, 1], 'a'), append([2], 'b')];
    expect(verdict(...history, read([3, 4], 'a'), read([5, 6], 'ab'))).toBe('ok');
    expect(verdict(...history, read([3, 4], 'abb'))).toBe('violation');
  });
});

describe('a register with versions', () => {
  const made = (version: number | string) => ({ output: { version } });
  const before = write([0, 1], 'a', made(5));

  it('has the version of the last write', () => {
    expect(verdict(before, read([2, 3], 'a', { version: 5 }))).toBe('ok');
    expect(verdict(before, read([2, 3], 'a', { version: 6 }))).toBe('violation');
    expect(verdict(before, read([2, 3], null, { version: null }))).toBe('violation');
    expect(verdict(before, write([2, 3], 'a', made(6)), read([4, 5], 'a', { version: 5 }))).toBe(
      'violation',
    );
  });

  it('never gives a version twice, and numbers grow', () => {
    expect(verdict(before, write([2, 3], 'b', made(5)))).toBe('violation');
    expect(verdict(before, write([2, 3], 'b', made(4)))).toBe('violation');
    expect(verdict(before, remove([2, 3]), write([4, 5], 'b', made(5)))).toBe('violation');
    const tags = [write([0, 1], 'a', made('y')), write([2, 3], 'b', made('x'))];
    expect(verdict(...tags, read([4, 5], 'b', { version: 'x' }))).toBe('ok');
  });

  it('orders concurrent writes by their numbers', () => {
    const writes = [write([0, 9], 'a', made(2)), write([0, 9], 'b', made(1))];
    expect(verdict(...writes, read([10, 11], 'a', { version: 2 }))).toBe('ok');
    expect(verdict(...writes, read([10, 11], 'b', { version: 1 }))).toBe('violation');
  });

  it('applies a condition on a version where it holds, and only there', () => {
    const put = (ifVersion: number, more: object) => write([2, 3], 'b', { ifVersion, ...more });
    expect(verdict(before, put(5, made(6)), read([4, 5], 'b', { version: 6 }))).toBe('ok');
    expect(verdict(before, put(4, made(6)))).toBe('violation');
    expect(verdict(before, put(4, MISMATCH), read([4, 5], 'a'))).toBe('ok');
    expect(verdict(before, put(5, MISMATCH))).toBe('violation');
    const told = (version: number | null) => put(4, { output: { applied: false, version } });
    expect(verdict(before, told(5))).toBe('ok');
    expect(verdict(before, told(7))).toBe('violation');
    expect(verdict(before, told(null))).toBe('violation');
    expect(verdict(put(5, made(6)))).toBe('violation');
    expect(verdict(told(null))).toBe('ok');
  });

  it('applies a condition on absence where it holds, and only there', () => {
    const put = (more: object) => write([2, 3], 'b', { ifAbsent: true, ...more });
    expect(verdict(put(made(6)), read([4, 5], 'b', { version: 6 }))).toBe('ok');
    expect(verdict(put(MISMATCH))).toBe('violation');
    expect(verdict(before, put(made(6)))).toBe('violation');
    expect(verdict(before, put({ output: { applied: false, version: 5 } }))).toBe('ok');
  });

  it('deletes with a condition and without', () => {
    expect(verdict(before, remove([2, 3], { ifVersion: 5 }), read([4, 5], null))).toBe('ok');
    expect(verdict(before, remove([2, 3], { ifVersion: 4 }))).toBe('violation');
    expect(verdict(before, remove([2, 3], { ifVersion: 4, ...MISMATCH }))).toBe('ok');
    expect(verdict(before, remove([2, 3], MISMATCH))).toBe('violation');
    const told = remove([2, 3], made(7));
    expect(verdict(before, told, write([4, 5], 'b', made(8)))).toBe('ok');
    expect(verdict(before, told, write([4, 5], 'b', made(6)))).toBe('violation');
  });

  it('learns the version of a write of unknown outcome from the first who tells it', () => {
    const history = [before, write([2], 'b')];
    const told = (version: number) => read([3, 4], 'b', { version });
    expect(verdict(...history, told(7), read([5, 6], 'b', { version: 7 }))).toBe('ok');
    expect(verdict(...history, told(7), read([5, 6], 'b', { version: 8 }))).toBe('violation');
    expect(verdict(...history, told(5))).toBe('violation');
    expect(verdict(...history, told(7), write([5, 6], 'c', made(6)))).toBe('violation');
    const conditional = write([5, 6], 'c', { ifVersion: 7, output: { version: 8 } });
    expect(verdict(...history, conditional, read([7, 8], 'c', { version: 8 }))).toBe('ok');
  });

  it('lets a conditional write of unknown outcome happen at most once', () => {
    const history = [before, write([2], 'b', { ifVersion: 5 })];
    expect(verdict(...history, read([3, 4], 'a'), read([5, 6], 'b'))).toBe('ok');
    const meanwhile = [...history, write([3, 4], 'c', { ifVersion: 5, output: { version: 6 } })];
    expect(verdict(...meanwhile, read([5, 6], 'c', { version: 6 }))).toBe('ok');
    expect(verdict(...meanwhile, read([5, 6], 'b'))).toBe('violation');
  });
});

describe('a register with versions that is changed in place', () => {
  const made = (version: number | string, value?: number) => ({
    output: { version, ...(value !== undefined && { value }) },
  });
  const refused = (version: number | null) => ({ output: { applied: false, version } });
  const before = write([0, 1], '7', made(5));

  it('is counted up from what is there, as text or as number, or from nothing', () => {
    const counted = increment([2, 3], 2, undefined, made(6, 9));
    expect(verdict(before, counted, read([4, 5], '9', { version: 6 }))).toBe('ok');
    expect(verdict(before, counted, read([4, 5], '8'))).toBe('violation');
    expect(verdict(before, increment([2, 3], 2, undefined, made(6, 8)))).toBe('violation');
    expect(verdict(increment([0, 1], 2, undefined, made(6, 2)), read([2, 3], 2))).toBe('ok');
  });

  it('refuses to count only where there is no number', () => {
    const text = write([0, 1], '07', made(5));
    expect(verdict(text, increment([2, 3], 1, undefined, refused(5)))).toBe('ok');
    expect(verdict(text, increment([2, 3], 1, undefined, made(6)))).toBe('violation');
    expect(verdict(before, increment([2, 3], 1, undefined, refused(5)))).toBe('violation');
    expect(verdict(increment([2, 3], 1, undefined, refused(null)))).toBe('violation');
  });

  it('is added to at its end', () => {
    const added = append([2, 3], 'x', made(6));
    expect(verdict(before, added, read([4, 5], '7x', { version: 6 }))).toBe('ok');
    expect(verdict(before, added, read([4, 5], '7'))).toBe('violation');
    expect(verdict(before, append([2], 'x'), read([3, 4], '7x'), read([5, 6], '7xx'))).toBe(
      'violation',
    );
  });

  it('is changed in place only where the condition holds', () => {
    for (const change of [
      append,
      (span: Span, _: string, more: object) => increment(span, 1, undefined, more),
    ]) {
      const asked = (more: object) => change([2, 3], '0', more);
      expect(verdict(before, asked({ ifVersion: 5, ...made(6) }))).toBe('ok');
      expect(verdict(before, asked({ ifVersion: 4, ...made(6) }))).toBe('violation');
      expect(verdict(before, asked({ ifVersion: 4, ...refused(5) }))).toBe('ok');
      expect(verdict(before, asked({ ifVersion: 5, ...refused(5) }))).toBe('violation');
      expect(verdict(before, asked({ ifAbsent: true, ...made(6) }))).toBe('violation');
      expect(verdict(before, asked({ ifPresent: true, ...made(6) }))).toBe('ok');
      expect(verdict(before, asked({ ifPresent: true, ...refused(5) }))).toBe('violation');
      expect(verdict(asked({ ifPresent: true, ...made(6) }))).toBe('violation');
      expect(verdict(asked({ ifPresent: true, ...refused(null) }))).toBe('ok');
    }
  });

  it('deletes nothing only where a store says so without a version', () => {
    expect(verdict(remove([0, 1], made(5)))).toBe('violation');
    expect(verdict(remove([0, 1]), read([2, 3], null, { version: null }))).toBe('ok');
    expect(verdict(remove([0, 1], refused(null)))).toBe('ok');
  });

  it('may end, if it was to, at any time and once, with what was added to it', () => {
    const ending = write([0, 1], 'a', { ttlMs: 1_000, ...made(5) });
    const [there, gone] = [
      read([6, 7], 'a', { version: 5 }),
      read([4, 5], null, { version: null }),
    ];
    expect(verdict(ending, gone)).toBe('ok');
    expect(verdict(ending, there)).toBe('ok');
    expect(verdict(ending, gone, there)).toBe('violation');
    expect(verdict(write([0, 1], 'a', made(5)), gone)).toBe('violation');
    expect(verdict(ending, append([2, 3], 'b', made(6)), gone)).toBe('ok');
    expect(verdict(ending, write([2, 3], 'b', made(6)), gone)).toBe('violation');
    const refusedOne = write([2, 3], 'b', { ttlMs: 1, ifAbsent: true, ...refused(5) });
    expect(verdict(write([0, 1], 'a', made(5)), refusedOne, gone)).toBe('violation');
    const again = write([5.1, 5.2], 'c', { ttlMs: 1, ...made(6) });
    expect(verdict(ending, gone, again, read([8, 9], null, { version: null }))).toBe('ok');
  });

  it('has versions that grow, if they are numbers with dots between them', () => {
    const writes = (first: string, second: string) =>
      verdict(write([0, 1], 'a', made(first)), write([2, 3], 'b', made(second)));
    expect(writes('1.9.3.1', '1.10.1.1')).toBe('ok');
    expect(writes('1.10.1.1', '1.9.3.1')).toBe('violation');
    expect(writes('2.1', '1.9')).toBe('violation');
    expect(writes('1.9', '1.9')).toBe('violation');
    expect(writes('v1.9', 'v1.8')).toBe('ok');
  });
});

const modelFor = (history: readonly Operation[]) => [...modelsFor(history).keys()].join();

describe('the model of a history', () => {
  it('follows from its operations', () => {
    expect(modelFor([read([0, 1], 'a'), cas([0, 1], 'a', 'b')])).toBe('register');
    expect(modelFor([write([0, 1], 'a', { ifAbsent: true })])).toBe('versioned');
    expect(modelFor([remove([0], { ifVersion: 1 })])).toBe('versioned');
    expect(modelFor([read([0, 1], null, { version: null })])).toBe('versioned');
    expect(modelFor([write([0, 1], 'a'), append([0, 1], 'a')])).toBe('append');
    expect(modelFor([append([0, 1], 'a', { output: { version: 1 } })])).toBe('versioned');
    expect(modelFor([write([0, 1], 'a', { ttlMs: 1 })])).toBe('versioned');
  });

  it('is refused where it would pass over something', () => {
    const conditional = [write([0, 1], 'a', { ifAbsent: true })];
    expect(() => checkHistory(conditional, 'register', UNLIMITED)).toThrow(UncheckableError);
    expect(() => checkHistory([cas([0, 1], 'a', 'b')], 'versioned', UNLIMITED)).toThrow(
      'the model versioned has no operation cas, only read, write, delete, append, increment',
    );
  });
});
