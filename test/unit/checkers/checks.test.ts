import { describe, expect, it } from 'vitest';
import { checksOf, runChecks, verdictOf } from '../../../src/checkers/checks.ts';
import type { Facts, History, Operation } from '../../../src/checkers/history.ts';
import { violationText } from '../../../src/checkers/verdict-text.ts';
import { add, increment, read, readAll, UNLIMITED, write } from './hand-made.ts';

const of = (operations: readonly Operation[], facts: Facts = {}): History => ({
  facts,
  operations,
  faults: [],
});
const on = (key: string, ...operations: readonly Operation[]) =>
  operations.map((operation) => ({ ...operation, key }) as Operation);

const register = on('r', write([0, 1], 'a'), read([2, 3], 'a'));
const siblings = on(
  's',
  write([0, 1], 'a', { session: 'x', replaces: {}, output: { dot: 'n1:1' } }),
  {
    ...readAll([2, 3], ['a']),
    session: 'x',
    output: { clock: { n1: 1 }, siblings: [{ dot: 'n1:1', value: 'a' }] },
  },
);
const final = { final: true } as const;
const set = on('e', add([0, 1], 'a'), readAll([2, 3], ['a'], final), readAll([4, 5], ['a'], final));

describe('the checks of a history', () => {
  it('are those for which it has what they need', () => {
    expect(checksOf(of(register))).toEqual(['linearizable']);
    expect(checksOf(of(siblings))).toEqual(['ryw', 'mr', 'mw', 'wfr', 'causal', 'losses']);
    expect(checksOf(of(set))).toEqual(['linearizable', 'contents', 'convergence']);
    expect(checksOf(of([...register, ...siblings, ...set]))).toHaveLength(9);
  });

  it('are those that it names, or that somebody asks for', () => {
    expect(checksOf(of(siblings, { checks: ['ryw'] }))).toEqual(['ryw']);
    expect(checksOf(of(siblings, { checks: ['ryw'] }), ['mr'])).toEqual(['mr']);
    expect(() => checksOf(of(register, { checks: ['magic'] }))).toThrow('"magic" is not a check');
    expect(() => checksOf(of(register), ['losses'])).toThrow('the check losses needs keys that');
    expect(() => checksOf(of(register), ['causal'])).toThrow('the check causal needs "session"');
  });

  it('look at keys that keep siblings for linearizability only where they are asked to', () => {
    const replaced = on('s', write([4, 5], 'b', { replaces: {} }), readAll([6, 7], ['a', 'b']));
    const history = of([...register, ...siblings, ...replaced]);
    const verdicts = (given: History, asked = {}) =>
      runChecks(given, { ...UNLIMITED, ...asked }).map(verdictOf);
    expect(verdicts(history)[0]).toBe('ok');
    expect(verdicts(history, { checks: ['linearizable'] })).toEqual(['violation']);
    expect(verdicts(of([...siblings, ...replaced], { checks: ['linearizable'] }))).toEqual([
      'violation',
    ]);
  });

  it('say what they found, all together', () => {
    const history = of([...register, ...on('c', increment([0, 1], 1), read([2, 3], 2))]);
    const reports = runChecks(history, UNLIMITED);
    expect(reports.map(verdictOf)).toEqual(['violation', 'ok']);
    const text = violationText(reports, { history, times: 'ms' });
    expect(text).toMatch(/^NOT linearizable: key "c": this operation fits nowhere:\n/);
    const fine = of(register);
    expect(
      violationText(runChecks(fine, UNLIMITED), { history: fine, times: 'ms' }),
    ).toBeUndefined();
  });
});
