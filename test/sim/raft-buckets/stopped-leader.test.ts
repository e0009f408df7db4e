/** What a leader that stops in order says of commands that it had taken and not yet committed. */

import { expect, it } from 'vitest';
import type { NodeId } from '../../../src/kernel/names.ts';
import { QUICK_DISK } from '../../../src/sim/sim-store.ts';
import { startCluster } from '../harness.ts';
import { SimAccess } from './sim-access.ts';

const BUCKETS = [{ name: 'precious', mode: 'raft' as const }];
/** So slow that nothing is committed before the leader has stopped. */
const SLOW_DISK = { commitMsMax: 5_000, flushMsMax: 5_000 };

it('a write that a leader had taken when it stopped is in doubt, since it may surface', async () => {
  const cluster = await startCluster(1, { nodes: 3, buckets: BUCKETS });
  const status = cluster.request('n1', async (node) => node.groupStatus());
  const leader = (await status).leader as NodeId;
  const [at, other] = cluster.nodeIds.filter((id) => id !== leader) as [NodeId, NodeId];
  for (const id of [at, other]) cluster.slowDisks(id, SLOW_DISK);

  const written = new SimAccess(cluster, at, 'precious', 100).put('k', 'v', {});
  const error = written.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  await cluster.simulation.advance(5);
  await cluster.stop(leader);
  expect(await cluster.complete(error)).toMatchObject({ code: 'metadata_unknown' });

  for (const id of [at, other]) cluster.slowDisks(id, QUICK_DISK);
  const found = await cluster.complete(new SimAccess(cluster, at, 'precious', 60_000).get('k'));
  expect(found).toMatchObject({ value: 'v' });
});
