/** Five nodes and one key: its three replicas, and the two others that may stand in for them. */

import type { NodeId } from '../../src/kernel/names.ts';
import type { SimClusterConfig } from '../../src/sim/sim-cluster.ts';
import { startCluster, type TestCluster } from './harness.ts';
import { placesOf, refusalOf } from './places.ts';

export const KEY = 'k';

export let cluster: TestCluster;
/** Replicas of the key. */
export let p1: NodeId;
export let p2: NodeId;
export let p3: NodeId;
/** The two other nodes, in the order of the preference list. */
export let f1: NodeId;
export let f2: NodeId;

/** Before each test: the names above stand for a new cluster then. */
export async function startFive(config: Partial<SimClusterConfig> = {}): Promise<void> {
  cluster = await startCluster(51, { nodes: 5, ...config });
  const { replicas, fallbacks } = await placesOf(cluster, KEY);
  [p1, p2, p3] = replicas as [NodeId, NodeId, NodeId];
  [f1, f2] = fallbacks as [NodeId, NodeId];
}

export const put = (...parameters: Parameters<TestCluster['put']>) =>
  cluster.complete(cluster.put(...parameters));

export const get = (...parameters: Parameters<TestCluster['get']>) =>
  cluster.complete(cluster.get(...parameters));

export const refusal = (promise: Promise<unknown>) => refusalOf(cluster, promise);
