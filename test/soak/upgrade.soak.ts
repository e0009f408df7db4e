/**
 * A cluster of the last tagged version goes over to the working tree, node by node, while
 * clients go on; one node goes back and over again, and another joins.
 */

import { expect, it } from 'vitest';
import { type NodeProcess, QUORATE_COMMAND } from '../../cluster/node-process.ts';
import { leaderOf } from '../cluster/harness.ts';
import { lifeOnDisk } from '../cluster/stored-records.ts';
import { BUCKETS, readOldKeys, startTaggedCluster, stopInOrder } from './tagged-cluster.ts';

it('fails no request, loses no write and no lineage', async (context) => {
  const { tag, tagged, cluster, traffic } = await startTaggedCluster(context);
  const leader = await leaderOf(cluster, 'n1');
  const others = cluster.nodes.map(({ name }) => name).filter((name) => name !== leader);
  const [first, last] = others.map((name) => cluster.node(name)) as [NodeProcess, NodeProcess];
  const lineages = new Map<string, number>();
  const roll = async (node: NodeProcess, script: string) => {
    lineages.set(node.name, await stopInOrder(node));
    await traffic.more(30);
    node.script = script;
    await node.start();
    await traffic.more(30);
    await readOldKeys(cluster);
  };

  await roll(first, QUORATE_COMMAND);
  for (const [node, bucket] of [
    [first, 'by-upgraded'],
    [last, 'by-tagged'],
  ] as const) {
    await cluster.client(node.name).putBucket(bucket, BUCKETS.dynamo);
    traffic.addWriter(bucket);
  }
  await traffic.more(30);
  lineages.set(first.name, await stopInOrder(first));
  const wentBack = await startedAs(first, tagged);
  await traffic.more(30);
  await readOldKeys(cluster);
  if (wentBack) await roll(first, QUORATE_COMMAND);
  else {
    first.script = QUORATE_COMMAND;
    await first.start();
    lineages.delete(first.name);
  }

  await roll(cluster.node(leader), QUORATE_COMMAND);
  await cluster.join();
  await cluster.waitUntilSettled();
  await readOldKeys(cluster);

  await roll(last, QUORATE_COMMAND);
  await traffic.stop();
  expect(traffic.failures).toEqual([]);
  await traffic.checkAll();
  for (const [name, lineage] of lineages) {
    expect([name, (await lifeOnDisk(cluster.node(name))).lineage]).toEqual([name, lineage]);
  }
  console.log(
    `from ${tag}: ${traffic.done} rounds; going back was ${wentBack ? '' : 'not '}possible`,
  );
});

/** False where the older version says that it is too old. */
async function startedAs(node: NodeProcess, script: string): Promise<boolean> {
  node.script = script;
  try {
    await node.start();
    return true;
  } catch (error) {
    expect(String(error)).toMatch(/newer version|too old|install the version/);
    return false;
  }
}
