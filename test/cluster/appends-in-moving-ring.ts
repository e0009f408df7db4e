/** Five nodes; two more join, and leave again, while clients append (basho/riak_kv#1754). */

import { waitFor } from '../../cluster/wait-for.ts';
import { AppendingClients, type AppendingOptions } from './appending-clients.ts';
import { testCluster } from './harness.ts';

export interface MovingRingOptions extends AppendingOptions {
  readonly partitions: number;
  /** Acknowledged before the two come, while they are there, and after they have left. */
  readonly appendsEach: number;
}

/** Two cores carry seven nodes and forty clients. */
const SETTLING_MS_MAX = 60_000;

export interface MovingRingReport {
  readonly appends: number;
  /** Until both had their shares, and until both had left. */
  readonly joiningMs: number;
  readonly leavingMs: number;
}

/** Throws where an acknowledged append was lost. */
export async function appendsInMovingRing(options: MovingRingOptions): Promise<MovingRingReport> {
  const { partitions, appendsEach } = options;
  const cluster = await testCluster({ nodes: 5, partitions });
  const clients = await AppendingClients.start(cluster, options);
  await clients.more(appendsEach);

  const joinsAt = performance.now();
  await Promise.all([cluster.join(), cluster.join()]);
  clients.useRunningNodes();
  await cluster.waitUntilSettled(SETTLING_MS_MAX);
  const joiningMs = performance.now() - joinsAt;
  await clients.more(appendsEach);

  const leavesAt = performance.now();
  for (const node of ['n6', 'n7']) {
    await cluster.client('n1').stageRingChange({ change: 'leave', node });
  }
  await cluster.client('n1').commitRing();
  await cluster.waitUntilSettled(SETTLING_MS_MAX);
  await waitFor('the two to have left', SETTLING_MS_MAX, async () => {
    return (await cluster.client('n1').status()).members.length === 5;
  });
  const leavingMs = performance.now() - leavesAt;
  await clients.more(appendsEach);
  await clients.finish();
  return { appends: clients.done, joiningMs, leavingMs };
}
