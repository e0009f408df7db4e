import { describe, expect, it } from 'vitest';
import { OwnKey } from '../../../bench/consistency/own-key.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';

const FINE = { readYourWrites: false, monotonicReads: false };

function answer(...values: readonly number[]) {
  return {
    values: values.map((value) => {
      return { value: utf8(String(value)), contentType: 'text/plain', meta: {} };
    }),
    context: `of ${values.join(' and ')}`,
  };
}

function written(times: number): OwnKey {
  const key = new OwnKey('k');
  for (let i = 0; i < times; i++) key.acknowledged(key.nextValue(), { context: 'of the write' });
  return key;
}

describe('a read of an own key', () => {
  it('is fine with the last acknowledged write, a later one, or a sibling of either', () => {
    expect(written(0).read(answer())).toEqual(FINE);
    expect(written(2).read(answer(2))).toEqual(FINE);
    expect(written(2).read(answer(3))).toEqual(FINE);
    expect(written(2).read(answer(1, 2))).toEqual(FINE);
  });

  it('misses the own write when all it shows is older, or nothing', () => {
    const missed = { readYourWrites: true, monotonicReads: false };
    expect(written(2).read(answer(1))).toEqual(missed);
    expect(written(2).read(answer())).toEqual(missed);
  });

  it('goes back when an earlier read showed more, acknowledged or not', () => {
    const key = written(1);
    expect(key.read(answer(2))).toEqual(FINE);
    expect(key.read(answer(1))).toEqual({ readYourWrites: false, monotonicReads: true });
    expect(key.read(answer(2))).toEqual(FINE);
  });

  it('gives the next write its context unless it shows too little', () => {
    const key = written(2);
    key.read(answer(1));
    expect(key.context).toBe('of the write');
    key.read(answer(2));
    expect(key.context).toBe('of 2');
  });
});
