import { describe, expect, it } from 'vitest';
import { RestingTrees } from '../../../src/repair/resting-trees.ts';

const tree = (partition: number, n = 3) => ({ partition, n, epoch: 1 });
const ALL = [tree(1), tree(2), tree(2, 2)];

describe('trees that failed', () => {
  it('rest for longer and longer, and the others do not', () => {
    const resting = new RestingTrees();
    const rounds: number[] = [];
    for (let failures = 0; failures < 9; failures++) {
      let rested = 0;
      for (; !resting.awake('n2', ALL).includes(ALL[1] as (typeof ALL)[1]); rested++) {
        expect(resting.awake('n2', ALL)).toEqual([tree(1), tree(2, 2)]);
        resting.passRound('n2');
      }
      rounds.push(rested);
      resting.note('n2', ALL, [tree(2)]);
    }
    expect(rounds).toEqual([0, 0, 1, 3, 7, 15, 31, 63, 127]);
    expect(resting.awake('n3', ALL)).toEqual(ALL);
  });

  it('are awake when an exchange was finished, and when the peer came back', () => {
    const resting = new RestingTrees();
    for (let i = 0; i < 3; i++) resting.note('n2', ALL, [tree(1), tree(2)]);
    expect(resting.awake('n2', ALL)).toEqual([tree(2, 2)]);
    resting.note('n2', [tree(1)], []);
    expect(resting.awake('n2', ALL)).toEqual([tree(1), tree(2, 2)]);
    resting.wake('n2');
    expect(resting.awake('n2', ALL)).toEqual(ALL);
  });
});
