/** A cluster that does not change, for tests of what lies above the metadata group. */

import { hash64 } from '../src/kernel/hash.ts';
import type { Bucket, ClusterView } from '../src/ring/cluster-view.ts';
import { makeRing } from '../src/ring/make-ring.ts';

export interface FixedCluster {
  readonly members: readonly { readonly id: string }[];
  readonly partitionCount: number;
  readonly replicationFactor: number;
  /** By their names; `test` unless others are named. */
  readonly buckets?: readonly string[];
}

export function fixedView(cluster: FixedCluster): ClusterView {
  const ring = makeRing({ ...cluster, epoch: 1 });
  const buckets = (cluster.buckets ?? ['test']).map(
    (name, i): Bucket => ({
      name,
      number: i + 1,
      n: cluster.replicationFactor,
      r: 'quorum',
      w: 'quorum',
      mode: 'dynamo',
      conflict: 'siblings',
      ttlMs: undefined,
    }),
  );
  const members = cluster.members.map(({ id }) => id);
  const numbers: readonly number[] = [];
  return {
    clusterId: '00000000000000c1',
    clusterNumber: 0xc1n,
    seal: hash64,
    formed: true,
    counted: true,
    ring: () => ring,
    members: () => members,
    reapNumbers: () => numbers,
    buckets: () => buckets,
    bucket: (name) => buckets.find((bucket) => bucket.name === name),
    bucketNumbered: (number) => buckets[number - 1],
    nextBucketNumber: buckets.length + 1,
    until: async (condition) => condition(),
  };
}
