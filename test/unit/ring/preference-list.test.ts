import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeRing } from '../../../src/ring/make-ring.ts';
import type { MoveStage } from '../../../src/ring/move.ts';
import { preferenceList } from '../../../src/ring/preference-list.ts';
import type { Ring } from '../../../src/ring/ring.ts';
import { zoneKey } from '../../../src/ring/zones.ts';
import { ringWithList, ringWithMove } from '../../fixed-view.ts';
import { clusters, partitionCounts } from '../../property/clusters.ts';

function ring(nodeCount: number, zoneCount: number, replicationFactor = 3): Ring {
  const members = Array.from({ length: nodeCount }, (_, node) => ({
    id: `n${node}`,
    ...(zoneCount > 0 && { zone: `z${node % zoneCount}` }),
  }));
  return makeRing({ epoch: 1, members, partitionCount: 256, replicationFactor });
}

const rings = fc
  .record({ cluster: clusters(20), partitionCount: partitionCounts(4) })
  .map(({ cluster, partitionCount }) => makeRing({ ...cluster, epoch: 1, partitionCount }));

test('names every member exactly once, the first n replicas first', () => {
  fc.assert(
    fc.property(rings, fc.nat(15), fc.integer({ min: 1, max: 6 }), (ring, number, n) => {
      const partition = number % ring.partitionCount;
      const owners = ring.replicas[partition] ?? [];
      const { replicas, fallbacks } = preferenceList(ring, partition, n);
      expect(replicas).toEqual(owners.slice(0, n));
      expect([...replicas, ...fallbacks].sort()).toEqual(ring.members.map(({ id }) => id).sort());
      // A bucket of a smaller n asks the partition's other replicas first.
      expect(fallbacks.slice(0, owners.length - replicas.length)).toEqual(owners.slice(n));
    }),
    { numRuns: 500 },
  );
});

test('asks zones that are not in the list before zones that are', () => {
  fc.assert(
    fc.property(rings, fc.nat(15), (ring, number) => {
      const partition = number % ring.partitionCount;
      const zones = new Map(ring.members.map((member) => [member.id, zoneKey(member)]));
      const { replicas, fallbacks } = preferenceList(ring, partition, ring.replicationFactor);
      const seen = new Set(replicas.map((id) => zones.get(id)));
      const repeats = fallbacks.map((id) => {
        const known = seen.has(zones.get(id));
        seen.add(zones.get(id));
        return known;
      });
      expect(repeats).toEqual(repeats.toSorted((a, b) => Number(a) - Number(b)));
    }),
    { numRuns: 500 },
  );
});

test('is stable: the order of the others does not change when a node joins', () => {
  const before = ring(10, 0);
  const after = makeRing({
    epoch: 2,
    members: [...before.members, { id: 'new' }],
    partitionCount: 256,
    replicationFactor: 3,
    previous: before,
  });
  for (let partition = 0; partition < 256; partition++) {
    if (after.replicas[partition]?.includes('new')) continue;
    const { fallbacks } = preferenceList(after, partition, 3);
    expect(fallbacks.filter((id) => id !== 'new')).toEqual(
      preferenceList(before, partition, 3).fallbacks,
    );
  }
});

describe('the load of a dead node', () => {
  test.each([
    ['without zones', 0],
    ['in five zones', 5],
  ])('is spread over all other nodes, %s', (_, zoneCount) => {
    const drawn = ring(10, zoneCount);
    for (const { id: dead } of drawn.members) {
      const standIns = new Map<string, number>();
      let partitions = 0;
      for (let partition = 0; partition < drawn.partitionCount; partition++) {
        const { replicas, fallbacks } = preferenceList(drawn, partition, 3);
        if (!replicas.includes(dead)) continue;
        partitions++;
        const first = fallbacks[0] as string;
        standIns.set(first, (standIns.get(first) ?? 0) + 1);
      }
      // Nobody gets more than three times an even share; nearly everybody helps.
      expect(Math.max(...standIns.values())).toBeLessThanOrEqual((3 * partitions) / 9);
      expect(standIns.size).toBeGreaterThanOrEqual(8);
    }
  });
});

describe('while a partition moves', () => {
  const settled = ringWithList(ring(5, 0), 0, ['n0', 'n1', 'n2']);
  const at = (stage: MoveStage, to: readonly string[], n = 3) =>
    preferenceList(
      ringWithMove(settled, {
        partition: 0,
        session: 1,
        stage,
        from: ['n0', 'n1', 'n2'],
        to,
      }),
      0,
      n,
    );

  test.each(['prepare', 'write_both', 'read_new', 'stable'] as const)(
    'nobody of either list stands in: %s',
    (stage) => {
      const { replicas, written, writeLists, fallbacks } = at(stage, ['n0', 'n1', 'n3']);
      expect(fallbacks).toEqual(['n4']);
      expect(written.toSorted()).toEqual([...new Set(writeLists.flat())].toSorted());
      for (const node of replicas) expect(written).toContain(node);
    },
  );

  test('one that keeps keys of larger n only stands in first', () => {
    const { replicas, written, fallbacks } = at('write_both', ['n0', 'n1', 'n3'], 2);
    expect([replicas, written]).toEqual([
      ['n0', 'n1'],
      ['n0', 'n1'],
    ]);
    expect(fallbacks.slice(0, 2).toSorted()).toEqual(['n2', 'n3']);
  });

  test('what is known of other partitions is not drawn anew', () => {
    const moving = ringWithMove(settled, {
      ...{ partition: 0, session: 1, stage: 'write_both' },
      from: ['n0', 'n1', 'n2'],
      to: ['n0', 'n1', 'n3'],
    });
    expect(preferenceList(moving, 1, 3)).toBe(preferenceList(settled, 1, 3));
    expect(preferenceList(moving, 0, 3)).not.toBe(preferenceList(settled, 0, 3));
  });
});

test('a cluster of one has no fallbacks', () => {
  expect(preferenceList(ring(1, 0), 0, 3)).toMatchObject({ replicas: ['n0'], fallbacks: [] });
});
