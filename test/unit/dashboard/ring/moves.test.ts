/** What a move is made out to be. */

import { describe, expect, it } from 'vitest';
import {
  changeText,
  flowOf,
  phraseOf,
  shareCopied,
  streamsOf,
} from '../../../../src/dashboard/ring/moves.ts';
import { simulatedMove } from './simulated.ts';

const everybody = () => true;
const allBut = (dead: string) => (node: string) => node !== dead;

describe('a move', () => {
  it('in which one node takes the place of another goes from that one', () => {
    const flow = flowOf(simulatedMove(), everybody);
    expect(flow).toEqual({ partition: 5, leaver: 'n2', joiner: 'n4', senders: ['n2'] });
    expect(changeText(flow)).toBe('n2 → n4');
  });

  it('in which the one that goes is dead comes from those that stay', () => {
    const flow = flowOf(simulatedMove(), allBut('n2'));
    expect(flow.senders).toEqual(['n1', 'n3']);
    expect(changeText(flow)).toBe('n1, n3 → n4, in the place of n2');
  });

  it('that adds a replica comes from all', () => {
    const flow = flowOf(simulatedMove({ from: ['n1', 'n2'], to: ['n1', 'n2', 'n4'] }), everybody);
    expect(flow.senders).toEqual(['n1', 'n2']);
    expect(changeText(flow)).toBe('n4 gets a copy from n1, n2');
  });

  it('that takes a replica away goes to nobody', () => {
    const flow = flowOf(simulatedMove({ to: ['n1', 'n3'] }), everybody);
    expect(flow.senders).toEqual([]);
    expect(changeText(flow)).toBe('n2 gives up its place');
  });
});

describe('streams', () => {
  it('join what goes the same way', () => {
    const moves = [
      simulatedMove({ partition: 5, stage: 'prepare' }),
      simulatedMove({ partition: 6 }),
      simulatedMove({ partition: 7, from: ['n1', 'n3'], to: ['n4', 'n3'] }),
      simulatedMove({ partition: 8, to: ['n1', 'n3'] }),
    ];
    expect(streamsOf(moves, everybody)).toEqual([
      { from: 'n2', to: 'n4', partitions: [5, 6], isCopying: true },
      { from: 'n1', to: 'n4', partitions: [7], isCopying: true },
    ]);
  });

  it('that wait, or are at another stage, do not flow', () => {
    const waiting = simulatedMove({ waits: 'n2 does not answer' });
    const arrived = simulatedMove({ stage: 'read_new' });
    for (const move of [waiting, arrived]) {
      expect(streamsOf([move], everybody)).toMatchObject([{ isCopying: false }]);
    }
  });
});

describe('how much is copied', () => {
  it.each([
    ['prepare', 0, null, 0],
    ['write_both', 250, 1_000, 0.25],
    ['write_both', 1_200, 1_000, 1],
    ['write_both', 0, null, undefined],
    ['write_both', 0, 0, 1],
    ['read_new', 0, null, 1],
    ['stable', 0, null, 1],
  ] as const)('in %s with %d of %s keys is %s', (stage, keys, keysInAll, share) => {
    expect(shareCopied({ stage, keys, keysInAll })).toBe(share);
  });
});

it('each stage has its phrase', () => {
  const phrases = (['prepare', 'write_both', 'read_new', 'stable'] as const).map(phraseOf);
  expect(new Set(phrases).size).toBe(4);
});
