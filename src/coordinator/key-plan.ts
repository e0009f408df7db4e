/** Where a key lives and under which ring: looked up once, at the start of a request. */

import type { ContextScope } from '../causality/context-codec.ts';
import { QuorateError } from '../kernel/errors.ts';
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
  /** All other members, in the order to ask them to stand in. */
  readonly fallbacks: readonly NodeId[];
  /** What a causal context of this key must belong to. */
  readonly scope: ContextScope;
}

/** Throws `bad_bucket`, `bad_key`, `no_such_bucket` or `bucket_mode` where there is no way to it. */
export function planKey(view: ClusterView, bucketName: string, key: Uint8Array): KeyPlan {
  checkBucketName(bucketName);
  checkKey(key);
  const ring = view.ring();
  const bucket = dynamoBucket(view, bucketName);
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
    ...preferenceList(ring, partition, bucket.n),
    scope: {
      cluster: view.clusterNumber,
      keyHash: hash ^ BigInt(bucket.number),
      seal: view.seal,
    },
  };
}

/** Throws `no_such_bucket`, or `bucket_mode` where another mode's requests are for it. */
export function dynamoBucket(view: ClusterView, name: string): Bucket {
  const bucket = view.bucket(name);
  if (bucket === undefined) {
    throw new QuorateError(
      'no_such_bucket',
      `there is no bucket ${JSON.stringify(name)}: the first write creates it, or PUT /buckets/${name}`,
    );
  }
  if (bucket.mode === 'dynamo') return bucket;
  throw new QuorateError(
    'bucket_mode',
    `bucket ${name} is of mode ${bucket.mode}: this request is for buckets of mode dynamo`,
  );
}
