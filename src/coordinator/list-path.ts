/**
 * The keys of a dynamo bucket: R replicas of every partition list them, so a listing promises
 * what a read at R does. A key is listed when the merged versions show a value, as a read of it
 * would at this moment; tombstones and keys whose values have expired are not.
 */

import { answerOf } from '../causality/answer.ts';
import { decodeObject } from '../causality/object-codec.ts';
import { merge } from '../causality/sibling-object.ts';
import { checkBucketName } from '../kernel/names.ts';
import { LIST_KEYS } from '../replica/messages.ts';
import type { Level } from '../ring/cluster-view.ts';
import { resolveLevel } from '../ring/levels.ts';
import { type KeyPage, type KeyRange, listPage } from '../routing/key-listing.ts';
import { bucketOfMode } from '../routing/key-plan.ts';
import type { Environment } from './environment.ts';

export interface ListRequest extends KeyRange {
  readonly bucket: string;
  readonly r: Level | undefined;
}

/** Throws `read_quorum_not_met` when a partition has fewer than R replicas that answer. */
export async function listObjects(
  env: Environment,
  request: ListRequest,
  deadline: number,
): Promise<KeyPage> {
  checkBucketName(request.bucket);
  const bucket = bucketOfMode(env.view, request.bucket, 'dynamo');
  const wallTime = env.clock.wallTime();
  const listing = {
    type: LIST_KEYS,
    bucket,
    needed: (replicas: number) => resolveLevel('r', request.r ?? bucket.r, replicas),
    decode: decodeObject,
    merge,
    isShown: (object: ReturnType<typeof decodeObject>) =>
      answerOf(object, bucket.conflict, wallTime).siblings.length > 0,
  };
  return listPage(env, listing, request, deadline);
}
