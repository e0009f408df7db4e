import { describe, expect, test } from 'vitest';
import { fairShares, place } from '../../../src/ring/placement.ts';
import type { Member } from '../../../src/ring/ring.ts';

type Lists = readonly (readonly string[])[];

/** n0, n1, ... in zones by turns; no zones with `zoneCount` 0. */
function nodes(count: number, zoneCount = 0): Member[] {
  return Array.from({ length: count }, (_, node) =>
    zoneCount === 0 ? { id: `n${node}` } : { id: `n${node}`, zone: `z${node % zoneCount}` },
  );
}

/** n0, n1, ... in the zones given. */
function inZones(...zones: string[]): Member[] {
  return zones.map((zone, node) => ({ id: `n${node}`, zone }));
}

function loads(lists: Lists, members: readonly Member[]): number[] {
  return members.map(({ id }) => lists.flat().filter((other) => other === id).length);
}

/** Fewest and most lists in which one of these nodes stands at the index. */
function spread(lists: Lists, ids: readonly string[], index: number): [number, number] {
  const counts = ids.map((id) => lists.filter((list) => list[index] === id).length);
  return [Math.min(...counts), Math.max(...counts)];
}

function moves(before: Lists, after: Lists): number {
  return after.flatMap((list, partition) => list.filter((id) => !before[partition]?.includes(id)))
    .length;
}

describe('zones', () => {
  test('three replicas are in three zones, and a node without zone is one of its own', () => {
    const members = [...inZones('a', 'a', 'a', 'b'), { id: 'alone' }];
    for (const list of place({ members, partitionCount: 32, replicationFactor: 3 })) {
      expect(list).toContain('n3');
      expect(list).toContain('alone');
    }
  });

  test('a zone too large for its share has one replica of everything, and the rest is even', () => {
    // Even shares would be 64 * 2 / 8 = 16 places each, 96 in zone a; it can have 64.
    const members = inZones('a', 'a', 'a', 'a', 'a', 'a', 'b', 'c');
    const lists = place({ members, partitionCount: 64, replicationFactor: 2 });
    const [b, c, ...a] = loads(lists, members).reverse();
    expect([b, c]).toEqual([32, 32]);
    expect(a.toSorted()).toEqual([10, 10, 11, 11, 11, 11]);
  });

  test('a zone too small for its share has one replica of everything all the same', () => {
    // Two zones and three replicas: n5 alone is in all 64 partitions, the others share 128.
    const members = inZones('a', 'a', 'a', 'a', 'a', 'b');
    const [b, ...a] = loads(
      place({ members, partitionCount: 64, replicationFactor: 3 }),
      members,
    ).reverse();
    expect(b).toBe(64);
    expect(a.toSorted()).toEqual([25, 25, 26, 26, 26]);
  });
});

describe('weights', () => {
  const weighed = (...weights: number[]): Member[] =>
    weights.map((weight, node) => ({ id: `n${node}`, weight }));

  test('share the places out in proportion', () => {
    const members = weighed(1, 2, 3, 2);
    const lists = place({ members, partitionCount: 64, replicationFactor: 2 });
    expect(loads(lists, members)).toEqual([16, 32, 48, 32]);
  });

  test('that are equal are none', () => {
    const shape = { partitionCount: 64, replicationFactor: 3 };
    const plain = place({ ...shape, members: nodes(7) });
    expect(place({ ...shape, members: weighed(5, 5, 5, 5, 5, 5, 5) })).toEqual(plain);
  });

  test('give way to zones: the only node of a third zone is in every partition', () => {
    const members = [
      { id: 'n0', zone: 'a', weight: 10 },
      { id: 'n1', zone: 'a', weight: 30 },
      { id: 'n2', zone: 'b', weight: 50 },
      { id: 'n3', zone: 'b', weight: 50 },
      { id: 'n4', zone: 'c', weight: 1 },
    ];
    const lists = place({ members, partitionCount: 64, replicationFactor: 3 });
    expect(loads(lists, members)).toEqual([16, 48, 32, 32, 64]);
  });

  test('that change move no more than the difference', () => {
    const shape = { partitionCount: 64, replicationFactor: 3 };
    const before = place({ ...shape, members: weighed(1, 1, 1, 1) });
    const members = weighed(1, 1, 1, 3);
    // Shares of 48 each become 42.67 three times and 64, all there are.
    const after = place({ ...shape, members, previous: before });
    expect(loads(after, members)[3]).toBe(64);
    expect(moves(before, after)).toBe(16);
  });

  test('of every kind: each node has its share, rounded, and at each index a like part of it', () => {
    const members = nodes(20, 5).map((member, at) => ({ ...member, weight: 1 + (at % 4) }));
    const lists = place({ members, partitionCount: 1_024, replicationFactor: 3 });
    const shares = fairShares(members, 1_024, 3);
    for (const { id } of members) {
      const places = lists.flat().filter((other) => other === id).length;
      expect(Math.abs(places - (shares.get(id) as number))).toBeLessThan(1);
      for (const index of [0, 1, 2]) {
        const [here] = spread(lists, [id], index);
        expect(Math.abs(here - places / 3)).toBeLessThan(1);
      }
    }
  });
});

describe('change', () => {
  test('a fourth node takes its share out of all three lists, in the place of who was there', () => {
    const shape = { partitionCount: 64, replicationFactor: 3 };
    const before = place({ ...shape, members: nodes(3) });
    const after = place({ ...shape, members: nodes(4), previous: before });
    expect(loads(after, nodes(4))).toEqual([48, 48, 48, 48]);
    expect(moves(before, after)).toBe(48);
    for (const [partition, list] of after.entries()) {
      const swapped = list.map((id, index) => (id === 'n3' ? before[partition]?.[index] : id));
      expect(swapped).toEqual(before[partition]);
    }
  });

  test('a young cluster grows by appending', () => {
    const shape = { partitionCount: 8, replicationFactor: 3 };
    const one = place({ ...shape, members: nodes(1) });
    const two = place({ ...shape, members: nodes(2), previous: one });
    const three = place({ ...shape, members: nodes(3), previous: two });
    expect(new Set(three.map((list) => list.join()))).toEqual(new Set(['n0,n1,n2']));
  });

  test('a smaller N moves nothing, and back again appends', () => {
    const members = nodes(10, 5);
    const three = place({ members, partitionCount: 64, replicationFactor: 3 });
    const two = place({ members, partitionCount: 64, replicationFactor: 2, previous: three });
    expect(moves(three, two)).toBe(0);
    const again = place({ members, partitionCount: 64, replicationFactor: 3, previous: two });
    expect(again.map((list) => list.slice(0, 2))).toEqual(two);
  });

  test('a node that is replaced hands its very places to the other', () => {
    const shape = { partitionCount: 64, replicationFactor: 3 };
    const before = place({ ...shape, members: nodes(10, 5) });
    const members = [...nodes(10, 5).slice(1), { id: 'new', zone: 'z0' }];
    const after = place({ ...shape, members, previous: before });
    expect(after).toEqual(before.map((list) => list.map((id) => (id === 'n0' ? 'new' : id))));
  });

  // Found by comparing random cases with the reference of the property tests.
  test('undoes an early choice that costs a move later', () => {
    const previous = [['n0', 'n1', 'n7'], ['n4', 'n2'], ['n2'], ['n0', 'n6', 'n4']];
    const lists = place({ members: nodes(8), partitionCount: 4, replicationFactor: 2, previous });
    expect(moves(previous, lists)).toBe(2);
  });

  test('finds a way through partitions that still lack a zone', () => {
    const members = inZones('z0', 'z1', 'z1', 'z0', 'z0', 'z0', 'z0', 'z0');
    const previous = [['n0', 'n3', 'n1'], [], ['n3'], ['n2', 'n1']];
    const lists = place({ members, partitionCount: 4, replicationFactor: 3, previous });
    expect(loads(lists, members).toSorted()).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
  });
});

describe('first places', () => {
  const shape = { partitionCount: 256, replicationFactor: 3 };

  test('are within one of each other from scratch', () => {
    const lists = place({ ...shape, members: nodes(10, 5) });
    const ids = nodes(10).map(({ id }) => id);
    for (const index of [0, 1, 2]) expect(spread(lists, ids, index)).toEqual([25, 26]);
  });

  test('stay within three of each other while 10 nodes join and the first 10 leave', () => {
    let lists: Lists = place({ ...shape, members: nodes(10, 5) });
    for (let change = 1; change <= 20; change++) {
      const members = nodes(Math.min(20, 10 + change), 5).slice(Math.max(0, change - 10));
      lists = place({ ...shape, members, previous: lists });
      const ids = members.map(({ id }) => id);
      for (const index of [0, 1, 2]) {
        const [fewest, most] = spread(lists, ids, index);
        expect(most - fewest).toBeLessThanOrEqual(3);
      }
    }
  });
});

describe('within a second', () => {
  const shape = { partitionCount: 1_024, replicationFactor: 3 };
  /** Of the processor: the tests of a whole tree run side by side. */
  const timed = (work: () => Lists): Lists => {
    const startedAt = process.cpuUsage();
    const lists = work();
    const { user, system } = process.cpuUsage(startedAt);
    expect((user + system) / 1_000).toBeLessThan(1_000);
    return lists;
  };

  test('100 nodes in 5 zones share 1,024 partitions, and so do 101 and 99', () => {
    const lists = timed(() => place({ ...shape, members: nodes(100, 5) }));
    timed(() => place({ ...shape, members: nodes(101, 5), previous: lists }));
    timed(() => place({ ...shape, members: nodes(99, 5), previous: lists }));
  });

  test('likewise 100 nodes of all weights, when weights change and when they go', () => {
    const weighed = (factor: number) =>
      nodes(100, 5).map((member, at) => ({ ...member, weight: 1 + ((at * factor) % 100) }));
    const lists = timed(() => place({ ...shape, members: weighed(37) }));
    timed(() => place({ ...shape, members: weighed(41), previous: lists }));
    timed(() => place({ ...shape, members: nodes(100, 5), previous: lists }));
  });
});
