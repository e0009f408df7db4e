/**
 * What a recovered cluster answers to a survivor of the old one that wants to come over; the
 * other side of `recovery.ts`. Nothing is decided here: the survivor is a member already, and
 * its next start is registered as any other.
 */

import { QuorateError } from '../../kernel/errors.ts';
import type { NodeId } from '../../kernel/names.ts';
import { judgeStart, type Start } from '../../metadata/starts.ts';
import type { MetadataState } from '../../metadata/state.ts';
import type { GroupIdentity, PeerAt, Recovery } from './group-identity.ts';

export interface FollowRequest {
  readonly follow: {
    /** That it still belongs to. */
    readonly clusterId: string;
    readonly nodeNo: number;
    readonly name: NodeId;
    readonly directoryId: string;
    /** Its last. */
    readonly start: Start;
  };
}

export interface FollowReply {
  readonly clusterId: string;
  /** The member that answers. */
  readonly answeredBy: NodeId;
  readonly peers: readonly PeerAt[];
  readonly recoveries: readonly Recovery[];
}

export function isFollowRequest(request: unknown): request is FollowRequest {
  return typeof request === 'object' && request !== null && 'follow' in request;
}

/** Precondition: the state is that of a group which can still decide. Throws `QuorateError`. */
export function welcomeFollower(
  own: GroupIdentity,
  state: MetadataState,
  { follow }: FollowRequest,
): FollowReply {
  const { clusterId, name: answeredBy, recoveries = [] } = own;
  if (follow.clusterId === clusterId) {
    throw new QuorateError('bad_request', `the directory belongs to cluster ${clusterId} already`);
  }
  if (!recoveries.some(({ former }) => former === follow.clusterId)) {
    throw new QuorateError(
      'not_a_member',
      `cluster ${clusterId} was not recovered from cluster ${follow.clusterId}, to which the directory belongs`,
    );
  }
  const node = state.node(follow.nodeNo);
  if (node?.name !== follow.name || node.directoryId !== follow.directoryId) {
    throw new QuorateError(
      'not_a_member',
      `cluster ${clusterId} does not know ${follow.name}: it was admitted after the last entry that the recovered directory had; start it with an empty directory and --join`,
    );
  }
  if (judgeStart(node, follow.start) === 'rolled_back') {
    const detail = `the data directory of ${node.name} was put back to an older copy: the cluster knows of start ${node.bootNumber}`;
    throw new QuorateError('rolled_back', detail, { bootNumber: node.bootNumber });
  }
  return {
    clusterId,
    answeredBy,
    recoveries,
    peers: state.nodes().map(({ name, address }) => ({
      name,
      host: address.host,
      port: address.peerPort,
    })),
  };
}
