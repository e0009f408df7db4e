/** Who is measured: a running cluster behind a list of HTTP addresses. */

import { startCluster } from '../../cluster/local-cluster.ts';

export interface Target {
  readonly host: string;
  readonly port: number;
}

export type ContestantName = 'quorate' | 'baseline';

export interface Contestant {
  readonly name: ContestantName;
  readonly targets: readonly Target[];
  /** Of its nodes; none where somebody else runs them. */
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

export async function startQuorate(nodes: number, dataDirectory: string): Promise<Contestant> {
  const cluster = await startCluster({ nodes, dataDirectory });
  const targets = cluster.urls.map((url) => {
    const { hostname, port } = new URL(url);
    return { host: hostname, port: Number(port) };
  });
  const pids = cluster.nodes.map(({ pid }) => pid);
  return { name: 'quorate', targets, pids, stop: () => cluster.close() };
}

/** A cluster that somebody else started and will stop. */
export function runningQuorate(targets: readonly Target[]): Contestant {
  return { name: 'quorate', targets, pids: [], stop: async () => {} };
}
