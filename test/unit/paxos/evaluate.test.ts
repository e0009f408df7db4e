import { describe, expect, it } from 'vitest';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { ZERO } from '../../../src/paxos/ballot.ts';
import type { Change, Condition } from '../../../src/paxos/change.ts';
import { type Evaluation, evaluate } from '../../../src/paxos/evaluate.ts';
import {
  CHANGES_MAX,
  CHANGES_MIN,
  NEVER_WRITTEN,
  type Register,
  YOUNG_MS,
} from '../../../src/paxos/register.ts';
import { putOf } from './register-cluster.ts';
import { ballot, holding, requestId, textIn } from './some.ts';

const NOW = 1_000_000;
const ID = requestId(NOW);
const OLD = ballot(1);
const NEW = ballot(9);

function made(register: Register, change: Change, given = false, ttlMs?: number): Evaluation {
  const requested = { change, id: ID, given };
  return evaluate(register, requested, { ballot: NEW, now: NOW, ttlMs });
}

const present = holding('5', OLD, { meta: [['a', 'b']] });
const expired = holding('5', OLD, { expiresAt: NOW });

describe('a change that applies', () => {
  it('puts a value under its ballot, and is recorded', () => {
    const { answer, write } = made(NEVER_WRITTEN, putOf('v'));
    expect(answer).toEqual({ outcome: 'applied', version: NEW, result: undefined });
    expect(textIn(write)).toBe('v');
    expect(write?.version).toEqual(NEW);
    expect(write?.changes).toEqual([{ id: ID, given: false, at: NEW, ...answer }]);
  });

  it('deletes what is there', () => {
    const { answer, write } = made(present, { type: 'delete', condition: 'none' });
    expect(answer).toMatchObject({ outcome: 'applied', version: NEW });
    expect(write).toMatchObject({ content: undefined, version: NEW });
  });

  it('adds to a number, from 0 where there is none, and keeps what else is known', () => {
    const increment = (by: number): Change => ({ type: 'increment', by, condition: 'none' });
    const added = made(present, increment(-7));
    expect(added.answer.result).toBe(-2);
    expect(added.write?.content).toEqual({ ...present.content, value: utf8('-2') });
    expect(textIn(made(NEVER_WRITTEN, increment(3)).write)).toBe('3');
  });

  it('puts bytes behind those that are there', () => {
    const bytes = utf8('67');
    const append = { type: 'append', bytes, contentType: 'x/y', bytesMax: 3 } as const;
    expect(textIn(made(present, { ...append, condition: 'none' }).write)).toBe('567');
    const created = made(NEVER_WRITTEN, { ...append, condition: 'none' });
    expect(created.write?.content).toMatchObject({ value: Buffer.from('67'), contentType: 'x/y' });
  });

  it('lives as long as it says, or as the bucket has it', () => {
    const expiry = (ttlMs: number | 'none' | undefined, ofBucket?: number) =>
      made(NEVER_WRITTEN, putOf('v', { ttlMs }), false, ofBucket).write?.content?.expiresAt;
    expect(expiry(50)).toBe(NOW + 50);
    expect(expiry(undefined, 70)).toBe(NOW + 70);
    expect(expiry('none', 70)).toBeUndefined();
    expect(expiry(undefined)).toBeUndefined();
  });
});

describe('what a register remembers of its changes', () => {
  /** After so many, one a ms; the clock of the proposer is this much ahead of the clients. */
  const changed = (count: number, isGiven: (i: number) => boolean, aheadMs: number) => {
    let register: Register = NEVER_WRITTEN;
    for (let i = 1; i <= count; i++) {
      const requested = { change: putOf(`${i}`), id: requestId(NOW + i), given: isGiven(i) };
      const circumstances = { ballot: ballot(i), now: NOW + i + aheadMs, ttlMs: undefined };
      register = evaluate(register, requested, circumstances).write as Register;
    }
    return register;
  };
  const countersIn = ({ changes }: Register) => changes.map(({ at }) => at.counter);

  it('is the last few, and what is the latest that it has forgotten', () => {
    const register = changed(CHANGES_MIN + 2, (i) => i === 1, YOUNG_MS);
    expect(countersIn(register)).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
    expect(register).toMatchObject({ evicted: ballot(2), evictedAt: NOW + 1 });
  });

  it('is more where ids were given lately, and never more than so many', () => {
    const few = changed(CHANGES_MAX, () => true, YOUNG_MS - CHANGES_MAX);
    expect([few.changes.length, few.evictedAt]).toEqual([CHANGES_MAX, 0]);
    const many = changed(CHANGES_MAX + 5, () => true, 0);
    expect(countersIn(many)).toEqual(Array.from({ length: CHANGES_MAX }, (_, i) => i + 6));
    expect(many).toMatchObject({ evicted: ballot(5), evictedAt: NOW + 5 });
  });

  it('is none of the earlier ones without a given id, however young', () => {
    const register = changed(20, (i) => i === 2 || i === 5, 0);
    expect(countersIn(register)).toEqual([2, 5, 13, 14, 15, 16, 17, 18, 19, 20]);
    expect(register).toMatchObject({ evicted: ballot(12), evictedAt: 0 });
    const id = requestId(NOW + 21);
    const circumstances = { ballot: ballot(21), now: NOW + YOUNG_MS + 5, ttlMs: undefined };
    const requested = { change: putOf('v'), id, given: false };
    const later = evaluate(register, requested, circumstances).write as Register;
    expect(countersIn(later)).toEqual([14, 15, 16, 17, 18, 19, 20, 21]);
    expect(later).toMatchObject({ evicted: ballot(13), evictedAt: NOW + 5 });
  });
});

describe('a change that is refused', () => {
  const by = (condition: Condition): Change => putOf('v', { condition });
  const increment: Change = { type: 'increment', by: 1, condition: 'none' };

  it.each<[string, Register, Change, string]>([
    ['another version', present, by({ ifMatch: [NEW] }), 'condition_failed'],
    ['no value to match', NEVER_WRITTEN, by({ ifMatch: 'any' }), 'condition_failed'],
    ['a value where none should be', present, by({ ifNoneMatch: 'any' }), 'condition_failed'],
    ['this very version', present, by({ ifNoneMatch: [OLD] }), 'condition_failed'],
    ['nothing to delete', NEVER_WRITTEN, { type: 'delete', condition: 'none' }, 'not_found'],
    ['no number', holding('05', OLD), increment, 'not_a_number'],
    ['a number too large', holding('9007199254740991', OLD), increment, 'out_of_range'],
    [
      'a value too large',
      present,
      { type: 'append', bytes: utf8('67'), contentType: '', bytesMax: 2, condition: 'none' },
      'value_too_large',
    ],
  ])('for %s, writes nothing', (_, register, change, outcome) => {
    const version = register.content === undefined ? ZERO : OLD;
    expect(made(register, change)).toEqual({
      answer: { outcome, version, result: undefined },
      write: undefined,
    });
  });

  it('is recorded where a client gave its id, with the value as it was', () => {
    const { answer, write } = made(present, by({ ifNoneMatch: 'any' }), true);
    expect(write).toMatchObject({ version: OLD, content: present.content });
    expect(write?.changes).toMatchObject([{ id: ID, given: true, at: NEW, ...answer }]);
  });

  it('is not for conditions that hold', () => {
    const holding = [
      by({ ifMatch: [NEW, OLD] }),
      by({ ifMatch: 'any' }),
      by({ ifNoneMatch: [NEW] }),
    ];
    for (const change of holding) expect(made(present, change).answer.outcome).toBe('applied');
    expect(made(NEVER_WRITTEN, by({ ifNoneMatch: 'any' })).answer.outcome).toBe('applied');
  });
});

describe('what has expired', () => {
  it('is absent, and that is written before anybody is told', () => {
    const refused = made(expired, putOf('v', { condition: { ifMatch: [OLD] } }));
    expect(refused.answer).toMatchObject({ outcome: 'condition_failed', version: ZERO });
    expect(refused.write).toEqual({ ...expired, content: undefined, version: NEW });
    const gone = made(expired, { type: 'delete', condition: 'none' });
    expect(gone.answer.outcome).toBe('not_found');
    expect(gone.write?.content).toBeUndefined();
  });

  it('is made absent when that is asked for, and nothing else is', () => {
    const requested = { change: { type: 'expire' }, id: ID, given: false } as const;
    const circumstances = { ballot: NEW, now: NOW, ttlMs: undefined };
    const { answer, write } = evaluate(expired, requested, circumstances);
    expect(answer).toMatchObject({ outcome: 'applied', version: NEW });
    expect(write).toEqual({ ...expired, content: undefined, version: NEW });
    expect(evaluate(present, requested, circumstances).write).toBeUndefined();
  });

  it('counts as 0 for an increment', () => {
    const { write } = made(expired, { type: 'increment', by: 2, condition: 'none' });
    expect(textIn(write)).toBe('2');
    expect(write?.content?.expiresAt).toBeUndefined();
  });
});
