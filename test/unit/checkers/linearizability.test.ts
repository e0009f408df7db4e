import { describe, expect, it } from 'vitest';
import { runChecks } from '../../../src/checkers/checks.ts';
import type { Operation } from '../../../src/checkers/history.ts';
import { verdictText } from '../../../src/checkers/verdict-text.ts';
import { check, read, UNLIMITED, verdict, write } from './hand-made.ts';

const on = (key: string, operations: readonly Operation[]) =>
  operations.map((operation) => ({ ...operation, key }));

/** Undecidable in practice: nothing but all orders of so many writes would do. */
const hard = [
  ...Array.from({ length: 40 }, (_, value) => write([0, 100], value)),
  ...Array.from({ length: 6 }, () => read([101, 102], 'nobody wrote this')),
];
const stale = [write([0, 1], 'a'), write([2, 3], 'b'), read([4, 5], 'a')];
const fine = [write([0, 1], 'a'), read([2, 3], 'a')];

describe('the limits', () => {
  /** A clock that goes on by 1 ms whenever it is looked at. */
  const ticking = () => {
    let ms = 0;
    return () => ms++;
  };

  it('make the verdict unknown, never ok, when time runs out', () => {
    const history = [...on('hard', hard), ...on('fine', fine)];
    expect(check(history, { now: ticking(), timeMs: 20 })).toEqual({
      verdict: 'unknown',
      limit: 'time',
      keys: ['hard'],
    });
    expect(check(fine, { now: ticking(), timeMs: 0 })).toMatchObject({ verdict: 'unknown' });
  });

  it('make the verdict unknown when memory runs out', () => {
    const limits = { ...UNLIMITED, memoBytesMax: 1_000_000 };
    const history = [...on('hard', hard), ...on('fine', fine)];
    expect(check(history, limits)).toEqual({ verdict: 'unknown', limit: 'memory', keys: ['hard'] });
  });

  it('do not let a hard key hide a wrong one', () => {
    const history = [...on('hard', hard), ...on('stale', stale)];
    expect(check(history, { now: ticking(), timeMs: 20 })).toMatchObject({
      verdict: 'violation',
      witness: { key: 'stale' },
    });
  });
});

describe('a violation', () => {
  it('names the operation that fits nowhere, the states before it and a longest order', () => {
    const result = check([...stale, write([6, 7], 'c'), read([8, 9], 'c')]);
    if (result.verdict !== 'violation') throw new Error(result.verdict);
    expect(result.witness.blocked.operation).toBe(stale[2]);
    expect(result.witness.placed.map(({ operation }) => operation)).toEqual(stale.slice(0, 2));
    expect(result.witness.states).toEqual(['"b"']);
  });

  it('is told with all states that the key can have had', () => {
    const operations = [write([0, 9], 'a'), write([0, 9], 'b'), read([10, 11], null)];
    const history = { facts: {}, operations, faults: [] };
    const reports = runChecks(history, UNLIMITED);
    expect(verdictText(reports, { history, tookMs: 4, times: 'ms' })).toMatch(
      /^VIOLATED {2}linearizable \(model register\)\n3 operations on 1 key, 0.00 s\n\nNOT linearizable: key "k": this operation fits nowhere:\n {2}process 0, ms 10 to ms 11: read, found absent\nbefore it the key could only be: "[ab]", "[ab]"\na longest order without it \(the last 2 of 2\):\n/,
    );
  });
});

describe('the search', () => {
  it('is done with many unknown writes that nobody saw', () => {
    const lost = Array.from({ length: 500 }, (_, value) => write([value], value));
    expect(verdict(...lost, read([3_000, 3_001], null))).toBe('ok');
    expect(verdict(...lost, read([3_000, 3_001], 499), read([3_002, 3_003], 7))).toBe('ok');
  });

  it('is done with a long history', () => {
    const long = Array.from({ length: 20_000 }, (_, n) =>
      n % 2 === 0 ? write([n, n + 5.5], n) : read([n + 5, n + 5.4], n - 1),
    );
    expect(check(long).verdict).toBe('ok');
  });

  it('calls an empty history linearizable', () => {
    expect(check([])).toEqual({ verdict: 'ok' });
  });
});
