/** What has to be put for a line of an export, by what its key holds already. */

import { isDeepStrictEqual } from 'node:util';
import type { BatchResult } from '../client/batch-result.ts';
import type { BucketDocument } from '../client/cluster-documents.ts';
import { mintIdempotencyKey } from '../client/idempotency-key.ts';
import { ttlText } from '../kernel/ttl.ts';
import type { ExportedValue, KeyLine } from './exchange-line.ts';

export interface KeyInBucket {
  readonly line: KeyLine;
  readonly bucket: BucketDocument;
}

export type Operation = Readonly<Record<string, unknown>>;

/** One value on its way. */
export interface Put {
  readonly value: ExportedValue;
  readonly operation: Operation;
}

/** Values that are to be there, and what was seen of the key. */
export interface Seen extends KeyInBucket {
  readonly values: readonly ExportedValue[];
  readonly found: BatchResult;
  readonly overwrite: boolean;
}

/** Shorter times to live are not taken. */
const TTL_MS_MIN = 1_000;

/** Or why there is none. */
export function livingValues({ line, bucket }: KeyInBucket): readonly ExportedValue[] | string {
  const living = line.values.filter((value) => ttlOf(value) !== 'expired');
  if (living.length === 0) return 'expired';
  if (bucket.mode !== 'dynamo' && living.length > 1) {
    return `the key has ${living.length} values, and bucket ${bucket.name} keeps one: resolve them first`;
  }
  if (bucket.conflict !== 'lww') return living;
  return [living.reduce((a, b) => ((b.wallTime ?? '') >= (a.wallTime ?? '') ? b : a))];
}

/** What is to be put where that was found; none: it has just the values. */
export function putsFor(seen: Seen): readonly Put[] | 'conflict' {
  const { bucket, values, found, overwrite } = seen;
  const { siblings = [], context, version, revision } = found;
  const missing = values.filter((value) => !isAmong(value, siblings));
  const isForeign = siblings.some((value) => !isAmong(value, values));
  if (missing.length === 0 && !isForeign) return [];
  if (isForeign && !overwrite) return 'conflict';
  if (bucket.mode === 'dynamo') {
    // All that was seen goes, and those that come instead do not replace each other.
    if (isForeign) return values.map((value) => putOf(seen, value, { context }));
    return missing.map((value) => putOf(seen, value, {}));
  }
  const told = version ?? revision;
  const condition = told === undefined ? { ifNoneMatch: '*' } : { ifMatch: told };
  // Sent again as it is, it runs once.
  const once = { ...condition, idempotencyKey: mintIdempotencyKey() };
  return values.map((value) => putOf(seen, value, once));
}

export function isThere(value: ExportedValue, { siblings = [] }: BatchResult): boolean {
  return isAmong(value, siblings);
}

function isAmong(value: ExportedValue, others: readonly ExportedValue[]): boolean {
  return others.some((other) => isDeepStrictEqual(contentOf(value), contentOf(other)));
}

function putOf({ line, bucket }: KeyInBucket, value: ExportedValue, more: Operation): Put {
  const lifetime = bucket.mode === 'raft' ? {} : { ttl: ttlOf(value) };
  const content = { ...contentOf(value), ...lifetime };
  return { value, operation: { op: 'put', ...addressOf(line, bucket), ...content, ...more } };
}

export function addressOf(line: KeyLine, { name }: BucketDocument): Operation {
  return 'key' in line
    ? { bucket: name, key: line.key }
    : { bucket: name, keyBase64: line.keyBase64 };
}

function ttlOf({ expiresAt, ttlMs }: ExportedValue): string | 'expired' {
  if (expiresAt === undefined && ttlMs === undefined) return 'none';
  const leftMs = expiresAt === undefined ? (ttlMs ?? 0) : Date.parse(expiresAt) - Date.now();
  return leftMs <= 0 ? 'expired' : ttlText(Math.max(TTL_MS_MIN, leftMs));
}

const UNTYPED = 'application/octet-stream';

/** In one form, however the line has it. */
function contentOf({ value, valueBase64, contentType, meta }: ExportedValue) {
  const bytes = value === undefined ? Buffer.from(valueBase64 ?? '', 'base64') : Buffer.from(value);
  return {
    valueBase64: bytes.toString('base64'),
    contentType: contentType ?? UNTYPED,
    meta: meta ?? {},
  };
}
