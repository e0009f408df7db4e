/** Documents as a large cluster would answer with. */

import type {
  ClusterStatus,
  GroupStatus,
  MemberStatus,
  RingDocument,
} from '../../../../src/client/cluster-documents.ts';
import type { TransferDocument, TransfersDocument } from '../../../../src/client/ring-documents.ts';

const ZONES = ['cellar', 'hall', 'loft'];

export function simulatedMember(id: string, changes: Partial<MemberStatus> = {}): MemberStatus {
  return {
    id,
    nodeNo: 1,
    address: { host: '127.0.0.1', peerPort: 9101, clientPort: 8101 },
    zone: null,
    weight: 1,
    status: 'member',
    reachable: true,
    state: 'alive',
    incarnation: 3,
    metadataIndex: 120,
    clock: { offsetMs: 0.4, errorMs: 0.2 },
    partitions: 8,
    ...changes,
  };
}

export function simulatedCluster(nodes: number, partitionCount: number, epoch = 40): ClusterStatus {
  const lists = listsOf(nodes, partitionCount);
  const members = Array.from({ length: nodes }, (_, i) => {
    const id = `n${i + 1}`;
    const partitions = lists.filter((list) => list.includes(id)).length;
    const zone = ZONES[i % ZONES.length] ?? null;
    return simulatedMember(id, { nodeNo: i + 1, zone, partitions, ...troubleOf(i) });
  });
  return {
    clusterId: '0123456789abcdef',
    node: 'n1',
    ready: true,
    epoch,
    expectedNodes: nodes,
    partitionCount,
    replicationFactor: 3,
    leader: 'n2',
    members,
    faultyLinks: null,
    faultyParts: null,
  };
}

/** Some of many nodes are always in trouble. */
function troubleOf(i: number): Partial<MemberStatus> {
  if (i === 0) return { state: 'self', clock: null };
  if (i === 6) return { state: 'dead', reachable: false };
  if (i === 11) return { state: 'suspect', reachable: false };
  if (i === 17) return { status: 'leaving' };
  return i === 23 ? { metadataIndex: 100 } : {};
}

export function simulatedRing(nodes: number, partitionCount: number, epoch = 40): RingDocument {
  const partitions = listsOf(nodes, partitionCount).map((replicas, partition) => ({
    partition,
    epoch,
    replicas,
  }));
  return { epoch, partitionCount, replicationFactor: 3, partitions };
}

/** Neighbours on the ring begin with different nodes, and no two replicas share a zone. */
function listsOf(nodes: number, partitionCount: number): readonly (readonly string[])[] {
  return Array.from({ length: partitionCount }, (_, partition) => {
    const list: number[] = [];
    // A step that has no divisor in common with the nodes meets each of them.
    const first = partition * 11 + Math.floor(partition / nodes) * 5;
    for (let i = 0; list.length < Math.min(3, nodes); i++) {
      const node = (first + i * 13) % nodes;
      const isZoneTaken = list.some((other) => other % ZONES.length === node % ZONES.length);
      if (!list.includes(node) && (!isZoneTaken || i > 2 * nodes)) list.push(node);
    }
    return list.map((node) => `n${node + 1}`);
  });
}

export function simulatedMove(changes: Partial<TransferDocument> = {}): TransferDocument {
  return {
    partition: 5,
    stage: 'write_both',
    from: ['n1', 'n2', 'n3'],
    to: ['n1', 'n4', 'n3'],
    waits: null,
    keys: 250,
    bytes: 256_000,
    keysInAll: 1_000,
    ...changes,
  };
}

export function simulatedTransfers(
  moves: readonly TransferDocument[],
  changes: Partial<TransfersDocument> = {},
): TransfersDocument {
  return {
    node: 'n1',
    bytesPerSecond: null,
    moves,
    movesLeft: 0,
    bytesLeft: null,
    bytesMoved: 0,
    ...changes,
  };
}

export function simulatedGroup(changes: Partial<GroupStatus> = {}): GroupStatus {
  return {
    node: 'n1',
    role: 'follower',
    term: 4,
    leader: 'n2',
    commitIndex: 120,
    appliedIndex: 120,
    lastIndex: 120,
    firstIndex: 1,
    snapshotIndex: 0,
    voters: ['n1', 'n2', 'n3', 'n4', 'n5'],
    learners: ['n6'],
    outgoing: [],
    members: [],
    values: { count: 0, bytes: 0 },
    ...changes,
  };
}
