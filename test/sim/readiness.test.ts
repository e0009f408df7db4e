/** What a node says of itself while it is kept from the metadata, and when it has them again. */

import { expect, it } from 'vitest';
import type { NodeId } from '../../src/kernel/names.ts';
import { startCluster } from './harness.ts';

it('a node that hears of later entries and does not get them is not ready, until it does', async () => {
  const cluster = await startCluster(91, { nodes: 3 });
  const { simulation, network } = cluster;
  await simulation.advance(3_000);
  const reasonAt = (id: NodeId) =>
    cluster.request(id, async (node) => node.whyAvoided?.facts.reason);
  const status = await cluster.request('n1', async (node) => node.status());
  const leader = status.leader as NodeId;
  const [away, other] = cluster.nodeIds.filter((id) => id !== leader) as [NodeId, NodeId];
  expect(await reasonAt(away)).toBeUndefined();

  // It hears the other one tell of entries, and cannot ask for them.
  network.cutBothWays([leader], [away]);
  network.cutOneWay([away], [other]);
  const made = cluster.request(leader, (node) => node.buckets.put('another', {}, 2_000));
  await cluster.complete(made);
  const becomes = async (reason: string | undefined) => {
    for (const until = simulation.nowMs + 30_000; simulation.nowMs < until; ) {
      await simulation.advance(100);
      if ((await reasonAt(away)) === reason) return true;
    }
    return false;
  };
  expect(await becomes('metadata_behind')).toBe(true);
  expect(await reasonAt(other)).toBeUndefined();
  // It takes requests all the same.
  expect(await cluster.request(away, async (node) => node.ready)).toBe(true);

  network.heal();
  expect(await becomes(undefined)).toBe(true);
});
