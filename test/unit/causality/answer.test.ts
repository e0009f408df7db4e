import { describe, expect, it } from 'vitest';
import { answerOf, expiredBefore } from '../../../src/causality/answer.ts';
import { ABSENT, type Sibling, type SiblingObject } from '../../../src/causality/sibling-object.ts';
import type { Dot } from '../../../src/causality/version-vector.ts';

const dot = (lineage: number): Dot => ({ lineage, actorEpoch: 1, counter: 1 });

interface Written {
  readonly hlc?: number;
  readonly expiresAt?: number;
}

function objectOf(...written: readonly Written[]): SiblingObject {
  const siblings = written.map(
    ({ hlc = 0, expiresAt }, i): Sibling => ({
      dot: dot(i + 1),
      value: Buffer.from(String(i)),
      contentType: '',
      meta: [],
      hlc,
      expiresAt,
    }),
  );
  return { clock: siblings.map((sibling) => sibling.dot), siblings };
}

const shown = (object: SiblingObject) =>
  object.siblings.map(({ value }) => Buffer.from(value).toString());

describe('an answer', () => {
  it('is the object itself where nothing is hidden', () => {
    const object = objectOf({ hlc: 5 }, { hlc: 3, expiresAt: 11 });
    expect(answerOf(object, 'siblings', 10)).toBe(object);
    expect(answerOf(ABSENT, 'lww', 10)).toBe(ABSENT);
    const one = objectOf({ hlc: 5 });
    expect(answerOf(one, 'lww', 10)).toBe(one);
  });

  it('shows nothing from the millisecond on in which it expires, and keeps the whole clock', () => {
    const object = objectOf({}, { expiresAt: 10 });
    expect(shown(answerOf(object, 'siblings', 9))).toEqual(['0', '1']);
    expect(shown(answerOf(object, 'siblings', 10))).toEqual(['0']);
    expect(answerOf(object, 'siblings', 10).clock).toBe(object.clock);
    expect(answerOf(objectOf({ expiresAt: 10 }), 'siblings', 10).siblings).toEqual([]);
  });

  it('is the last write where that wins, by its stamp and then by its dot', () => {
    const object = objectOf({ hlc: 5 }, { hlc: 7 }, { hlc: 6 });
    expect(shown(answerOf(object, 'lww', 0))).toEqual(['1']);
    expect(answerOf(object, 'lww', 0).clock).toBe(object.clock);
    expect(shown(answerOf(objectOf({ hlc: 7 }, { hlc: 7 }, { hlc: 6 }), 'lww', 0))).toEqual(['1']);
  });

  it('brings back no older value when the last write has expired', () => {
    const object = objectOf({ hlc: 5 }, { hlc: 7, expiresAt: 10 });
    expect(shown(answerOf(object, 'lww', 9))).toEqual(['1']);
    expect(shown(answerOf(object, 'lww', 10))).toEqual([]);
  });
});

describe('an object has expired before a time', () => {
  it('when all its values have', () => {
    expect(expiredBefore(objectOf({ expiresAt: 9 }, { expiresAt: 10 }), 10)).toBe(true);
    expect(expiredBefore(objectOf({ expiresAt: 9 }, { expiresAt: 11 }), 10)).toBe(false);
    expect(expiredBefore(objectOf({ expiresAt: 9 }, {}), 10)).toBe(false);
  });

  it('and not when it has none: a tombstone is another matter', () => {
    expect(expiredBefore(ABSENT, 10)).toBe(false);
    expect(expiredBefore({ clock: [dot(1)], siblings: [] }, 10)).toBe(false);
  });
});
