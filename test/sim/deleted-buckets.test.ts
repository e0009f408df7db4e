/** Objects of a deleted bucket that were on their way when it was swept. */

import { afterEach, expect, it } from 'vitest';
import { storedKeys } from './disks.ts';
import { startCluster, type TestCluster } from './harness.ts';
import { holdUp } from './reaping-cluster.ts';

const KEY = 'k';

let cluster: TestCluster;

afterEach(() => expect(cluster.fatalErrors).toEqual([]));

it('a read that ends after its bucket was deleted and swept leaves nothing behind', async () => {
  cluster = await startCluster(71, { nodes: 3 });
  cluster.network.cutBothWays(['n1'], ['n2', 'n3']);
  await cluster.complete(cluster.put('n2', KEY, 'v', { w: 2, sloppy: false }));
  cluster.network.heal();
  await cluster.simulation.advance(8_000);
  expect(storedKeys(cluster, 'n1')).toEqual([]);
  const held = ['n2', 'n3'].map((id) => holdUp(cluster, 'reply replica.fetch', id, 'n1', 1_500));
  const reading = cluster.get('n1', KEY, { r: 2, timeoutMs: 5_000 });
  await cluster.simulation.advance(10);
  expect(held.some(({ count }) => count > 0)).toBe(true);
  await cluster.complete(cluster.request('n2', (node) => node.buckets.delete('test', 1_000)));
  await cluster.simulation.advance(500);
  expect(storedKeys(cluster, 'n2')).toEqual([]);
  await cluster.complete(reading);
  await cluster.simulation.advance(10_000);
  expect(storedKeys(cluster, 'n1')).toEqual([]);
});
