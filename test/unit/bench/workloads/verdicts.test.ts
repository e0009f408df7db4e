/** Who judges the nemesis runs finds what is wrong, and says how much of it was lost. */

import { describe, expect, it } from 'vitest';
import { countsOf, judge, judgedOrRefused } from '../../../../bench/workloads/verdicts.ts';
import { workloads } from '../../../../bench/workloads/workloads.ts';
import { outcomeOf } from '../../../../src/checkers/heard-error.ts';
import type { Operation, Replaced } from '../../../../src/checkers/history.ts';
import { QuorateError, TransportError } from '../../../../src/kernel/errors.ts';

const asked = (at: number) => ({ process: 0, key: 'k', invoke: at, complete: at + 1 });
const ok = { outcome: 'ok' } as const;
const historyOf = (...operations: Operation[]) => ({ facts: {}, operations, faults: [] });

function add(at: number, value: string): Operation {
  return { ...asked(at), ...ok, op: 'add', value };
}

function lastRead(at: number, ...values: string[]): Operation {
  return { ...asked(at), ...ok, op: 'read', final: true, output: { values } };
}

function increment(at: number, outcome: Operation['outcome']): Operation {
  return { ...asked(at), op: 'increment', by: 1, outcome };
}

function lastCount(at: number, value: number): Operation {
  return { ...asked(at), ...ok, op: 'read', final: true, output: { value } };
}

describe('a history is judged', () => {
  it('well, where all that was acknowledged is there', () => {
    const history = historyOf(add(0, 'a'), add(2, 'b'), lastRead(4, 'a', 'b'));
    const well = { lost: 0, violations: 0, undecided: 0, text: undefined };
    expect(judge(history, ['contents', 'convergence'])).toEqual(well);
  });

  it('by what was acknowledged and is lost', () => {
    const history = historyOf(add(0, 'a'), add(2, 'b'), add(4, 'c'), lastRead(6, 'b'));
    expect(judge(history, ['contents'])).toMatchObject({ lost: 2, violations: 2 });
    expect(judge(history, ['contents']).text).toContain('"a" is lost');
  });

  it('by a write to siblings that nobody replaced and that is gone', () => {
    const quorum = { n: 3, needed: 1, strict: false };
    const write = { ...asked(0), ...ok, op: 'write', value: 'a', quorum, replaces: {} } as const;
    const read = {
      ...asked(2),
      ...ok,
      op: 'read',
      final: true,
      quorum: { ...quorum, strict: true },
    } as const;
    const history = historyOf(
      { ...write, output: { dot: 'x:1' } },
      { ...read, output: { clock: { x: 1 }, values: [] } },
    );
    expect(judge(history, ['losses'])).toMatchObject({ lost: 1, violations: 1 });
  });

  it('well, where a write replaced both what was shown to it and what its clock covers', () => {
    const quorum = { n: 3, needed: 1, strict: false };
    const write = (at: number, value: string, replaces: Replaced, dot?: string): Operation => {
      const told = dot === undefined ? { outcome: 'unknown' as const } : { ...ok, output: { dot } };
      return { ...asked(at), ...told, op: 'write', value, quorum, replaces };
    };
    const shown = { ...asked(4), ...ok, op: 'read', quorum } as const;
    const last = { ...shown, invoke: 8, complete: 9, final: true } as const;
    const history = historyOf(
      write(0, 'a', {}),
      write(2, 'b', {}, 'x:2'),
      { ...shown, output: { clock: { x: 1 }, values: ['a'] } },
      write(6, 'c', { clock: { x: 2 }, values: ['a'] }, 'x:3'),
      { ...last, output: { clock: { x: 3 }, values: ['c'] } },
    );
    expect(judge(history, ['losses']).text).toBeUndefined();
  });

  it('by nodes that differ when all is calm', () => {
    const history = historyOf(add(0, 'a'), lastRead(2, 'a'), {
      ...lastRead(4, 'a', 'a'),
      at: 'n2',
    });
    expect(judge(history, ['convergence'])).toMatchObject({ lost: 0, violations: 1 });
  });

  it('by a count that is less than was confirmed, or more than was asked for', () => {
    const increments = [increment(0, 'ok'), increment(2, 'unknown'), increment(4, 'fail')];
    const violations = (count: number) =>
      judge(historyOf(...increments, lastCount(6, count)), ['contents']).violations;
    expect([0, 1, 2, 3].map(violations)).toEqual([1, 0, 0, 1]);
  });

  it('by a read that nobody can have been shown', () => {
    const stale: Operation = { ...lastCount(4, 0) };
    const history = historyOf(increment(0, 'ok'), increment(2, 'ok'), stale);
    expect(judge(history, ['linearizable'])).toMatchObject({ lost: 0, violations: 1 });
  });

  it('as not well where it cannot be judged', () => {
    const write = { ...asked(0), ...ok, op: 'write', value: 'a', replaces: {} } as const;
    const twice = historyOf(write, { ...write, invoke: 2, complete: 3 });
    expect(judgedOrRefused(twice, ['losses'])).toMatchObject({ violations: 1 });
  });
});

describe('what came of an operation', () => {
  it('is unknown unless it is certain that nothing happened', () => {
    const outcome = (error: unknown) => outcomeOf('write', error).outcome;
    expect(outcome(new TransportError('timeout', ''))).toBe('unknown');
    expect(outcome(new TransportError('disconnected', ''))).toBe('unknown');
    expect(outcome(new TransportError('unreachable', ''))).toBe('fail');
    expect(outcome(new QuorateError('write_quorum_not_met', ''))).toBe('unknown');
    expect(outcome(new QuorateError('metadata_unknown', ''))).toBe('unknown');
    expect(outcome(new QuorateError('too_few_replicas', ''))).toBe('fail');
    expect(() => outcome(new TypeError('a fault of the program'))).toThrow(TypeError);
  });

  it('is counted once', () => {
    const operations = [increment(0, 'ok'), increment(2, 'unknown'), increment(4, 'fail')];
    const counts = { operations: 3, acknowledged: 1, unknown: 1, failed: 1 };
    expect(countsOf({ operations })).toEqual(counts);
  });
});

it('every workload has a bucket of its own', () => {
  const buckets = workloads.map(({ bucket }) => bucket);
  expect(new Set(buckets).size).toBe(buckets.length);
});
