/** How old a read is, by what was acknowledged before it began. */

import { describe, expect, it } from 'vitest';
import type { Operation, StoredValue } from '../../../../src/checkers/history.ts';
import { Freshness, judgeAll } from '../../../../src/dashboard/playground/freshness.ts';

const KEY = { process: 0, key: 'k', outcome: 'ok' } as const;

function write(value: StoredValue, invoke: number, complete: number): Operation {
  return { ...KEY, op: 'write', value, invoke, complete };
}

function read(invoke: number, ...values: StoredValue[]): Operation {
  return { ...KEY, op: 'read', invoke, complete: invoke + 1, output: { values } };
}

/** Of the last operation. */
function judged(operations: readonly Operation[], lingers = false) {
  const { verdict, behind } = judgeAll(operations, lingers).at(-1) ?? {};
  return { verdict, behind };
}

const FRESH = { verdict: 'fresh', behind: 0 };
const stale = (behind: number) => ({ verdict: 'stale', behind });

const THREE = [write(1, 0, 1), write(2, 2, 3), write(3, 4, 5)];

describe('a read', () => {
  it('of the newest acknowledged value is fresh, of older ones so many behind', () => {
    expect(judged([...THREE, read(6, 3)])).toEqual(FRESH);
    expect(judged([...THREE, read(6, 2)])).toEqual(stale(1));
    expect(judged([...THREE, read(6, 1)])).toEqual(stale(2));
    expect(judged([...THREE, read(6)])).toEqual(stale(3));
  });

  it('that began before the acknowledgement may show either', () => {
    expect(judged([...THREE, read(4.5, 2)])).toEqual(FRESH);
    expect(judged([...THREE, read(4.5, 3)])).toEqual(FRESH);
    expect(judged([...THREE, read(5, 2)])).toEqual(FRESH);
  });

  it('of nothing before anything was written is fresh', () => {
    expect(judged([read(0)])).toEqual(FRESH);
    expect(judged([write(1, 5, 6), read(0)])).toMatchObject({ verdict: 'acknowledged' });
  });

  it('that shows siblings is as late as the latest of them', () => {
    expect(judged([...THREE, read(6, 1, 3)])).toEqual(FRESH);
    expect(judged([...THREE, read(6, 1, 2)])).toEqual(stale(1));
  });

  it('is not late by writes that ran beside what it shows', () => {
    const beside = [write('a', 0, 10), write('b', 5, 7)];
    expect(judged([...beside, read(11, 'a')])).toEqual(FRESH);
    expect(judged([...beside, read(11, 'b')])).toEqual(FRESH);
  });

  it('of a deleted key is late where it shows what was before', () => {
    const gone: Operation = { ...KEY, op: 'delete', invoke: 2, complete: 3 };
    expect(judged([write(1, 0, 1), gone, read(4)])).toEqual(FRESH);
    expect(judged([write(1, 0, 1), gone, read(4, 1)])).toEqual(stale(1));
    expect(judged([write(1, 0, 1), gone, write(2, 4, 5), read(6)])).toEqual(stale(1));
  });

  it('of what nobody is known to have written is not judged', () => {
    expect(judged([...THREE, read(6, 'elsewhere')])).toEqual(FRESH);
  });

  it('of another key does not matter', () => {
    expect(judged([...THREE, { ...read(6), key: 'other' }])).toEqual(FRESH);
  });

  it('of a set or a text misses what was added and is not there', () => {
    const add = (value: string, at: number): Operation => {
      return { ...KEY, op: 'add', value, invoke: at, complete: at + 1 };
    };
    expect(judged([add('a', 0), add('b', 2), read(4, 'b', 'a')])).toEqual(FRESH);
    expect(judged([add('a', 0), add('b', 2), read(4, 'a')])).toEqual(stale(1));
    const append = (value: string, at: number): Operation => {
      return { ...KEY, op: 'append', value, invoke: at, complete: at + 1 };
    };
    expect(judged([append('a;', 0), append('b;', 2), read(4, 'a;b;')])).toEqual(FRESH);
    expect(judged([append('a;', 0), append('b;', 2), read(4, 'a;')])).toEqual(stale(1));
  });
});

describe('a write of unknown outcome', () => {
  const doubtful: Operation = { ...write(2, 2, 3), outcome: 'unknown' };

  it('obliges no read', () => {
    expect(judged([write(1, 0, 1), doubtful, read(4, 1)])).toEqual(FRESH);
    expect(judged([write(1, 0, 1), doubtful])).toEqual({ verdict: 'unknown', behind: 0 });
  });

  it('that shows though a later one was acknowledged is old, unless it may come late', () => {
    const after = [write(1, 0, 1), doubtful, write(3, 4, 5), read(6, 2)];
    expect(judged(after)).toEqual(stale(1));
    expect(judged(after, true)).toEqual(FRESH);
  });
});

describe('what did not succeed', () => {
  it.each(['fail', 'unknown'] as const)('a read: %s', (outcome) => {
    const { output: _, ...asked } = read(6);
    expect(judged([...THREE, { ...asked, outcome } as Operation])).toEqual({
      verdict: 'refused',
      behind: 0,
    });
  });

  it('a change whose condition did not hold is none', () => {
    const missed = { ...write(9, 6, 7), ifAbsent: true, output: { applied: false } } as Operation;
    expect(judged([...THREE, missed, read(8, 3)])).toEqual(FRESH);
  });
});

it('what runs now is judged by what has ended by then', () => {
  const freshness = new Freshness(false);
  const open: Operation = { ...write(1, 0, 0), complete: null, outcome: 'unknown' };
  freshness.begin(open);
  expect(freshness.judge(read(2)).verdict).toBe('fresh');
  expect(freshness.judge(read(2, 1)).verdict).toBe('fresh');
  freshness.end(open, write(1, 0, 3));
  expect(freshness.judge(read(2)).verdict).toBe('fresh');
  expect(freshness.judge(read(4))).toMatchObject({ verdict: 'stale', behind: 1 });
});
