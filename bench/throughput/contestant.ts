/** Who is measured: a running cluster behind a list of HTTP addresses. */

import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import type { TlsOptions } from '../../src/client/connection.ts';
import { RAFT_BUCKET } from './cases.ts';

export interface Target {
  readonly host: string;
  readonly port: number;
  /** Present where it speaks TLS. */
  readonly tls?: TlsOptions | undefined;
}

export type ContestantName =
  | 'quorate'
  | 'baseline'
  | 'etcd'
  | 'paxos'
  | 'dynamo'
  | 'plain'
  | 'sdk'
  | 'batch'
  | 'client TLS'
  | 'peer TLS'
  | 'silent'
  | 'usual'
  | 'logged'
  | 'collected';

/** What asks in the place of the plain client: the SDK, each request by itself or in batches. */
export type SdkClient = 'sdk' | 'batch';

/** What a contestant is asked for: keys of a bucket of such a mode, or etcd's. */
export type Api = 'dynamo' | 'paxos' | 'raft' | 'etcd';

export interface Contestant {
  readonly name: ContestantName;
  readonly api: Api;
  readonly targets: readonly Target[];
  /** Absent: the plain client. */
  readonly client?: SdkClient;
  /** Of its nodes; none where somebody else runs them. */
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

export async function startQuorate(nodes: number, dataDirectory: string): Promise<Contestant> {
  return contestantOf(await startCluster({ nodes, dataDirectory }), 'dynamo');
}

/** Asked for the keys of a raft bucket. */
export async function startQuorateRaft(nodes: number, dataDirectory: string): Promise<Contestant> {
  return contestantOf(await startWithRaftBucket(nodes, dataDirectory), 'raft');
}

export async function startWithRaftBucket(
  nodes: number,
  dataDirectory: string,
): Promise<LocalCluster> {
  const cluster = await startCluster({ nodes, dataDirectory });
  try {
    await cluster.client('n1').putBucket(RAFT_BUCKET, { mode: 'raft' });
    return cluster;
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

export function contestantOf(
  cluster: LocalCluster,
  api: Api,
  name: ContestantName = 'quorate',
): Contestant {
  const targets = cluster.nodes.map(targetOf);
  const pids = cluster.nodes.map(({ pid }) => pid);
  return { name, api, targets, pids, stop: () => cluster.close() };
}

export function targetOf({ url }: { readonly url: string }): Target {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

/** A cluster that somebody else started and will stop. */
export function runningQuorate(targets: readonly Target[]): Contestant {
  return { name: 'quorate', api: 'dynamo', targets, pids: [], stop: async () => {} };
}
