/**
 * Which kind of bucket a request is for: requests to raft buckets take another way, and what
 * only one kind can do is refused for the other in words that say so.
 */

import { QuorateError } from '../kernel/errors.ts';
import { checkBucketName } from '../kernel/names.ts';
import type { Bucket, QuorateNode } from '../node/index.ts';
import type { Misplaced } from './parameters.ts';

const LINEARIZABLE =
  'means nothing in a raft bucket, whose reads and writes are all linearizable: leave it out';

export const DYNAMO_ONLY: Misplaced = {
  r: LINEARIZABLE,
  w: LINEARIZABLE,
  pr: LINEARIZABLE,
  pw: LINEARIZABLE,
  sloppy: LINEARIZABLE,
  read_repair: LINEARIZABLE,
  readRepair: LINEARIZABLE,
  'X-Quorate-Context':
    'means nothing in a raft bucket, which has no siblings: send If-Match with the ETag of your last read',
  ttl: 'means nothing in a raft bucket, where a key goes with its lease: POST /leases?ttl=MILLISECONDS grants one, and the put then has lease=ID',
  context: 'means nothing in a raft bucket, which has no siblings: use ifMatch with a revision',
};

export const RAFT_ONLY: Misplaced = {
  lease: 'is for keys of buckets of mode raft',
};

/**
 * The raft bucket of this name, or undefined where it is of another mode or there is none. A
 * name that this node does not know is asked for at the group: it may have been made by way
 * of another node, just now. Throws `metadata_unavailable` where that cannot be known, and
 * what a client is told of a node that is not ready.
 */
export async function raftBucketNamed(
  node: QuorateNode,
  name: string,
  timeoutMs: number,
): Promise<Bucket | undefined> {
  // Judged here, as a forming cluster has a group already, and it would take writes.
  const reason = node.whyNotReady;
  if (reason !== undefined) throw reason;
  const bucket = node.bucket(name) ?? (await askForBucket(node, name, timeoutMs));
  return bucket?.mode === 'raft' ? bucket : undefined;
}

async function askForBucket(node: QuorateNode, name: string, timeoutMs: number) {
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
 * place, and then nothing was read of that one. Reads bring this node up to date.
 */
export async function readingRaft<Result>(
  node: QuorateNode,
  bucket: Bucket,
  read: (bucket: Bucket) => Promise<Result>,
): Promise<Result> {
  const result = await read(bucket);
  const present = node.bucket(bucket.name);
  if (present?.number === bucket.number) return result;
  return read(demandRaft(present, bucket.name));
}

/** Likewise a write, which the group has then refused. */
export async function writingRaft<Result>(
  node: QuorateNode,
  bucket: Bucket,
  timeoutMs: number,
  write: (bucket: Bucket) => Promise<Result>,
): Promise<Result> {
  try {
    return await write(bucket);
  } catch (error) {
    if (!(error instanceof QuorateError && error.code === 'no_such_bucket')) throw error;
    const present = await node.buckets.get(bucket.name, timeoutMs);
    if (present.number === bucket.number) throw error;
    return write(demandRaft(present, bucket.name));
  }
}

function demandRaft(bucket: Bucket | undefined, name: string): Bucket {
  if (bucket?.mode === 'raft') return bucket;
  throw new QuorateError(
    'no_such_bucket',
    `there is no raft bucket ${JSON.stringify(name)}, or no longer`,
  );
}
