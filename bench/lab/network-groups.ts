/** A network that falls apart into groups of nodes, of which none hears anything of another. */

import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { partition } from '../../cluster/nemesis/partitions.ts';

/** Each node has no other fault then; one that is in no group stays as it is. */
export async function splitInto(
  cluster: LocalCluster,
  groups: readonly (readonly string[])[],
): Promise<void> {
  const { cuts } = partition(...groups);
  await Promise.all(
    Object.entries(cuts).map(([node, unheard]) => {
      const links = Object.fromEntries(unheard.map((peer) => [peer, { cut: true }]));
      return cluster.faults.replace(node, { links });
    }),
  );
}

/** Resolves when every one of those that stayed finds those that are away unreachable. */
export async function untilMissed(
  cluster: LocalCluster,
  away: readonly string[],
  stayed: readonly string[],
): Promise<void> {
  for (const observer of stayed) {
    for (const name of away) await cluster.waitUntilReachable(observer, name, false);
  }
}

/** Resolves when these find each other reachable. */
export async function untilTogether(
  cluster: LocalCluster,
  group: readonly string[],
): Promise<void> {
  for (const observer of group) {
    for (const name of group) {
      if (name !== observer) await cluster.waitUntilReachable(observer, name, true);
    }
  }
}
