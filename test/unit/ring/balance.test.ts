import { describe, expect, test } from 'vitest';
import { balance } from '../../../src/ring/balance.ts';

const range = (least: number, most = least) => ({ least, most });

/** Zones by turns as given: `a`, `b`, ... */
function balanced(nodes: readonly [zone: string, weight: number][], q: number, r: number) {
  const zones = [...new Set(nodes.map(([zone]) => zone))];
  const zoneOf = nodes.map(([zone]) => zones.indexOf(zone));
  return balance({ zoneOf, weightOf: nodes.map(([, weight]) => weight) }, q, r);
}

describe('shares by weight', () => {
  test('are in proportion where no rule is in the way', () => {
    const { shares, placesOfNode } = balanced(
      [
        ['a', 1],
        ['b', 2],
        ['c', 3],
        ['d', 2],
      ],
      64,
      2,
    );
    expect(shares).toEqual([16, 32, 48, 32]);
    expect(placesOfNode).toEqual([16, 32, 48, 32].map((places) => range(places)));
  });

  test('are rounded down or up where they cannot be divided', () => {
    const { placesOfNode } = balanced(
      [
        ['a', 1],
        ['b', 2],
        ['c', 4],
        ['d', 4],
      ],
      8,
      2,
    );
    expect(placesOfNode).toEqual([range(1, 2), range(2, 3), range(5, 6), range(5, 6)]);
  });

  test('are the same whatever the unit', () => {
    const some = balanced(
      [
        ['a', 1],
        ['a', 3],
        ['b', 2],
      ],
      32,
      2,
    );
    const same = balanced(
      [
        ['a', 20],
        ['a', 60],
        ['b', 40],
      ],
      32,
      2,
    );
    expect(same).toEqual(some);
  });

  test('no node has a partition twice: who weighs too much has all of them', () => {
    const { shares, nodesOfZone } = balanced(
      [
        ['a', 100],
        ['b', 1],
        ['c', 1],
        ['d', 2],
      ],
      64,
      2,
    );
    expect(shares).toEqual([64, 16, 16, 32]);
    expect(nodesOfZone[0]).toEqual(range(1));
  });

  test('with more replicas than zones a heavy node is full and its zone has more than one', () => {
    const { shares, nodesOfZone } = balanced(
      [
        ['a', 50],
        ['a', 2],
        ['a', 1],
        ['b', 2],
      ],
      64,
      3,
    );
    // 64 for the heavy one, and as many for b, which may not have less.
    expect(shares[0]).toBe(64);
    expect(shares[3]).toBe(64);
    expect(shares[1]).toBeCloseTo(128 / 3);
    expect(shares[2]).toBeCloseTo(64 / 3);
    expect(nodesOfZone).toEqual([range(1, 3), range(1)]);
  });

  test('as many zones as replicas: each has one of every partition, which its nodes share', () => {
    const { shares, nodesOfZone } = balanced(
      [
        ['a', 1],
        ['a', 3],
        ['b', 9],
        ['c', 2],
        ['c', 2],
      ],
      64,
      3,
    );
    expect(shares).toEqual([16, 48, 64, 32, 32]);
    expect(nodesOfZone).toEqual([range(1), range(1), range(1)]);
  });

  test('a heavy zone has one replica of everything, and the others the rest by weight', () => {
    const { shares } = balanced(
      [
        ['a', 10],
        ['a', 30],
        ['b', 1],
        ['c', 2],
        ['d', 1],
      ],
      64,
      2,
    );
    expect(shares).toEqual([16, 48, 16, 32, 16]);
  });

  test('a light zone has one replica of everything all the same', () => {
    const { shares } = balanced(
      [
        ['a', 10],
        ['a', 10],
        ['a', 10],
        ['a', 10],
        ['b', 1],
      ],
      64,
      3,
    );
    expect(shares).toEqual([32, 32, 32, 32, 64]);
  });

  test('all of them are all places there are', () => {
    for (const weight of [1, 7, 100]) {
      const { shares } = balanced(
        [
          ['a', weight],
          ['a', 5],
          ['b', 3],
          ['c', 1],
          ['c', 100],
        ],
        256,
        3,
      );
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(768);
    }
  });
});
