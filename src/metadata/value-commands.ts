/**
 * Writes to raft buckets. All checks come before the first change, so a command that throws
 * `QuorateError` has changed nothing.
 */

import { QuorateError } from '../kernel/errors.ts';
import { checkKey } from '../kernel/names.ts';
import type { BucketRecord, Buckets } from './buckets.ts';
import type { DeleteValue, PutValue } from './command.ts';
import { type Condition, holds } from './condition.ts';
import type { Leases } from './leases.ts';
import type { RevisionedStore } from './revisioned-store.ts';
import { contentBytes, type StoredValue, valueBytes } from './stored-value.ts';

export const RAFT_VALUE_BYTES_MAX = 64 * 1024;
/** Of all raft buckets together, since every node has them in memory. */
export const RAFT_BYTES_MAX = 64 * 1024 * 1024;

export interface ValueTables {
  readonly buckets: Buckets;
  readonly leases: Leases;
  readonly values: RevisionedStore;
}

/** Whether there was a value before. */
export function putValue(tables: ValueTables, command: PutValue, revision: number): boolean {
  const { bucketNumber, key, value, contentType, meta, condition, lease } = command;
  const { values, leases } = tables;
  const bucket = raftBucket(tables.buckets, bucketNumber);
  checkKey(key);
  if (value.length > RAFT_VALUE_BYTES_MAX) {
    const detail = `the value has ${value.length} bytes; in a raft bucket it has at most ${RAFT_VALUE_BYTES_MAX}`;
    throw new QuorateError('value_too_large', detail);
  }
  if (lease !== undefined) leases.demand(lease);
  const content = { value, contentType, meta, lease };
  const current = values.get(bucketNumber, key);
  checkCondition(condition, current);
  const freed = current === undefined ? 0 : key.length + contentBytes(current);
  if (values.bytes - freed + valueBytes(key, content) > RAFT_BYTES_MAX) {
    const detail = `bucket ${bucket.name} and the other raft buckets hold ${values.bytes} of ${RAFT_BYTES_MAX} bytes; delete something first`;
    throw new QuorateError('raft_store_full', detail);
  }
  values.put(bucketNumber, key, content, revision);
  return current !== undefined;
}

/** Whether there was a value. */
export function deleteValue(tables: ValueTables, command: DeleteValue, revision: number): boolean {
  const { bucketNumber, key, condition } = command;
  raftBucket(tables.buckets, bucketNumber);
  checkKey(key);
  checkCondition(condition, tables.values.get(bucketNumber, key));
  return tables.values.delete(bucketNumber, key, revision);
}

function raftBucket(buckets: Buckets, number: number): BucketRecord {
  const bucket = buckets.numbered(number);
  if (bucket?.mode === 'raft') return bucket;
  throw new QuorateError('no_such_bucket', `no raft bucket has the number ${number}, or no longer`);
}

function checkCondition(condition: Condition, current: StoredValue | undefined): void {
  if (holds(condition, current?.revision)) return;
  if (current === undefined) throw new QuorateError('condition_failed', 'the key has no value');
  const { revision } = current;
  const detail = `the key has a value of revision ${revision}`;
  throw new QuorateError('condition_failed', detail, { revision });
}
