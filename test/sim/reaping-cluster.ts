/** What tests of reaping share: a cluster that reaps fast, and what its disks hold. */

import type { NodeId } from '../../src/kernel/names.ts';
import type { SimClusterConfig } from '../../src/sim/sim-cluster.ts';
import { keyTextOf, storedKeys } from './disks.ts';
import { startCluster, type TestCluster } from './harness.ts';

/** Some rounds, with their jitter and what they wait for. */
export const ROUNDS_MS = 12_000;

export async function startReaping(
  nodes: number,
  seed: number,
  config: Partial<SimClusterConfig> = {},
): Promise<TestCluster> {
  const paces = { reapEveryMs: 1_000, compareEveryMs: 3_000 };
  const cluster = await startCluster(seed, { nodes, ...paces, ...config });
  await cluster.simulation.advance(2_000);
  return cluster;
}

/** Every key that some disk has, as `n1: key`. */
export function onDisks(cluster: TestCluster): readonly string[] {
  return cluster.nodeIds.flatMap((id) =>
    storedKeys(cluster, id).map((key) => `${id}: ${keyTextOf(key)}`),
  );
}

/** Of all nodes. */
export function total(cluster: TestCluster, name: string): number {
  return cluster.nodeIds.reduce((sum, id) => sum + (cluster.metrics.get(id)?.value(name) ?? 0), 0);
}

/** Runs `then` when a message of this kind arrives somewhere, before it is handled. */
export function onArrival({ simulation }: TestCluster, kind: string, then: () => void): void {
  simulation.onTrace = (line) => {
    if (!line.includes('arrived') || !line.endsWith(` ${kind}`) || line.includes('reply')) return;
    simulation.onTrace = undefined;
    then();
  };
}

export interface HeldUp {
  /** Messages that are, or were. */
  count: number;
  readonly mend: () => void;
}

/** Messages of a kind (`reply repair.pull`: the replies) between two nodes are so late, until that is mended. */
export function holdUp(
  { network, simulation }: TestCluster,
  kind: string,
  from: NodeId,
  to: NodeId,
  delayMs: number,
): HeldUp {
  const deliver = network.deliver.bind(network);
  const label = kind.startsWith('reply ')
    ? new RegExp(`^reply \\d+ ${kind.slice('reply '.length)}$`)
    : new RegExp(`^(\\d+|send) ${kind}$`);
  const held = {
    count: 0,
    mend: () => {
      network.deliver = deliver;
    },
  };
  network.deliver = (sender, receiver, what, arrive) => {
    if (sender !== from || receiver !== to || !label.test(what)) {
      return deliver(sender, receiver, what, arrive);
    }
    held.count++;
    simulation.schedule(delayMs, arrive);
  };
  return held;
}
