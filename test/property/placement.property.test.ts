import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { balance } from '../../src/ring/balance.ts';
import { fairShares, place } from '../../src/ring/placement.ts';
import { type Member, weightOf } from '../../src/ring/ring.ts';
import { zoneKey } from '../../src/ring/zones.ts';
import {
  type Cluster,
  clusters,
  histories,
  member,
  partitionCounts,
  weighedHistories,
} from './clusters.ts';
import { fewestMovesWithin, referencePlacement } from './reference-placement.ts';

type Lists = readonly (readonly string[])[];

/** The placements of a history, each made from the one before. */
function placements(history: readonly Cluster[], partitionCount: number): Lists[] {
  const made: Lists[] = [];
  for (const cluster of history) {
    const previous = made.at(-1);
    made.push(place({ ...cluster, partitionCount, ...(previous && { previous }) }));
  }
  return made;
}

function replicaCount({ members, replicationFactor }: Cluster): number {
  return Math.min(members.length, replicationFactor);
}

function placesOf(lists: Lists, members: readonly Member[]): Map<string, number> {
  const places = new Map(members.map(({ id }) => [id, 0]));
  for (const id of lists.flat()) places.set(id, (places.get(id) ?? 0) + 1);
  return places;
}

function moves(before: Lists, after: Lists): number {
  const newcomers = after.map((list, partition) =>
    list.filter((id) => !before[partition]?.includes(id)),
  );
  return newcomers.flat().length;
}

const ascending = (a: number, b: number) => a - b;

/**
 * The most equal loads under the zone rule, ascending: places are given one at a time, always
 * to the node that has fewest of those whose zone may have one more.
 */
function bestLoads(cluster: Cluster, partitionCount: number): number[] {
  const zones = new Map<string, { places: number; loads: number[] }>();
  for (const node of cluster.members) {
    const zone = zones.get(zoneKey(node)) ?? { places: 0, loads: [] };
    zone.loads.push(0);
    zones.set(zoneKey(node), zone);
  }
  const give = (candidates: { places: number; loads: number[] }[]) => {
    const least = Math.min(...candidates.flatMap((zone) => zone.loads));
    const zone = candidates.find(({ loads }) => loads.includes(least));
    if (zone === undefined) throw new Error('no zone may have more');
    zone.loads[zone.loads.indexOf(least)] = least + 1;
    zone.places++;
  };
  const all = [...zones.values()];
  let left = partitionCount * replicaCount(cluster);
  const oneAtMost = replicaCount(cluster) <= all.length;
  if (!oneAtMost) {
    for (const zone of all) for (; zone.places < partitionCount; left--) give([zone]);
  }
  for (; left > 0; left--) {
    give(oneAtMost ? all.filter(({ places }) => places < partitionCount) : all);
  }
  return all.flatMap(({ loads }) => loads).sort(ascending);
}

/**
 * The share of each node by halving: at a rate every node has its weight at the rate, but a zone
 * has at most (or, of more replicas than zones, at least) Q, and a node at most Q.
 */
function sharesByHalving(cluster: Cluster, partitionCount: number): Map<string, number> {
  const zones = new Map<string, Member[]>();
  for (const node of cluster.members) {
    zones.set(zoneKey(node), [...(zones.get(zoneKey(node)) ?? []), node]);
  }
  const oneAtMost = replicaCount(cluster) <= zones.size;
  const atRate = (rate: number) => {
    const shares = new Map<string, number>();
    for (const nodes of zones.values()) {
      const wanted = nodes.map((node) => Math.min(partitionCount, rate * weightOf(node)));
      const free = wanted.reduce((sum, places) => sum + places, 0);
      const held = oneAtMost ? free > partitionCount : free < partitionCount;
      const weight = nodes.reduce((sum, node) => sum + weightOf(node), 0);
      for (const [at, node] of nodes.entries()) {
        const ofZone = (partitionCount * weightOf(node)) / weight;
        shares.set(node.id, held ? ofZone : (wanted[at] as number));
      }
    }
    return shares;
  };
  const total = (shares: Map<string, number>) =>
    [...shares.values()].reduce((sum, share) => sum + share, 0);
  let [low, high] = [0, 2 * partitionCount];
  for (let step = 0; step < 100; step++) {
    const rate = (low + high) / 2;
    if (total(atRate(rate)) < partitionCount * replicaCount(cluster)) low = rate;
    else high = rate;
  }
  return atRate(high);
}

describe('every placement of every history', () => {
  const cases = fc.record({
    history: fc.oneof(histories(30), weighedHistories(30)),
    partitionCount: partitionCounts(8),
  });
  const unweighed = fc.record({ history: histories(30), partitionCount: partitionCounts(8) });

  test('has min(N, members) distinct nodes, of as many zones as there can be', () => {
    fc.assert(
      fc.property(cases, ({ history, partitionCount }) => {
        for (const [step, lists] of placements(history, partitionCount).entries()) {
          const cluster = history[step] as Cluster;
          const zones = new Map(cluster.members.map((node) => [node.id, zoneKey(node)]));
          const count = replicaCount(cluster);
          const zoneCount = Math.min(count, new Set(zones.values()).size);
          const broken = lists.filter(
            (list) =>
              list.length !== count ||
              new Set(list).size !== count ||
              !list.every((id) => zones.has(id)) ||
              new Set(list.map((id) => zones.get(id))).size !== zoneCount,
          );
          expect(lists).toHaveLength(partitionCount);
          expect(broken).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('gives every node its share by weight, rounded down or up', () => {
    fc.assert(
      fc.property(cases, ({ history, partitionCount }) => {
        for (const [step, lists] of placements(history, partitionCount).entries()) {
          const cluster = history[step] as Cluster;
          const { members, replicationFactor } = cluster;
          const expected = sharesByHalving(cluster, partitionCount);
          const shares = fairShares(members, partitionCount, replicationFactor);
          for (const [id, places] of placesOf(lists, members)) {
            const share = shares.get(id) as number;
            expect(share).toBeCloseTo(expected.get(id) as number, 6);
            expect(places).toBeGreaterThanOrEqual(Math.floor(share));
            expect(places).toBeLessThanOrEqual(Math.ceil(share));
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  test('is as balanced as the zone rule allows where no weights are given', () => {
    fc.assert(
      fc.property(unweighed, ({ history, partitionCount }) => {
        for (const [step, lists] of placements(history, partitionCount).entries()) {
          const cluster = history[step] as Cluster;
          const loads = [...placesOf(lists, cluster.members).values()].sort(ascending);
          expect(loads).toEqual(bestLoads(cluster, partitionCount));
        }
      }),
      { numRuns: 150 },
    );
  });

  test('leaves who stays at the same index, or in the same order in a list that shrinks', () => {
    fc.assert(
      fc.property(cases, ({ history, partitionCount }) => {
        let before: Lists = [];
        for (const lists of placements(history, partitionCount)) {
          const broken = before.filter((old, partition) => {
            const list = lists[partition] as string[];
            const stayed = old.filter((id) => list.includes(id));
            return list.length < old.length
              ? list.filter((id) => old.includes(id)).join() !== stayed.join()
              : stayed.some((id) => list.indexOf(id) !== old.indexOf(id));
          });
          expect(broken).toEqual([]);
          before = lists;
        }
      }),
      { numRuns: 300 },
    );
  });

  test('is the same whatever the order of the members, and when nothing has changed', () => {
    const orders = clusters(30).chain((cluster) =>
      fc.record({
        cluster: fc.constant(cluster),
        shuffled: fc.shuffledSubarray([...cluster.members], {
          minLength: cluster.members.length,
        }),
        partitionCount: partitionCounts(8),
      }),
    );
    fc.assert(
      fc.property(orders, ({ cluster, shuffled, partitionCount }) => {
        const lists = place({ ...cluster, partitionCount });
        expect(place({ ...cluster, members: shuffled, partitionCount })).toEqual(lists);
        expect(place({ ...cluster, partitionCount, previous: lists })).toEqual(lists);
      }),
      { numRuns: 150 },
    );
  });
});

describe('moves', () => {
  function expectFewest(cluster: Cluster, lists: Lists, before: Lists): void {
    const { members } = cluster;
    const zones = [...new Set(members.map(zoneKey))];
    const best = referencePlacement({
      zoneOf: members.map((node) => zones.indexOf(zoneKey(node))),
      partitionCount: lists.length,
      replicaCount: replicaCount(cluster),
      had: (partition, node) => before[partition]?.includes((members[node] as Member).id) ?? false,
    });
    const loads = [...placesOf(lists, members).values()];
    expect(loads.reduce((sum, load) => sum + load ** 2, 0)).toBe(best.sumOfSquares);
    expect(moves(before, lists)).toBe(best.moves);
  }

  test('are the fewest that lead to the best balance there is', () => {
    const small = fc.record({ history: histories(8), partitionCount: partitionCounts(4) });
    fc.assert(
      fc.property(small, ({ history, partitionCount }) => {
        const made = placements(history, partitionCount);
        for (const [step, lists] of made.entries()) {
          expectFewest(history[step] as Cluster, lists, made[step - 1] ?? []);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('are the fewest within the bounds that weights set', () => {
    const small = fc.record({ history: weighedHistories(8), partitionCount: partitionCounts(4) });
    fc.assert(
      fc.property(small, ({ history, partitionCount }) => {
        const made = placements(history, partitionCount);
        for (const [step, lists] of made.entries()) {
          const cluster = history[step] as Cluster;
          const { members } = cluster;
          const before = made[step - 1] ?? [];
          const zones = [...new Set(members.map(zoneKey))];
          const zoneOf = members.map((node) => zones.indexOf(zoneKey(node)));
          const weighed = { zoneOf, weightOf: members.map(weightOf) };
          const bounds = balance(weighed, partitionCount, replicaCount(cluster));
          const fewest = fewestMovesWithin(bounds, {
            zoneOf,
            partitionCount,
            replicaCount: replicaCount(cluster),
            had: (partition, node) =>
              before[partition]?.includes((members[node] as Member).id) ?? false,
          });
          expect(moves(before, lists)).toBe(fewest);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('are the fewest from any lists whatever, balanced or not', () => {
    const few = fc.tuple(fc.nat(12), fc.nat(12)).map(([a, b]) => `n${Math.min(a, b)}`);
    const cases = partitionCounts(4).chain((partitionCount) =>
      fc.record({
        cluster: clusters(11),
        previous: fc.array(fc.uniqueArray(few, { maxLength: 6, size: 'max' }), {
          minLength: partitionCount,
          maxLength: partitionCount,
        }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ cluster, previous }) => {
        const lists = place({ ...cluster, partitionCount: previous.length, previous });
        expectFewest(cluster, lists, previous);
      }),
      { numRuns: 3_000 },
    );
  });

  test('of one node that joins or leaves are its own places, where there are no zones', () => {
    const sizes = fc.record({
      size: fc.integer({ min: 1, max: 30 }),
      replicationFactor: fc.integer({ min: 1, max: 5 }),
      partitionCount: partitionCounts(8),
    });
    fc.assert(
      fc.property(sizes, ({ size, ...shape }) => {
        const few = Array.from({ length: size }, (_, node) => member(node));
        const many = [...few, member(size)];
        const joined = place({
          ...shape,
          members: many,
          previous: place({ ...shape, members: few }),
        });
        const own = placesOf(joined, many).get(`n${size}`) ?? 0;
        expect(moves(place({ ...shape, members: few }), joined)).toBe(own);

        const left = place({ ...shape, members: few, previous: joined });
        // A cluster of fewer than N nodes has nobody to take the places.
        expect(moves(joined, left)).toBe(size >= shape.replicationFactor ? own : 0);
      }),
      { numRuns: 150 },
    );
  });
});

describe('the places in the list', () => {
  const cases = fc.record({ cluster: clusters(30), partitionCount: partitionCounts(8) });

  test('are shared out from scratch: each node is at each index in 1/R of its lists', () => {
    fc.assert(
      fc.property(cases, ({ cluster, partitionCount }) => {
        const lists = place({ ...cluster, partitionCount });
        const count = replicaCount(cluster);
        for (const [id, places] of placesOf(lists, cluster.members)) {
          let prefix = 0;
          for (let index = 0; index < count; index++) {
            const here = lists.filter((list) => list[index] === id).length;
            expect(here).toBeGreaterThanOrEqual(Math.floor(places / count));
            expect(here).toBeLessThanOrEqual(Math.ceil(places / count));
            // What follows for buckets of smaller n: within one up to N = 4, N/4 in general.
            prefix += here;
            const n = index + 1;
            const bound = (n * (count - n)) / count;
            expect(Math.abs(prefix - (n * places) / count)).toBeLessThanOrEqual(bound + 1e-9);
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});
