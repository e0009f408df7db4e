/** Where a key lives and under which ring: looked up once, at the start of a request. */

import type { ContextScope } from '../causality/context-codec.ts';
import { checkBucketName, checkKey, type NodeId } from '../kernel/names.ts';
import type { Addressed } from '../replica/messages.ts';
import type { Bucket, ClusterView } from '../ring/cluster-view.ts';
import { keyHash, partitionOfHash } from '../ring/key-hash.ts';
import { preferenceList } from '../ring/preference-list.ts';
import { partitionEpoch } from '../ring/ring.ts';

export interface KeyPlan {
  readonly bucket: Bucket;
  readonly address: Addressed;
  /** The bucket's replicas of this key, in the order of the ring. */
  readonly replicas: readonly NodeId[];
  /** What a causal context of this key must belong to. */
  readonly scope: ContextScope;
}

/** Throws `bad_bucket` or `bad_key` where the names cannot be used. */
export function planKey(view: ClusterView, bucketName: string, key: Uint8Array): KeyPlan {
  checkBucketName(bucketName);
  checkKey(key);
  const ring = view.ring();
  const bucket = view.bucket(bucketName);
  const hash = keyHash(bucketName, key);
  const partition = partitionOfHash(hash, ring.partitionCount);
  return {
    bucket,
    address: {
      partition,
      bucketNumber: bucket.number,
      key,
      epoch: partitionEpoch(ring, partition),
    },
    replicas: preferenceList(ring, partition, bucket.n).replicas,
    scope: { cluster: view.clusterNumber, keyHash: hash, seal: view.seal },
  };
}
