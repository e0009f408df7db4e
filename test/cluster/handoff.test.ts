/** Nodes that stand in for others, with real processes: sloppy quorums and hinted handoff. */

import { expect, it } from 'vitest';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { quorate, testCluster, valuesOf } from './harness.ts';

const KEYS = Array.from({ length: 200 }, (_, i) => `k${i}`);
const HANDOFF_MS_MAX = 20_000;

async function hintsFor(cluster: LocalCluster, target: string): Promise<number> {
  const running = cluster.nodes.filter((node) => node.isRunning);
  const found = await Promise.all(running.map(({ name }) => cluster.client(name).hints()));
  const counts = found.flatMap(({ targets }) =>
    targets.filter((hints) => hints.target === target).map(({ count }) => count),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

it('writes at W=3 go on with a replica down, and are on it soon after its return', async () => {
  const cluster = await testCluster({ nodes: 5 });
  const client = cluster.client('n1');
  await client.put('handoff', 'first', 'x', { w: 'all' });
  await cluster.node('n3').kill();
  for (const { name } of cluster.nodes) {
    if (name !== 'n3') await cluster.waitUntilReachable(name, 'n3', false);
  }
  const quorums: string[] = [];
  for (const key of KEYS) quorums.push((await client.put('handoff', key, key, { w: 3 })).quorum);
  const hinted = KEYS.filter((_, i) => quorums[i]?.includes(' for n3'));
  expect(hinted.length).toBeGreaterThan(0);
  expect(hinted.length).toBeLessThan(KEYS.length);
  expect(await hintsFor(cluster, 'n3')).toBe(hinted.length);

  const { stdout } = await quorate(['hints', '--node', cluster.node('n1').url]);
  expect(stdout).toMatch(/kept by +for +keys +bytes +oldest +delivery/);
  expect(stdout).toMatch(/n\d +n3 +\d+ +\d+ +[\d.]+ s +tries again in/);

  const kept = cluster.nodes.filter(({ name }) => name !== 'n3').map(({ name }) => name);
  await cluster.node(kept[1] as string).restart();
  await cluster.node('n3').start();
  await waitFor('the hints to be handed over', HANDOFF_MS_MAX, async () => {
    return (await hintsFor(cluster, 'n3')) === 0;
  });
  const returned = cluster.client('n3');
  for (const key of hinted) {
    const options = { r: 1, sloppy: false, readRepair: 'off' };
    expect(valuesOf(await returned.get('handoff', key, options))).toEqual([key]);
  }
  const after = await quorate(['hints', '--node', cluster.node('n1').url]);
  expect(after.stdout).toMatch(/^no hints/);
});
