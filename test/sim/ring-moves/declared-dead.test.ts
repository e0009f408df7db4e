import { expect, it } from 'vitest';
import { startCluster } from '../harness.ts';
import { bringBack, kill, refusalOf } from '../places.ts';
import { COMMAND_MS } from './ring-operator.ts';

it('a commit gives up nobody for dead who has come back since that was staged', async () => {
  const cluster = await startCluster(3, { nodes: 4 });
  await kill(cluster, 'n4');
  await cluster.simulation.advance(15_000);
  const change = { type: 'remove', node: 'n4', acceptLoss: false } as const;
  await cluster.complete(
    cluster.request('n1', (node) => node.ringChanges.stage(change, COMMAND_MS)),
  );
  await bringBack(cluster, 'n4');
  await cluster.simulation.advance(15_000);
  const commit = cluster.request('n1', (node) => node.ringChanges.commit(COMMAND_MS));
  expect(await refusalOf(cluster, commit)).toMatchObject({ code: 'change_refused' });
  await cluster.simulation.advance(5_000);
  expect(cluster.up).toContain('n4');
  expect(cluster.fatalErrors).toEqual([]);
});
