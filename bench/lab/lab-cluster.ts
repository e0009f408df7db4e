/** A cluster for an experiment, whose nodes take faults, with all voters that it is to have. */

import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { voterTarget } from '../../src/metadata/voters.ts';
import type { Lab } from './experiment.ts';
import { type Mode, putBuckets } from './modes.ts';

const VOTERS_MS_MAX = 30_000;
/** Of the cluster, at least: paxos and raft keep as many where dynamo has fewer. */
const REPLICAS_MIN = 3;

export interface LabClusterOptions {
  readonly nodes: number;
  /** Their buckets are made. */
  readonly modes: readonly Pick<Mode, 'bucket' | 'settings'>[];
  /** Of `quorate start`, beside --enable-faults. */
  readonly startOptions?: readonly string[];
  /** Free ones where they are left out. */
  readonly peerPorts?: readonly number[];
  /** Of the experiment's data, where it has several clusters. */
  readonly directory?: string;
}

/** Each key can have as many replicas as a mode asks for. Whoever starts it closes it. */
export async function startLabCluster(
  { dataDirectory }: Pick<Lab, 'dataDirectory'>,
  { nodes, modes, startOptions = [], peerPorts, directory = 'nodes' }: LabClusterOptions,
): Promise<LocalCluster> {
  const replicationFactor = Math.max(REPLICAS_MIN, ...modes.map(({ settings }) => settings.n ?? 0));
  const cluster = await startCluster({
    nodes,
    replicationFactor,
    dataDirectory: `${dataDirectory}/${directory}`,
    startOptions: ['--enable-faults', ...startOptions],
    ...(peerPorts && { peerPorts }),
  });
  try {
    await waitFor(`${voterTarget(nodes)} voters`, VOTERS_MS_MAX, async () => {
      const { voters, outgoing } = await cluster.client('n1').groupStatus();
      return voters.length === voterTarget(nodes) && outgoing.length === 0;
    });
    await putBuckets(cluster, modes);
    return cluster;
  } catch (error) {
    await cluster.kill();
    throw error;
  }
}
