/**
 * Scaffolding: the cluster as a list of nodes and buckets that every node is started with.
 *
 * It stands in for the metadata group behind `ClusterView`. All nodes must be started with
 * the same list, so the cluster's id is made from what follows from it, the replicas of every
 * partition and bucket: nodes of another ring, and data directories of another ring, are
 * refused instead of serving from a ring of their own.
 */

import { utf8 } from '../kernel/bytes.ts';
import { hash64 } from '../kernel/hash.ts';
import type { Bucket, ClusterView, Level } from '../ring/cluster-view.ts';
import { makeRing } from '../ring/make-ring.ts';
import type { Member, Ring } from '../ring/ring.ts';

/** What an operator may say of a bucket; the rest are the defaults. */
export interface BucketConfig {
  readonly name: string;
  readonly n?: number;
  readonly r?: Level;
  readonly w?: Level;
}

export interface StaticClusterConfig {
  readonly members: readonly Member[];
  readonly partitionCount: number;
  readonly replicationFactor: number;
  readonly buckets: readonly BucketConfig[];
  /** Seals causal contexts; by default a checksum, which finds damage and no malice. */
  readonly seal?: (bytes: Uint8Array) => bigint;
}

export const DEFAULT_PARTITION_COUNT = 64;
export const DEFAULT_REPLICATION_FACTOR = 3;

const FIRST_EPOCH = 1;

/** Throws `Error` with a clear text where the configuration contradicts itself. */
export function staticCluster(config: StaticClusterConfig): ClusterView {
  const ring = makeRing({ ...config, epoch: FIRST_EPOCH });
  const buckets = new Map<string, Bucket>();
  for (const bucket of config.buckets) {
    buckets.set(bucket.name, configuredBucket(bucket, config.replicationFactor));
  }
  const clusterNumber = clusterNumberOf(ring, buckets);
  const unconfigured = new RecentBuckets(config.replicationFactor);
  return {
    clusterId: clusterNumber.toString(16).padStart(16, '0'),
    clusterNumber,
    seal: config.seal ?? hash64,
    ring: () => ring,
    bucket: (name) => buckets.get(name) ?? unconfigured.bucket(name),
  };
}

/** Over all that decides which node keeps what. */
function clusterNumberOf(ring: Ring, buckets: ReadonlyMap<string, Bucket>): bigint {
  const replicasPerKey = [...buckets.values()].map(({ name, n }) => [name, n]).sort();
  return hash64(utf8(JSON.stringify([ring.replicationFactor, ring.replicas, replicasPerKey])));
}

/** Names of buckets come from clients, so only so many are kept. */
const RECENT_BUCKETS_MAX = 1_000;

/** Buckets that nobody configured, kept so that their numbers are not computed every time. */
class RecentBuckets {
  readonly #replicationFactor: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(replicationFactor: number) {
    this.#replicationFactor = replicationFactor;
  }

  bucket(name: string): Bucket {
    const known = this.#buckets.get(name);
    if (known !== undefined) return known;
    if (this.#buckets.size >= RECENT_BUCKETS_MAX) this.#buckets.clear();
    const bucket = defaultBucket(name, this.#replicationFactor);
    this.#buckets.set(name, bucket);
    return bucket;
  }
}

function defaultBucket(name: string, replicationFactor: number): Bucket {
  return { name, number: numberOf(name), n: replicationFactor, r: 'quorum', w: 'quorum' };
}

function configuredBucket(config: BucketConfig, replicationFactor: number): Bucket {
  const bucket = { ...defaultBucket(config.name, replicationFactor), ...config };
  if (!Number.isInteger(bucket.n) || bucket.n < 1 || bucket.n > replicationFactor) {
    throw new Error(
      `bucket ${bucket.name}: n=${bucket.n} must be from 1 to the replication factor ${replicationFactor}`,
    );
  }
  for (const level of ['r', 'w'] as const) {
    const value = bucket[level];
    if (typeof value === 'number' && (value < 1 || value > bucket.n)) {
      throw new Error(`bucket ${bucket.name}: ${level}=${value} must be from 1 to n=${bucket.n}`);
    }
  }
  return bucket;
}

/** 48 bits of the name's hash: every node finds the same number without asking anybody. */
function numberOf(name: string): number {
  return Number(hash64(utf8(name)) >> 16n);
}
