/** What all nodes of a running cluster do, as one of them tells it. */

import { expect, it } from 'vitest';
import { waitFor } from '../../cluster/wait-for.ts';
import type { ActivityEntry } from '../../src/kernel/activity.ts';
import { killNodes, refusalOf, startNodes, testCluster } from './harness.ts';

it('counts rise, who is away is silent, and who comes back begins anew', async () => {
  const cluster = await testCluster({ nodes: 4 });
  const client = cluster.client('n1');
  const entry = async (node: string): Promise<ActivityEntry> => {
    const { nodes } = await client.activity();
    return nodes.find((one) => one.node === node) as ActivityEntry;
  };

  const before = await entry('n3');
  expect(before).toMatchObject({ state: 'answered', activity: { ready: true } });
  for (let i = 0; i < 20; i++) await cluster.client('n3').put('carts', `k${i}`, 'v');
  await refusalOf(cluster.client('n3').increment('carts', 'k1', 1));
  const after = await entry('n3');
  expect(after.activity?.life).toBe(before.activity?.life);
  expect(after.activity?.requests.put).toMatchObject({ succeeded: 20, failed: 0 });
  expect(after.activity?.siblings.counts.at(-1)).toBeGreaterThan(0);
  expect(after.activity?.problems).toMatchObject({ bucket_mode: 1 });

  await killNodes(cluster, ['n3']);
  expect(await entry('n3')).toMatchObject({ state: 'silent', activity: null });
  expect((await entry('n3')).tookMs).toBeLessThan(900);
  for (let i = 0; i < 20; i++) await client.put('carts', `k${i}`, 'w');
  await waitFor('hints for n3 to be counted', 10_000, async () => {
    const { nodes } = await client.activity();
    return nodes.some(({ activity }) => (activity?.hints.waiting ?? 0) > 0);
  });

  await startNodes(cluster, ['n3']);
  await waitFor('n3 to answer again', 10_000, async () => (await entry('n3')).state === 'answered');
  const again = await entry('n3');
  expect(again.activity?.life).not.toBe(before.activity?.life);
  expect(again.activity?.requests.put).toMatchObject({ succeeded: 0, failed: 0 });
  await waitFor('the hints to be delivered', 20_000, async () => {
    const { nodes } = await client.activity();
    return nodes.some(({ activity }) => (activity?.hints.delivered ?? 0) > 0);
  });
});
