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
import type { PeerAt } from './group-identity.ts';
import { RaftStore } from './raft-store.ts';

export interface FormedCluster {
  /** 16 hexadecimal digits. */
  readonly clusterId: string;
  readonly members: readonly PeerAt[];
  readonly partitionCount: number;
  readonly replicationFactor: number;
  readonly buckets: readonly ({ readonly name: string } & BucketSettings)[];
}

/** Makes the empty store that of the member of this name. */
export async function formMember(
  cluster: FormedCluster,
  name: NodeId,
  metadataStore: Store,
): Promise<void> {
  const { clusterId, members, partitionCount, replicationFactor, buckets } = cluster;
  const state = MetadataState.founding({
    clusterId,
    secret: new Uint8Array(32).fill(1),
    partitionCount,
    replicationFactor,
    expect: members.length,
    nodes: members.map((member) => ({
      name: member.name,
      directoryId: `directory of ${member.name}`,
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
  const nodeNo = members.findIndex((member) => member.name === name) + 1;
  const identity = { clusterId, nodeNo, name, directoryId: `directory of ${name}`, peers: members };
  const meta = { index: FOUNDING_INDEX, term: 1, configuration };
  await new RaftStore(metadataStore).found(identity, meta, [...state.snapshot()]);
}
