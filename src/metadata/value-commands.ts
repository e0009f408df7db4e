/**
 * Writes to raft buckets. All checks come before the first change, so a command that throws
 * `QuorateError` has changed nothing.
 */

import { QuorateError } from '../kernel/errors.ts';
import { checkKey } from '../kernel/names.ts';
import {
  appended,
  incremented,
  NUMBER_CONTENT_TYPE,
  UPDATE_REFUSED,
  type UpdateRefusal,
  type ValueUpdate,
} from '../kernel/value-update.ts';
import type { BucketRecord, Buckets } from './buckets.ts';
import type { DeleteValue, PutValue, UpdateValue } from './command.ts';
import { type Condition, holds } from './condition.ts';
import type { Leases } from './leases.ts';
import type { RevisionedStore } from './revisioned-store.ts';
import { type Content, contentBytes, type StoredValue, valueBytes } from './stored-value.ts';

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
  if (value.length > RAFT_VALUE_BYTES_MAX) throw tooLarge(`has ${value.length} bytes`);
  if (lease !== undefined) leases.demand(lease);
  const content = { value, contentType, meta, lease };
  const current = values.get(bucketNumber, key);
  checkCondition(condition, current);
  checkRoom(values, bucket, key, current, content);
  values.put(bucketNumber, key, content, revision);
  return current !== undefined;
}

/** The number that an increment came to. All but the bytes of what is there stays as it is. */
export function updateValue(
  tables: ValueTables,
  command: UpdateValue,
  revision: number,
): number | undefined {
  const { bucketNumber, key, update, condition } = command;
  const { values } = tables;
  const bucket = raftBucket(tables.buckets, bucketNumber);
  checkKey(key);
  const current = values.get(bucketNumber, key);
  checkCondition(condition, current);
  const updated =
    update.type === 'increment'
      ? incremented(current?.value, update.by)
      : appended(current?.value, update.bytes, RAFT_VALUE_BYTES_MAX);
  if ('refusal' in updated) throw refusedUpdate(updated.refusal, current);
  const { contentType, meta, lease } = current ?? created(update);
  const content = { value: updated.value, contentType, meta, lease };
  checkRoom(values, bucket, key, current, content);
  values.put(bucketNumber, key, content, revision);
  return updated.result;
}

function created(update: ValueUpdate): Omit<Content, 'value'> {
  const contentType = update.type === 'increment' ? NUMBER_CONTENT_TYPE : update.contentType;
  return { contentType, meta: [], lease: undefined };
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

function checkRoom(
  values: RevisionedStore,
  { name }: BucketRecord,
  key: Uint8Array,
  current: StoredValue | undefined,
  content: Content,
): void {
  const freed = current === undefined ? 0 : key.length + contentBytes(current);
  if (values.bytes - freed + valueBytes(key, content) <= RAFT_BYTES_MAX) return;
  const detail = `bucket ${name} and the other raft buckets hold ${values.bytes} of ${RAFT_BYTES_MAX} bytes; delete something first`;
  throw new QuorateError('raft_store_full', detail);
}

function refusedUpdate(refusal: UpdateRefusal, current: StoredValue | undefined): QuorateError {
  if (refusal === 'value_too_large') return tooLarge('would have more');
  const facts = current === undefined ? {} : { revision: current.revision };
  return new QuorateError(refusal, UPDATE_REFUSED[refusal], facts);
}

function tooLarge(what: string): QuorateError {
  const detail = `the value ${what}; in a raft bucket it has at most ${RAFT_VALUE_BYTES_MAX} bytes`;
  return new QuorateError('value_too_large', detail);
}

function checkCondition(condition: Condition, current: StoredValue | undefined): void {
  if (holds(condition, current?.revision)) return;
  if (current === undefined) throw new QuorateError('condition_failed', 'the key has no value');
  const { revision } = current;
  const detail = `the key has a value of revision ${revision}`;
  throw new QuorateError('condition_failed', detail, { revision });
}
