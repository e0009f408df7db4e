/** How much travels when the ring changes, beside the least that has to. */

import { expect, it } from 'vitest';
import type { NodeId } from '../../../src/kernel/names.ts';
import { storedKeys } from '../disks.ts';
import { startCluster, type TestCluster } from '../harness.ts';
import { kill } from '../places.ts';
import { commitAt, untilSettled } from './ring-operator.ts';
import { keysMissing, strays } from './whereabouts.ts';

const KEYS = Array.from({ length: 120 }, (_, i) => `key ${i}`);
const VALUE = 'v'.repeat(2_000);
/** Times the least. */
const MOVED_MAX = 1.05;

async function fill(cluster: TestCluster, w: number): Promise<void> {
  for (const key of KEYS) await cluster.complete(cluster.put('n1', key, VALUE, { w }));
}

function bytesMoved(cluster: TestCluster): number {
  const taken = [...cluster.metrics.values()].map((metrics) =>
    metrics.value('transfer_bytes_total', { direction: 'in' }),
  );
  return taken.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0);
}

const keysOf = (cluster: TestCluster) =>
  new Map(cluster.nodeIds.map((id) => [id, new Set(storedKeys(cluster, id))]));

/** Of what each node has now and had not before. */
function bytesGained(
  cluster: TestCluster,
  before: ReadonlyMap<NodeId, ReadonlySet<string>>,
): number {
  const sizes = cluster.nodeIds.flatMap((id) => {
    const { committed } = cluster.disk(id);
    return storedKeys(cluster, id)
      .filter((key) => before.get(id)?.has(key) !== true)
      .map((key) => key.length + (committed.get(key)?.length ?? 0));
  });
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

async function expectLittle(
  cluster: TestCluster,
  before: ReadonlyMap<NodeId, ReadonlySet<string>>,
  movedBefore: number,
): Promise<void> {
  expect(await keysMissing(cluster)).toEqual([]);
  expect(await strays(cluster, [])).toEqual([]);
  const least = bytesGained(cluster, before);
  expect(least).toBeGreaterThan(KEYS.length * VALUE.length * 0.3);
  expect((bytesMoved(cluster) - movedBefore) / least).toBeLessThan(MOVED_MAX);
  expect(cluster.fatalErrors).toEqual([]);
}

it('hardly more than that where one node becomes three', async () => {
  const cluster = await startCluster(1, { nodes: 1 });
  await fill(cluster, 1);
  const before = keysOf(cluster);
  await cluster.complete(Promise.all([cluster.admit('n2'), cluster.admit('n3')]));
  await untilSettled(cluster, ['n1', 'n2', 'n3']);
  await expectLittle(cluster, before, 0);
});

it('likewise where one of four is dead, and where one leaves', async () => {
  const cluster = await startCluster(2, { nodes: 4 });
  await fill(cluster, 3);
  await cluster.complete(cluster.admit('n5'));
  await untilSettled(cluster, ['n1', 'n2', 'n3', 'n4', 'n5']);
  let [before, moved] = [keysOf(cluster), bytesMoved(cluster)];
  await kill(cluster, 'n4');
  cluster.giveUp('n4');
  const removal = { type: 'remove', node: 'n4', acceptLoss: false } as const;
  await cluster.complete(commitAt(cluster, 'n1', [removal]));
  await untilSettled(cluster, ['n1', 'n2', 'n3', 'n5']);
  await expectLittle(cluster, before, moved);
  [before, moved] = [keysOf(cluster), bytesMoved(cluster)];
  await cluster.complete(commitAt(cluster, 'n1', [{ type: 'leave', node: 'n2' }]));
  await untilSettled(cluster, ['n1', 'n3', 'n5']);
  await expectLittle(cluster, before, moved);
});
