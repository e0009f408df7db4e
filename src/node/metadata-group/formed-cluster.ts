/**
 * Disks as they are in a cluster that has formed: every member admitted, the ring drawn, the
 * voters chosen. For simulations and tests, which have no need to see it happen each time.
 */

import type { NodeId } from '../../kernel/names.ts';
import type { BucketSettings } from '../../metadata/buckets.ts';
import { LATEST_VERSION } from '../../metadata/cluster-version.ts';
import { FOUNDING_INDEX } from '../../metadata/founding.ts';
import { MetadataState } from '../../metadata/state.ts';
import { voterTarget } from '../../metadata/voters.ts';
import type { Store } from '../../ports/store.ts';
import type { SnapshotMeta } from '../../raft/entry.ts';
import type { PeerAt } from './group-identity.ts';
import { RaftStore } from './raft-store.ts';

export interface ClusterShape {
  /** 16 hexadecimal digits. */
  readonly clusterId: string;
  readonly members: readonly PeerAt[];
  readonly partitionCount: number;
  readonly replicationFactor: number;
  readonly buckets: readonly ({ readonly name: string } & BucketSettings)[];
}

/** What is the same on the disks of all members. */
export interface FormedCluster extends Pick<ClusterShape, 'clusterId' | 'members'> {
  readonly meta: SnapshotMeta;
  /** Of the snapshot. */
  readonly chunks: readonly Uint8Array[];
}

export function formCluster(shape: ClusterShape): FormedCluster {
  const { clusterId, members, partitionCount, replicationFactor, buckets } = shape;
  const state = MetadataState.founding({
    clusterId,
    secret: new Uint8Array(32).fill(1),
    partitionCount,
    replicationFactor,
    expect: members.length,
    nodes: members.map((member) => ({
      name: member.name,
      directoryId: directoryOf(member.name),
      address: { host: member.host, peerPort: member.port, clientPort: member.port + 1 },
      zone: undefined,
      version: LATEST_VERSION,
    })),
    drawRing: true,
    buckets,
  });
  const numbers = members.map((_, i) => i + 1);
  const voters = numbers.slice(0, voterTarget(members.length));
  const configuration = { voters, outgoing: [], learners: numbers.slice(voters.length) };
  const meta = { index: FOUNDING_INDEX, term: 1, configuration };
  return { clusterId, members, meta, chunks: [...state.snapshot()] };
}

/** Makes the empty store that of the member of this name. */
export async function formMember(
  { clusterId, members, meta, chunks }: FormedCluster,
  name: NodeId,
  metadataStore: Store,
): Promise<void> {
  const nodeNo = members.findIndex((member) => member.name === name) + 1;
  const identity = { clusterId, nodeNo, name, directoryId: directoryOf(name), peers: members };
  await new RaftStore(metadataStore).found(identity, meta, chunks);
}

const directoryOf = (name: NodeId) => `directory of ${name}`;
