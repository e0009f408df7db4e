/** What a node says of the size of its partitions. */

import { beforeEach, expect, it } from 'vitest';
import { utf8 } from '../../../../src/kernel/bytes.ts';
import {
  PARTITION_SIZES,
  servePartitionSizes,
} from '../../../../src/repair/transfer/partition-sizes.ts';
import { registerKey } from '../../../../src/replica/store-keys.ts';
import { SimClock } from '../../../../src/sim/sim-clock.ts';
import { MovingCluster, type MovingNode } from './moving-cluster.ts';

let cluster: MovingCluster;
let n1: MovingNode;

beforeEach(() => {
  cluster = new MovingCluster();
  cluster.place(['n1', 'n2', 'n3']);
  ({ n1 } = cluster.nodes);
  const clock = new SimClock(cluster.simulation);
  servePartitionSizes(n1.transport, { store: n1.store, trees: n1.trees, clock });
});

const sizes = (...partitions: number[]) => cluster.ask('n1', PARTITION_SIZES, partitions);

it('leaves out those whose trees are not known, and those that it does not keep', async () => {
  expect(await sizes(0)).toEqual([]);
  await cluster.buildTrees('n1');
  expect(await sizes(0)).toEqual([{ partition: 0, keys: 0, bytes: 0 }]);
  cluster.place(['n2', 'n3', 'n4']);
  n1.trees.keptPartitions();
  await cluster.simulation.advance(10);
  expect((await sizes(0)).every(({ keys }) => keys === 0)).toBe(true);
});

it('counts keys, and takes the first records for the size of all', async () => {
  await cluster.buildTrees('n1');
  for (let at = 0; at < 100; at++) await n1.put(`key ${1_000 + at}`, 'x'.repeat(1_000));
  const [size] = await sizes(0);
  expect(size?.keys).toBe(100);
  expect(size?.bytes).toBeGreaterThan(100 * 1_000);
  expect(size?.bytes).toBeLessThan(100 * 1_200);
});

it('answers for many partitions, in turns', async () => {
  await cluster.buildTrees('n1');
  const asked = Array.from({ length: 40 }, () => 0);
  const before = cluster.simulation.nowMs;
  expect(await sizes(...asked)).toHaveLength(40);
  expect(cluster.simulation.nowMs).toBeGreaterThan(before);
});

it('counts registers by reading them', async () => {
  await cluster.buildTrees('n1');
  await n1.put('object', 'x'.repeat(1_000));
  const writes = Array.from({ length: 1_200 }, (_, at) => {
    const key = registerKey({ partition: 0, bucketNumber: 9, key: utf8(`key ${1_000 + at}`) });
    return { type: 'put', key, value: new Uint8Array(100) } as const;
  });
  await cluster.simulation.complete(n1.store.write(writes));
  const [size] = await sizes(0);
  expect(size?.keys).toBe(1_201);
  expect(size?.bytes).toBeGreaterThan(1_000 + 1_200 * 100);
  expect(size?.bytes).toBeLessThan(1_200 + 1_200 * 130);
});
