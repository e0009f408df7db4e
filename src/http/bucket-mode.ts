/**
 * Which kind of bucket a request is for: each mode takes its own way, and what only one kind can
 * do is refused for the others in words that say so.
 */

import { QuorateError } from '../kernel/errors.ts';
import { checkBucketName } from '../kernel/names.ts';
import type { Bucket, QuorateNode } from '../node/index.ts';
import type { Misplaced } from './parameters.ts';

/** What is for dynamo buckets only, as a client of a bucket of another mode is told. */
export function dynamoOnly(mode: 'paxos' | 'raft'): Misplaced {
  const linearizable = `means nothing in a ${mode} bucket, whose reads and writes are all linearizable: leave it out`;
  const noSiblings = `means nothing in a ${mode} bucket, which has no siblings:`;
  return {
    r: linearizable,
    w: linearizable,
    pr: linearizable,
    pw: linearizable,
    sloppy: linearizable,
    read_repair: linearizable,
    readRepair: linearizable,
    'X-Quorate-Context': `${noSiblings} send If-Match with the ETag of your last read`,
    context: `${noSiblings} use ifMatch with the ${mode === 'raft' ? 'revision' : 'version'} of your last read`,
  };
}

const RUNS_ONCE =
  'is for buckets of mode paxos or raft, where a change can run once however often it is sent; in one of mode dynamo send the context of your last read';

const UPDATES_ATOMICALLY =
  'is for buckets of mode paxos or raft, where a value is read and written in one step: PUT /buckets/NAME with {"mode": "paxos"} makes one';

/** What a dynamo bucket cannot do. */
export const NOT_OF_DYNAMO: Misplaced = {
  lease: 'is for keys of buckets of mode raft',
  op: UPDATES_ATOMICALLY,
  by: UPDATES_ATOMICALLY,
  'Idempotency-Key': RUNS_ONCE,
  idempotencyKey: RUNS_ONCE,
};

/** The refusal of a request to add to a number or to the end of a value in such a bucket. */
export function updateUnsupported(): QuorateError {
  return new QuorateError('bucket_mode', `op ${UPDATES_ATOMICALLY}`, { parameter: 'op' });
}

/**
 * The bucket of this name, or undefined where there is none. A name that this node does not know
 * is asked for at the group: it may have been made by way of another node, just now. Throws
 * `metadata_unavailable` where that cannot be known, and what a client is told of a node that is
 * not ready.
 */
export async function bucketNamed(
  node: QuorateNode,
  name: string,
  timeoutMs: number,
): Promise<Bucket | undefined> {
  // Judged here, as a forming cluster has a group already, and it would take writes.
  const reason = node.whyNotReady;
  if (reason !== undefined) throw reason;
  const known = node.bucket(name);
  if (known !== undefined) return known;
  checkBucketName(name);
  try {
    return await node.buckets.get(name, timeoutMs);
  } catch (error) {
    if (error instanceof QuorateError && error.code === 'no_such_bucket') return undefined;
    throw error;
  }
}

/**
 * A read that knew the bucket from before: another one of the same name may have taken its
 * place, and then nothing was read of that one. The read has brought this node up to date.
 */
export async function readUpToDate<Result>(
  node: QuorateNode,
  bucket: Bucket,
  read: (bucket: Bucket) => Promise<Result>,
): Promise<Result> {
  const result = await read(bucket);
  const present = node.bucket(bucket.name);
  return present?.number === bucket.number ? result : read(demandSameMode(present, bucket));
}

/** Likewise a request that was refused where the bucket is no longer that one. */
export async function inPresentBucket<Result>(
  node: QuorateNode,
  bucket: Bucket,
  timeoutMs: number,
  request: (bucket: Bucket) => Promise<Result>,
): Promise<Result> {
  try {
    return await request(bucket);
  } catch (error) {
    if (!(error instanceof QuorateError && error.code === 'no_such_bucket')) throw error;
    const present = await node.buckets.get(bucket.name, timeoutMs);
    if (present.number === bucket.number) throw error;
    return request(demandSameMode(present, bucket));
  }
}

function demandSameMode(present: Bucket | undefined, { name, mode }: Bucket): Bucket {
  if (present?.mode === mode) return present;
  throw new QuorateError(
    'no_such_bucket',
    `there is no ${mode} bucket ${JSON.stringify(name)}, or no longer`,
  );
}
