/**
 * Where a key lives and under which ring: looked up once, at the start of a request, and again
 * where the ring changed under it (planning-again.ts).
 */

import type { ContextScope } from '../causality/context-codec.ts';
import { QuorateError } from '../kernel/errors.ts';
import { checkBucketName, checkKey } from '../kernel/names.ts';
import type { Trace } from '../kernel/trace.ts';
import type { Addressed } from '../replica/messages.ts';
import type { Bucket, BucketMode, ClusterView } from '../ring/cluster-view.ts';
import { keyHash, partitionOfHash } from '../ring/key-hash.ts';
import { type PreferenceList, preferenceList } from '../ring/preference-list.ts';
import { partitionEpoch } from '../ring/ring.ts';

/** With the nodes that keep the key, and those that may stand in for them. */
export interface KeyPlan extends PreferenceList {
  readonly bucket: Bucket;
  readonly address: Addressed;
  /** What a causal context of this key must belong to. */
  readonly scope: ContextScope;
  /** Of the request that the plan is for; undefined: nobody follows it. */
  readonly trace?: Trace | undefined;
}

/** Throws `bad_bucket`, `bad_key`, `no_such_bucket` or `bucket_mode` where there is no way to it. */
export function planKey(
  view: ClusterView,
  bucketName: string,
  key: Uint8Array,
  mode: BucketMode = 'dynamo',
  trace?: Trace,
): KeyPlan {
  checkBucketName(bucketName);
  checkKey(key);
  const ring = view.ring();
  const bucket = bucketOfMode(view, bucketName, mode);
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
    trace,
  };
}

/** The same key under the ring as it is now. Throws `no_such_bucket` where its bucket was deleted. */
export function planAgain(view: ClusterView, plan: KeyPlan): KeyPlan {
  const { bucket, address } = plan;
  if (view.bucketNumbered(bucket.number) === undefined) {
    throw new QuorateError('no_such_bucket', `bucket ${bucket.name} was deleted meanwhile`);
  }
  const ring = view.ring();
  const epoch = partitionEpoch(ring, address.partition);
  const nodes = preferenceList(ring, address.partition, bucket.n);
  return { ...plan, address: { ...address, epoch }, ...nodes };
}

/** Throws `no_such_bucket`, or `bucket_mode` where another mode's requests are for it. */
export function bucketOfMode(view: ClusterView, name: string, mode: BucketMode): Bucket {
  const bucket = view.bucket(name);
  if (bucket === undefined) {
    throw new QuorateError(
      'no_such_bucket',
      `there is no bucket ${JSON.stringify(name)}: the first write creates it, or PUT /buckets/${name}`,
    );
  }
  if (bucket.mode === mode) return bucket;
  throw new QuorateError(
    'bucket_mode',
    `bucket ${name} is of mode ${bucket.mode}: this request is for buckets of mode ${mode}`,
  );
}
