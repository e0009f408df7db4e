import { describe, expect, it } from 'vitest';
import { majority, resolveLevel } from '../../../src/ring/levels.ts';

describe('levels', () => {
  it.each([
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [5, 3],
  ])('the majority of %i is %i, and any two majorities meet', (replicas, expected) => {
    expect(majority(replicas)).toBe(expected);
    expect(2 * majority(replicas)).toBeGreaterThan(replicas);
  });

  it('are names or numbers, judged against the replicas there are', () => {
    expect(resolveLevel('r', 'one', 3)).toBe(1);
    expect(resolveLevel('r', 'quorum', 3)).toBe(2);
    expect(resolveLevel('r', 'all', 3)).toBe(3);
    expect(resolveLevel('r', 'quorum', 1)).toBe(1);
    expect(resolveLevel('pr', 0, 3)).toBe(0);
    expect(() => resolveLevel('pw', 4, 3)).toThrow(/pw=4.*the 3 that/);
  });
});
