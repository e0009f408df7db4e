import { describe, expect, it } from 'vitest';
import { NewsQueue, sendsMax } from '../../../src/gossip/news-queue.ts';
import { ProbeOrder } from '../../../src/gossip/probe-order.ts';
import { pushPullInterval } from '../../../src/gossip/push-pull.ts';
import { sample } from '../../../src/gossip/sample.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { aliveOf, suspectOf } from './table.ts';

describe('news that waits to be sent', () => {
  it('goes so often, those sent least first, and the newest of them', () => {
    const queue = new NewsQueue(10);
    queue.put(aliveOf(1, 1));
    queue.put(aliveOf(2, 1));
    expect(queue.take(1, 2)).toEqual([aliveOf(2, 1)]);
    queue.put(aliveOf(3, 1));
    expect(queue.take(2, 2)).toEqual([aliveOf(3, 1), aliveOf(1, 1)]);
    expect(queue.take(9, 2)).toEqual([aliveOf(3, 1), aliveOf(2, 1), aliveOf(1, 1)]);
    expect(queue.size).toBe(0);
  });

  it('about a member is the newest', () => {
    const queue = new NewsQueue(10);
    queue.put(aliveOf(1, 1));
    queue.put(suspectOf(1, 1, 2));
    expect(queue.take(9, 9)).toEqual([suspectOf(1, 1, 2)]);
  });

  it('is bounded: what was sent most often goes', () => {
    const queue = new NewsQueue(2);
    queue.put(aliveOf(1, 1));
    queue.take(1, 9);
    expect(queue.put(aliveOf(2, 1))).toBe(false);
    expect(queue.put(aliveOf(3, 1))).toBe(true);
    expect(queue.has(1)).toBe(false);
    expect(queue.size).toBe(2);
  });

  it.each([
    [1, 4],
    [9, 4],
    [10, 8],
    [99, 8],
    [100, 12],
  ])('among %d members goes %d times', (members, times) => {
    expect(sendsMax(4, members)).toBe(times);
  });
});

describe('the order of probes', () => {
  it('has everyone once in a round, in another order each time', () => {
    const random = new SeededRandom(1);
    const order = new ProbeOrder(() => random.float());
    const all = Array.from({ length: 20 }, (_, at) => at + 1);
    for (const no of all) order.insert(no);
    order.insert(7);
    const rounds = [0, 1, 2].map(() => {
      order.renew(() => true);
      return all.map(() => order.next(() => true));
    });
    for (const round of rounds) expect(new Set(round).size).toBe(20);
    expect(rounds[0]).not.toEqual(rounds[1]);
    expect(rounds[1]).not.toEqual(rounds[2]);
  });

  it('lets newcomers in at a random place, and nobody loses a turn for it', () => {
    const random = new SeededRandom(2);
    const places = new Set<number>();
    for (let trial = 0; trial < 100; trial++) {
      const order = new ProbeOrder(() => random.float());
      for (const no of [1, 2, 3, 4]) order.insert(no);
      order.renew(() => true);
      const first = order.next(() => true);
      order.insert(5);
      const rest = [...Array(4)].map(() => order.next(() => true)).filter(Boolean);
      expect(new Set([first, ...rest])).toContain(1);
      for (const no of [1, 2, 3, 4]) expect([first, ...rest]).toContain(no);
      places.add(rest.indexOf(5));
    }
    // Not in this round at all (-1), or at any place in what is left of it.
    expect([...places].sort()).toEqual([-1, 0, 1, 2, 3]);
  });

  it('skips who is not probed', () => {
    const order = new ProbeOrder(() => 0);
    for (const no of [1, 2, 3]) order.insert(no);
    expect(order.next((no) => no === 1)).toBe(1);
    expect(order.next(() => true)).toBe(undefined);
  });
});

it('a sample has different items, and all of them when there are too few', () => {
  const random = new SeededRandom(3);
  for (let trial = 0; trial < 100; trial++) {
    expect(new Set(sample([1, 2, 3, 4, 5], 3, () => random.float())).size).toBe(3);
  }
  expect(sample([1, 2], 3, () => 0)).toEqual([1, 2]);
});

it.each([
  [2, 30_000],
  [32, 30_000],
  [33, 60_000],
  [64, 60_000],
  [65, 90_000],
  [100, 90_000],
])('of %d members each pushes and pulls every %d ms', (members, intervalMs) => {
  expect(pushPullInterval(30_000, members)).toBe(intervalMs);
});
