/** The cluster as one node sees it, for people and for programs that wait for it. */

import type { NodeId } from '../kernel/names.ts';
import type { NodeAddress } from '../metadata/nodes.ts';
import type { Transport } from '../ports/transport.ts';
import type { MetadataGroup } from './metadata-group/metadata-group.ts';
import type { MetadataView } from './metadata-group/metadata-view.ts';

export interface MemberStatus {
  readonly id: NodeId;
  readonly nodeNo: number;
  readonly address: NodeAddress;
  readonly zone: string | null;
  /** Whether the node that was asked could reach it lately. */
  readonly reachable: boolean;
  /** Partitions that it keeps a replica of; 0 for one that joined after the ring was drawn. */
  readonly partitions: number;
}

export interface ClusterStatus {
  readonly clusterId: string;
  /** The node that was asked. */
  readonly node: NodeId;
  readonly ready: boolean;
  /** Of the ring; null until it is drawn. */
  readonly epoch: number | null;
  /** The ring is drawn when so many nodes have joined. */
  readonly expectedNodes: number | null;
  readonly partitionCount: number | null;
  readonly replicationFactor: number | null;
  /** Leads the metadata group, as far as this node knows. */
  readonly leader: NodeId | null;
  readonly members: readonly MemberStatus[];
}

export function clusterStatus(
  self: NodeId,
  ready: boolean,
  view: MetadataView,
  group: MetadataGroup,
  transport: Transport,
): ClusterStatus {
  const { state } = group;
  const ring = state?.ring();
  const kept = new Map<NodeId, number>();
  for (const node of ring?.replicas.flat() ?? []) kept.set(node, (kept.get(node) ?? 0) + 1);
  const nodes = (state?.nodes() ?? []).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return {
    clusterId: view.clusterId,
    node: self,
    ready,
    epoch: ring?.epoch ?? null,
    expectedNodes: state?.cluster.expect ?? null,
    partitionCount: state?.cluster.partitionCount ?? null,
    replicationFactor: state?.cluster.replicationFactor ?? null,
    leader: group.leader ?? null,
    members: nodes.map(({ name, nodeNo, address, zone }) => ({
      id: name,
      nodeNo,
      address,
      zone: zone ?? null,
      reachable: name === self || transport.reachable(name),
      partitions: kept.get(name) ?? 0,
    })),
  };
}
