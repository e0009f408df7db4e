/** Every node of a cluster is stopped in order and started again while clients go on. */

import { expect, it } from 'vitest';
import { leaderOf, testCluster } from './harness.ts';
import { RollingTraffic } from './rolling-traffic.ts';
import { lifeOnDisk } from './stored-records.ts';

const BUCKET = 'rolled';
/** Of mode raft: its writes are in doubt where a leader is lost. */
const PRECIOUS = 'precious';
const WRITERS = [...Array<string>(2).fill(PRECIOUS), ...Array<string>(6).fill(BUCKET)];

it('fails no request of a client that goes to another node, and loses no lineage', async () => {
  const cluster = await testCluster();
  await cluster.client('n1').putBucket(BUCKET, { r: 'quorum', w: 'quorum' });
  await cluster.client('n1').putBucket(PRECIOUS, { mode: 'raft' });
  const traffic = new RollingTraffic(cluster, WRITERS);
  await traffic.more(100);

  const before = await leaderOf(cluster, 'n1');
  // The leader in the middle: one node has been away before, and one will be after.
  const others = cluster.nodes.map(({ name }) => name).filter((name) => name !== before);
  const order = [others[0], before, others[1]] as string[];
  const lineages = new Map<string, number>();
  for (const name of order) {
    const node = cluster.node(name);
    const { ended } = node;
    await node.stop();
    expect(await ended).toEqual({ code: 0, signal: null });
    const { lineage, cleanStop } = await lifeOnDisk(node);
    expect(cleanStop).toBe(true);
    lineages.set(name, lineage);
    await traffic.more(50);
    await node.start();
    await traffic.more(50);
  }
  await traffic.stop();

  expect(traffic.failures).toEqual([]);
  await traffic.checkAll();
  for (const node of cluster.nodes) {
    const { lineage, cleanStop } = await lifeOnDisk(node);
    expect({ lineage, cleanStop }).toEqual({ lineage: lineages.get(node.name), cleanStop: false });
  }
});
