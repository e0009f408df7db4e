/** All nodes that the panel tells of: the members, and former ones that are still in replica lists. */

import type { ClusterStatus, GroupStatus, MemberStatus } from '../../client/cluster-documents.ts';
import { formerNodes, type Standing, standingOf, standingOfFormer } from './standing.ts';

export interface NodeSeen {
  readonly id: string;
  readonly zone: string | null;
  /** Undefined: it is no member any more. */
  readonly member: MemberStatus | undefined;
  readonly standing: Standing;
}

export function nodesSeen(
  cluster: ClusterStatus,
  lists: readonly (readonly string[])[],
  group: GroupStatus | undefined,
): readonly NodeSeen[] {
  const members = cluster.members.map((member) => ({
    id: member.id,
    zone: member.zone,
    member,
    standing: standingOf(member, group, cluster),
  }));
  const former = formerNodes(lists, cluster.members).map((id) => ({
    id,
    zone: null,
    member: undefined,
    standing: standingOfFormer(id),
  }));
  return [...members, ...former];
}
