/** What a node says of the cluster, buckets, leases and the metadata group: its JSON documents. */

export interface NodeAddress {
  readonly host: string;
  readonly peerPort: number;
  readonly clientPort: number;
}

export interface MemberStatus {
  readonly id: string;
  readonly nodeNo: number;
  readonly address: NodeAddress;
  readonly zone: string | null;
  readonly reachable: boolean;
  /** 0 of a node that joined after the ring was drawn. */
  readonly partitions: number;
}

export interface ClusterStatus {
  readonly clusterId: string;
  /** The node that was asked. */
  readonly node: string;
  readonly ready: boolean;
  /** Of the ring; null until it is drawn. */
  readonly epoch: number | null;
  /** The ring is drawn when so many nodes have joined. */
  readonly expectedNodes: number | null;
  readonly partitionCount: number | null;
  readonly replicationFactor: number | null;
  /** Leads the metadata group, as far as the node knows. */
  readonly leader: string | null;
  readonly members: readonly MemberStatus[];
}

export type BucketMode = 'dynamo' | 'raft';

/** n, r and w are of dynamo buckets. */
export interface BucketDocument {
  readonly name: string;
  readonly mode: BucketMode;
  readonly n?: number;
  readonly r?: number | string;
  readonly w?: number | string;
}

export interface LeaseDocument {
  readonly id: number;
  readonly ttlMs: number;
  /** How many keys go when it ends. */
  readonly keys: number;
}

export interface GroupMemberStatus {
  readonly id: string;
  readonly role: 'voter' | 'learner';
  readonly matchIndex: number;
  /** Entries that it lacks. */
  readonly lag: number;
  readonly state: 'probe' | 'replicate' | 'snapshot';
  /** Since the leader last heard of it. */
  readonly silentMs: number;
}

export interface GroupStatus {
  /** The node that was asked. */
  readonly node: string;
  readonly role: 'follower' | 'pre_candidate' | 'candidate' | 'leader';
  readonly term: number;
  readonly leader: string | null;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  readonly lastIndex: number;
  readonly firstIndex: number;
  readonly snapshotIndex: number;
  readonly voters: readonly string[];
  readonly learners: readonly string[];
  readonly outgoing: readonly string[];
  /** Only the leader knows. */
  readonly members: readonly GroupMemberStatus[];
  readonly values: { readonly count: number; readonly bytes: number };
}
