/**
 * Keys of buckets of mode raft: every version has a revision, which is its ETag, and a key may go
 * with a lease.
 */

import { QuorateError } from '../kernel/errors.ts';
import type { Trace } from '../kernel/trace.ts';
import {
  type KeyPage,
  type KeyRange,
  RAFT_VALUE_BYTES_MAX,
  type RevisionedValue,
  type TextCondition,
} from '../node/index.ts';
import { dynamoOnly, inPresentBucket, readUpToDate } from './bucket-mode.ts';
import { indexOf } from './parameters.ts';
import { revisionHeaders } from './problem.ts';
import { etagIn } from './representation.ts';
import type {
  Changed,
  Found,
  KeyChange,
  ReadBeside,
  VersionedKey,
  VersionedMode,
} from './versioned-key.ts';

const REVISION_HEADER = 'x-quorate-revision';
const LEASE_HEADER = 'x-quorate-lease';

export const RAFT_KEYS: VersionedMode = {
  lifetime: 'lease',
  misplaced: {
    ...dynamoOnly('raft'),
    ttl: 'means nothing in a raft bucket, where a key goes with its lease: POST /leases?ttl=MILLISECONDS grants one, and the put then has lease=ID',
  },
  versionForm: 'a revision, which is a whole number',
  tagOf: (version) =>
    Number.isSafeInteger(version) && (version as number) >= 0 ? String(version) : undefined,
  valueBytesMax: (node) => Math.min(node.valueBytesMax, RAFT_VALUE_BYTES_MAX),
  carriesSessions: false,
  get,
  change,
  list,
};

async function get(
  { node, bucket, key }: VersionedKey,
  timeoutMs: number,
  beside?: ReadBeside,
): Promise<Found> {
  const found = await readUpToDate(node, bucket, (present) =>
    node.raftBuckets.get(present, key, timeoutMs, beside?.trace),
  );
  if (found === undefined) return { content: undefined, headers: {}, result: {}, beside: {} };
  const { lease } = found;
  return { content: found, ...toldOf(found), beside: lease === undefined ? {} : { lease } };
}

async function change(
  { node, bucket, key }: VersionedKey,
  asked: KeyChange,
  timeoutMs: number,
  trace?: Trace,
): Promise<Changed> {
  const named = { condition: revisionsIn(asked.condition), requestId: asked.requestId };
  switch (asked.type) {
    case 'put': {
      const { content, lease } = asked;
      const { revision } = await inPresentBucket(node, bucket, timeoutMs, (present) =>
        node.raftBuckets.put(present, key, { ...content, ...named, lease }, timeoutMs, trace),
      );
      return { ...toldOf({ revision: revision as number, lease }), number: undefined };
    }
    case 'delete': {
      const { revision } = await inPresentBucket(node, bucket, timeoutMs, (present) =>
        node.raftBuckets.delete(present, key, named, timeoutMs, trace),
      );
      if (revision === undefined) {
        throw new QuorateError('not_found', 'there is no value under this key');
      }
      // What is gone has no ETag; this is where a watch goes on.
      const headers = { [REVISION_HEADER]: String(revision) };
      return { headers, result: { revision }, number: undefined };
    }
    case 'increment':
    case 'append': {
      const { revision, result } = await inPresentBucket(node, bucket, timeoutMs, (present) =>
        node.raftBuckets.update(present, key, { update: asked, ...named }, timeoutMs, trace),
      );
      return { ...toldOf({ revision, lease: undefined }), number: result };
    }
  }
}

/** One key more than the page shows whether there is a page after it. */
async function list(
  { node, bucket }: Omit<VersionedKey, 'key'>,
  { prefix, after, limit }: KeyRange,
  timeoutMs: number,
): Promise<KeyPage> {
  const found = await readUpToDate(node, bucket, (present) =>
    node.raftBuckets.list(present, prefix, after, limit + 1, timeoutMs),
  );
  const keys = found.slice(0, limit).map(({ key }) => key);
  return { keys, next: found.length > limit ? keys.at(-1) : undefined };
}

function toldOf({ revision, lease }: Pick<RevisionedValue, 'revision' | 'lease'>) {
  const headers = revisionHeaders(revision);
  if (lease !== undefined) headers[LEASE_HEADER] = String(lease);
  return { headers, result: { revision, etag: etagIn(headers) } };
}

function revisionsIn(condition: TextCondition) {
  if (condition === 'none') return condition;
  return 'ifMatch' in condition
    ? { ifMatch: revisionsOf(condition.ifMatch) }
    : { ifNoneMatch: revisionsOf(condition.ifNoneMatch) };
}

function revisionsOf(tags: readonly string[] | 'any'): readonly number[] | 'any' {
  return tags === 'any' ? tags : tags.flatMap((tag) => indexOf(tag) ?? []);
}
