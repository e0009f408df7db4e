/** What has to happen before reads are the last ones: whatever was kept for others is theirs. */

import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';

const HINTS_MS_MAX = 120_000;
const REPAIR_MS_MAX = 120_000;
const POLL_MS = 250;

/** Rejects where the nodes do not get there in time. */
export async function untilCalm(cluster: LocalCluster, names: readonly string[]): Promise<void> {
  await untilDelivered(cluster, names);
  for (const name of names) await repaired(cluster, name);
}

/** No node keeps anything for another any more. Rejects likewise. */
export async function untilDelivered(
  cluster: LocalCluster,
  names: readonly string[],
): Promise<void> {
  await waitFor(
    'all hints to be delivered',
    HINTS_MS_MAX,
    async () => {
      const documents = await Promise.all(names.map((name) => cluster.client(name).hints()));
      return documents.every(({ targets }) => targets.every(({ count }) => count === 0));
    },
    POLL_MS,
  );
}

/** It has compared all that it drives, with everybody, after this was called. */
async function repaired(cluster: LocalCluster, name: string): Promise<void> {
  const client = cluster.client(name);
  const asked = () => client.runRepair();
  let run = await asked();
  await waitFor(
    `${name} to have compared its replicas`,
    REPAIR_MS_MAX,
    async () => {
      const { run: now } = await client.repairStatus();
      if (now === null || now.run < run.run) return false;
      if (now.state !== 'done') return false;
      if (now.peersFailed.length === 0) return true;
      run = await asked();
      return false;
    },
    POLL_MS,
  );
}
