import { describe, expect, it } from 'vitest';
import { countPlaces, isMet } from '../../../src/coordinator/quorum.ts';

const primaries = ['p1', 'p2', 'p3'];

describe('a quorum', () => {
  it('counts fallbacks among all and never among primaries', () => {
    expect(isMet({ needed: 2, ofPrimaries: 0, primaries }, ['p1', 'f1'])).toBe(true);
    expect(isMet({ needed: 2, ofPrimaries: 1, primaries }, ['p1', 'f1'])).toBe(true);
    expect(isMet({ needed: 2, ofPrimaries: 2, primaries }, ['p1', 'f1', 'f2'])).toBe(false);
    expect(isMet({ needed: 3, ofPrimaries: 0, primaries }, ['p1', 'f1'])).toBe(false);
  });
});

describe('acknowledgements', () => {
  const counted = (holders: Record<string, readonly string[]>) =>
    Object.fromEntries(countPlaces(new Map(Object.entries(holders)), primaries));

  it('of primaries count each for itself', () => {
    expect(counted({ p1: ['p1'], p3: ['p3'] })).toEqual({ p1: 'p1', p3: 'p3' });
  });

  it('of a fallback that keeps several places count once', () => {
    expect(Object.keys(counted({ f1: ['p1', 'p2', 'p3'] }))).toEqual(['f1']);
  });

  it('of a fallback count no more than that of the primary it stands for', () => {
    expect(counted({ f1: ['p2'], p2: ['p2'] })).toEqual({ p2: 'p2' });
  });

  it('of two fallbacks for one primary count once', () => {
    expect(Object.keys(counted({ f1: ['p2'], f2: ['p2'] }))).toHaveLength(1);
  });

  it('are given the places so that as many as possible count', () => {
    expect(counted({ f1: ['p1', 'p2'], f2: ['p1'] })).toEqual({ f1: 'p2', f2: 'p1' });
    const all = counted({ f1: ['p1', 'p2'], f2: ['p2', 'p3'], f3: ['p1'] });
    expect(all).toEqual({ f1: 'p2', f2: 'p3', f3: 'p1' });
  });
});
