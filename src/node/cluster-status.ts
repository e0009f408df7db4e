/** The cluster as one node sees it, for people and for programs that wait for it. */

import type { ClockOffset } from '../gossip/clock-offsets.ts';
import type { MemberView } from '../gossip/effects.ts';
import type { NodeId } from '../kernel/names.ts';
import type { NodeAddress } from '../metadata/node-record.ts';
import type { Liveness } from '../ports/liveness.ts';
import type { GossipRunner } from './gossip/gossip-runner.ts';
import type { MetadataGroup } from './metadata-group/metadata-group.ts';
import type { MetadataView } from './metadata-group/metadata-view.ts';

export interface MemberStatus {
  readonly id: NodeId;
  readonly nodeNo: number;
  readonly address: NodeAddress;
  readonly zone: string | null;
  readonly weight: number;
  /** By the metadata group, which counts the dead and those that have left no more among the members. */
  readonly status: 'member' | 'leaving';
  /** Whether the node that was asked could reach it lately, and suspects it of nothing. */
  readonly reachable: boolean;
  /** By gossip; `unheard`: no word of it has come since this start. */
  readonly state: 'self' | MemberView['state'];
  /** 0 of a member that was not heard of. */
  readonly incarnation: number;
  /** Up to here it has applied the log of the metadata group, as it said last. */
  readonly metadataIndex: number;
  /** Its wall clock less that of the node that was asked, and how far off that may be. */
  readonly clock: { readonly offsetMs: number; readonly errorMs: number } | null;
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
  gossip: GossipRunner,
  liveness: Liveness,
): ClusterStatus {
  const { state } = group;
  const ring = state?.ring();
  const kept = new Map<NodeId, number>();
  for (const node of ring?.replicas.flat() ?? []) kept.set(node, (kept.get(node) ?? 0) + 1);
  const { incarnation, clockOffsets } = gossip.status();
  const nodes = (state?.members() ?? []).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return {
    clusterId: view.clusterId,
    node: self,
    ready,
    epoch: ring?.epoch ?? null,
    expectedNodes: state?.cluster.expect ?? null,
    partitionCount: state?.cluster.partitionCount ?? null,
    replicationFactor: state?.cluster.replicationFactor ?? null,
    leader: group.leader ?? null,
    members: nodes.map(({ name, nodeNo, address, zone, weight, status }) => ({
      id: name,
      nodeNo,
      address,
      zone: zone ?? null,
      weight,
      status: status === 'leaving' ? 'leaving' : 'member',
      reachable: liveness.reachable(name),
      ...(name === self
        ? { state: 'self', incarnation, metadataIndex: state?.index ?? 0, clock: null }
        : heardOf(gossip.member(name), clockOffsets)),
      partitions: kept.get(name) ?? 0,
    })),
  };
}

function heardOf(
  member: MemberView | undefined,
  offsets: readonly ClockOffset[],
): Pick<MemberStatus, 'state' | 'incarnation' | 'metadataIndex' | 'clock'> {
  const offset = offsets.find((other) => other.member === member?.member);
  return {
    state: member?.state ?? 'unheard',
    incarnation: member?.incarnation ?? 0,
    metadataIndex: member?.facts.metadataIndex ?? 0,
    clock: offset === undefined ? null : { offsetMs: offset.offsetMs, errorMs: offset.errorMs },
  };
}
