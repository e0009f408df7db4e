import { expect, it } from 'vitest';
import type { NodeId } from '../../../src/kernel/names.ts';
import { recordsOn, storedKeyOf, storedKeys } from '../disks.ts';
import { startCluster, valuesOf } from '../harness.ts';
import { placesOf } from '../places.ts';
import { commitAt, untilSettled } from './ring-operator.ts';

const REAP_EVERY_MS = 500;

it('what a newcomer kept from an earlier time, reaped everywhere else, does not come back', async () => {
  const cluster = await startCluster(3, { nodes: 4, reapEveryMs: REAP_EVERY_MS });
  const { replicas, fallbacks } = await placesOf(cluster, 'k');
  const [first, , last] = replicas as readonly [NodeId, NodeId, NodeId];
  const newcomer = fallbacks[0] as NodeId;
  const { context } = await cluster.complete(cluster.put(first, 'k', 'old', { w: 3 }));
  const storedKey = storedKeyOf(cluster, first, 'k');
  const leftover = cluster.disk(first).committed.get(storedKey) as Uint8Array;
  await cluster.complete(cluster.delete(first, 'k', { w: 3, contexts: [context] }));
  await cluster.simulation.advance(10_000);
  expect(cluster.nodeIds.flatMap((id) => storedKeys(cluster, id))).not.toContain(storedKey);

  cluster.kill(newcomer);
  for (const contents of [cluster.disk(newcomer).committed, cluster.disk(newcomer).flushed]) {
    contents.set(storedKey, leftover);
  }
  await cluster.start(newcomer);
  expect(recordsOn(cluster, newcomer).get(storedKey)).toBeDefined();

  await cluster.complete(commitAt(cluster, first, [{ type: 'leave', node: last }]));
  const staying = cluster.nodeIds.filter((id) => id !== last);
  await untilSettled(cluster, staying);
  expect((await placesOf(cluster, 'k')).replicas).toContain(newcomer);
  for (const at of staying) {
    const read = await cluster.complete(cluster.get(at, 'k', { r: 3, sloppy: false }));
    expect(valuesOf(read)).toEqual([]);
  }
  expect(staying.flatMap((id) => storedKeys(cluster, id))).not.toContain(storedKey);
});
