/** What a node says of the cluster, buckets, leases and the metadata group: its JSON documents. */

import type { FaultyPart } from '../kernel/fault-table.ts';
import type { SalvageOutcome } from '../kernel/salvage-batch.ts';

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
  readonly weight: number;
  /** By the metadata group; `leaving`: its places go to others. */
  readonly status: 'member' | 'leaving';
  readonly reachable: boolean;
  /** By gossip, as the node that was asked has heard. */
  readonly state: 'self' | 'unheard' | 'alive' | 'suspect' | 'dead' | 'left';
  readonly incarnation: number;
  readonly metadataIndex: number;
  /** Its wall clock less that of the node that was asked. */
  readonly clock: { readonly offsetMs: number; readonly errorMs: number } | null;
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
  /** Nodes that the node gives faults to on its way to them; null: it was not started for it. */
  readonly faultyLinks: readonly string[] | null;
  /** What of the node itself has been given faults; null likewise. */
  readonly faultyParts: readonly FaultyPart[] | null;
}

/** Which nodes keep which partition. */
export interface RingDocument {
  readonly epoch: number;
  readonly partitionCount: number;
  readonly replicationFactor: number;
  /** By number. */
  readonly partitions: readonly {
    readonly partition: number;
    readonly epoch: number;
    /** A bucket with a smaller n has its keys on the first n. */
    readonly replicas: readonly string[];
  }[];
}

export type BucketMode = 'dynamo' | 'paxos' | 'raft';

export type ConflictPolicy = 'siblings' | 'lww';

/** What means nothing in a bucket of its mode is not there. */
export interface BucketDocument {
  readonly name: string;
  readonly mode: BucketMode;
  readonly n?: number;
  readonly r?: number | string;
  readonly w?: number | string;
  readonly conflict?: ConflictPolicy;
  /** A duration such as `30s`, or `none`. */
  readonly ttl?: string;
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

export interface HintsForTarget {
  /** The node that did not take its writes. */
  readonly target: string;
  /** Keys that wait for it. */
  readonly count: number;
  readonly bytes: number;
  readonly oldestAgeMs: number;
  /** Until the next attempt; null while they are being delivered. */
  readonly retryInMs: number | null;
}

export interface HintsDocument {
  /** The node that was asked, which keeps them. */
  readonly node: string;
  readonly targets: readonly HintsForTarget[];
}

/** Of the partitions whose rounds of reaping the node begins. */
export interface TombstonesDocument {
  /** The node that was asked. */
  readonly node: string;
  /** Deleted and expired keys that wait to be reaped, as far as it knows. */
  readonly waiting: number;
  /** Why they did, when it last looked. */
  readonly hindrances: readonly {
    readonly obstacle: string;
    /** Who stood in the way; empty: nobody in particular. */
    readonly nodes: readonly string[];
    readonly partitions: readonly number[];
  }[];
  /** Null: it has begun none since it started. */
  readonly lastRound: {
    readonly reap: number;
    readonly keys: number;
    readonly agoMs: number;
  } | null;
}

/** What became of what a dead node held, in the order in which it was offered. */
export interface SalvageDocument {
  /** The node that was asked. */
  readonly node: string;
  readonly results: readonly SalvageOutcome[];
}

/** A comparison or a scrub that the node was asked for. */
export interface RepairRunDocument {
  /** Counts from 1 since the node started. */
  readonly run: number;
  readonly kind: 'exchange' | 'scrub';
  readonly bucket: string | null;
  readonly state: 'running' | 'done';
  readonly elapsedMs: number;
  /** Trees compared with a peer and equal now, or partitions read. */
  readonly done: number;
  readonly total: number;
  readonly peersFailed: readonly string[];
  /** In the trees compared, or read. */
  readonly keys: number;
  readonly keysPulled: number;
  readonly keysPushed: number;
  /** Of messages both ways, or read. */
  readonly bytes: number;
}

export interface AcceptedLossDocument {
  /** The node that was asked. */
  readonly node: string;
  /** Its record: `rebuilt` from those who can read theirs; `gone`: nobody can. */
  readonly record: 'whole' | 'rebuilt' | 'gone';
}

export interface RepairDocument {
  /** The node that was asked. */
  readonly node: string;
  /** What was asked for last; null: nothing since the node started. */
  readonly run: RepairRunDocument | null;
  readonly damagedRecords: number;
  /** They take part in no exchange, since their trees are yet to be built. */
  readonly partitionsWithoutTrees: readonly number[];
  /** When the node and each peer were last known to have the same; null: not since it started. */
  readonly partitions: readonly {
    readonly partition: number;
    readonly peers: readonly { readonly peer: string; readonly agoMs: number | null }[];
  }[];
}
