import { describe, expect, it } from 'vitest';
import { type Change, digestOf } from '../../../src/paxos/change.ts';
import { type Attempt, type Ground, type Judgement, judge } from '../../../src/paxos/judgement.ts';
import {
  NEVER_WRITTEN,
  type RecordedChange,
  type Register,
  withChange,
} from '../../../src/paxos/register.ts';
import { INCREMENT, putOf } from './register-cluster.ts';
import { ballot, holding, requestId } from './some.ts';

const NOW = 1_000_000;
const ID = requestId(NOW);
const value = holding('5', ballot(3));
const recorded: RecordedChange = {
  id: ID,
  given: false,
  at: ballot(3),
  outcome: 'applied',
  version: ballot(3),
  result: 5,
};
const had: Register = withChange(value, recorded, NOW);
const digest = digestOf({ change: INCREMENT, id: ID, given: true });
const hadGiven: Register = withChange(value, { ...recorded, given: true, digest }, NOW);

const REFUSED = putOf('v', { condition: { ifNoneMatch: 'any' } });

interface Case extends Partial<Attempt>, Partial<Omit<Ground, 'register'>> {
  readonly given?: boolean;
  readonly change?: Change;
}

function judged(register: Register, options: Case = {}): Judgement {
  const { given = false, change = INCREMENT, isChosen = false, isCurrent = false } = options;
  const { sent, idMark = 0, ballot: under = ballot(9) } = options;
  const attempt = { ballot: under, now: NOW, ttlMs: undefined, sent, idMark };
  return judge({ register, isChosen, isCurrent }, { change, id: ID, given }, attempt);
}

describe('a change that the register tells of', () => {
  it('is not run again: its outcome is the answer, once the register is chosen', () => {
    const answer = { outcome: 'applied', version: ballot(3), result: 5 };
    expect(judged(had, { isChosen: true })).toMatchObject({ type: 'answer', answer });
    expect(judged(had)).toMatchObject({ type: 'write', answer, register: had });
    expect(judged(had, { sent: ballot(2) })).toMatchObject({ type: 'write' });
  });

  it('is in doubt once it is written back: that may be what makes it happen', () => {
    const repeat = judged(hadGiven, { given: true });
    expect(repeat).toMatchObject({ type: 'write', register: hadGiven, isChange: true });
  });

  it('is told from another change with the same id', () => {
    const changes = [
      putOf('v'),
      { ...INCREMENT, by: 2 },
      { type: 'delete', condition: 'none' },
    ] as const;
    for (const change of changes) {
      expect(judged(hadGiven, { given: true, change })).toEqual({ type: 'misnamed' });
    }
    const other = { change: { ...INCREMENT, ttlMs: 10 } as const, given: true, isChosen: true };
    expect(judged(hadGiven, other)).toMatchObject({ type: 'answer' });
  });
});

describe('a change that the register does not tell of', () => {
  it('is run', () => {
    expect(judged(value)).toMatchObject({ type: 'write', isChange: true, answer: { result: 6 } });
  });

  it('is run again after it was sent, where all that was forgotten is older', () => {
    const later = { ...value, evicted: ballot(3) };
    expect(judged(later, { sent: ballot(4) })).toMatchObject({ type: 'write', isChange: true });
  });

  it('is unknown after it was sent, where as late a one was forgotten', () => {
    for (const counter of [4, 7]) {
      const later = { ...value, evicted: ballot(counter) };
      expect(judged(later, { sent: ballot(4) })).toEqual({ type: 'unknown' });
    }
  });

  it('is unknown where its client gave an id as old as one that was forgotten', () => {
    const forgetful = { ...value, evictedAt: NOW };
    expect(judged(forgetful, { given: true })).toEqual({ type: 'unknown' });
    expect(judged(forgetful)).toMatchObject({ type: 'write' });
    expect(judged({ ...value, evictedAt: NOW - 1 }, { given: true })).toMatchObject({
      type: 'write',
    });
  });

  it('is not where its id is younger than those, though later changes are forgotten', () => {
    const forgetful = { ...value, evicted: ballot(7), evictedAt: NOW - 1 };
    const again = judged(forgetful, { given: true, sent: ballot(4) });
    expect(again).toMatchObject({ type: 'write', isChange: true });
  });

  it('is unknown where registers as late as its id were erased', () => {
    for (const sent of [undefined, ballot(4)]) {
      const asked = { given: true, sent, idMark: NOW };
      expect(judged(NEVER_WRITTEN, asked)).toEqual({ type: 'unknown' });
    }
    expect(judged(NEVER_WRITTEN, { idMark: NOW })).toMatchObject({ type: 'write' });
  });

  it('is unknown, sent in an earlier epoch, where the register may have been erased since', () => {
    const after = { sent: ballot(4), ballot: ballot(9, 2) };
    const before = { ...value, changes: [{ ...recorded, id: requestId(1) }] };
    expect(judged(NEVER_WRITTEN, after)).toEqual({ type: 'unknown' });
    expect(judged(NEVER_WRITTEN, { ...after, given: true })).toMatchObject({ type: 'write' });
    for (const register of [before, { ...value, evicted: ballot(3) }]) {
      expect(judged(register, after)).toMatchObject({ type: 'write', isChange: true });
    }
    expect(judged(NEVER_WRITTEN, { sent: ballot(4) })).toMatchObject({ type: 'write' });
  });
});

describe('a refusal', () => {
  it('is told where the value is known to be chosen, and the latest', () => {
    const chosen = { change: REFUSED, isChosen: true };
    expect(judged(value, { ...chosen, isCurrent: true })).toMatchObject({ type: 'answer' });
    expect(judged(value, chosen)).toMatchObject({ type: 'confirm' });
  });

  it('waits until the value is written back otherwise', () => {
    const back = { type: 'write', register: value, isChange: false };
    expect(judged(value, { change: REFUSED })).toMatchObject(back);
  });

  it('waits for that after the change was sent, even where the value is chosen', () => {
    const chosen = { change: REFUSED, isChosen: true, isCurrent: true, sent: ballot(8) };
    expect(judged(value, chosen)).toMatchObject({ type: 'write', register: value });
  });
});
