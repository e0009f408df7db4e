/** The cluster as one node sees it, for people and for programs that wait for it. */

import type { NodeId } from '../kernel/names.ts';
import type { Transport } from '../ports/transport.ts';
import type { ClusterView } from '../ring/cluster-view.ts';

export interface MemberStatus {
  readonly id: NodeId;
  readonly zone: string | null;
  /** Whether the node that was asked could reach it lately. */
  readonly reachable: boolean;
  /** Partitions that it keeps a replica of. */
  readonly partitions: number;
}

export interface ClusterStatus {
  readonly clusterId: string;
  /** The node that was asked. */
  readonly node: NodeId;
  readonly ready: boolean;
  readonly epoch: number;
  readonly partitionCount: number;
  readonly replicationFactor: number;
  readonly members: readonly MemberStatus[];
}

export function clusterStatus(
  self: NodeId,
  ready: boolean,
  view: ClusterView,
  transport: Transport,
): ClusterStatus {
  const ring = view.ring();
  const kept = new Map<NodeId, number>();
  for (const node of ring.replicas.flat()) kept.set(node, (kept.get(node) ?? 0) + 1);
  return {
    clusterId: view.clusterId,
    node: self,
    ready,
    epoch: ring.epoch,
    partitionCount: ring.partitionCount,
    replicationFactor: ring.replicationFactor,
    members: ring.members.map(({ id, zone }) => ({
      id,
      zone: zone ?? null,
      reachable: id === self || transport.reachable(id),
      partitions: kept.get(id) ?? 0,
    })),
  };
}
