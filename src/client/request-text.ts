/** How a request is written: paths, and the headers of a write. */

import { utf8 } from '../kernel/bytes.ts';
import { percentEncode } from '../kernel/percent.ts';
import type {
  AtomicOptions,
  Bytes,
  SessionOptions,
  Ttl,
  Version,
  WriteOptions,
} from './request-options.ts';

const META_PREFIX = 'x-quorate-meta-';

export function bytesOf(bytes: Bytes): Uint8Array {
  return typeof bytes === 'string' ? utf8(bytes) : bytes;
}

export function prefixText(prefix: Bytes | undefined): string | undefined {
  return prefix && percentEncode(bytesOf(prefix));
}

/** Of operations of a batch. */
export const BATCH_PATH = '/batch';

/** Of all keys of a bucket. */
export function keysPath(bucket: string): string {
  return `/kv/${segmentOf(bucket)}`;
}

export function keyPath(bucket: string, key: Bytes): string {
  return `${keysPath(bucket)}/${keyText(key)}`;
}

/** Most keys stand as they are. */
const PLAIN = /^[A-Za-z0-9._~/-]*$/;

function keyText(key: Bytes): string {
  return typeof key === 'string' && PLAIN.test(key) ? key : percentEncode(bytesOf(key));
}

export function bucketPath(name: string): string {
  return `/buckets/${segmentOf(name)}`;
}

export function watchPath(bucket: string): string {
  return `/watch/${segmentOf(bucket)}`;
}

export function leasePath(id: number): string {
  return `/leases/${id}`;
}

/** Of the query. */
export function sessionText({ session }: SessionOptions): string | undefined {
  return session === undefined ? undefined : encodeURIComponent(session);
}

export function sessionHeaders({ sessionToken }: SessionOptions) {
  return { 'x-quorate-session': sessionToken };
}

export function writeHeaders({ context, ...rest }: WriteOptions) {
  return { 'x-quorate-context': context, ...atomicHeaders(rest) };
}

export function atomicHeaders(options: AtomicOptions) {
  const { ifMatch, ifNoneMatch, idempotencyKey } = options;
  return {
    ...sessionHeaders(options),
    'if-match': ifMatch === undefined ? undefined : tagOf(ifMatch),
    'if-none-match': ifNoneMatch === undefined ? undefined : tagOf(ifNoneMatch),
    'idempotency-key': idempotencyKey,
  };
}

/** Of a put. */
export function metaHeaders(meta: Readonly<Record<string, string>> = {}): Record<string, string> {
  const named = Object.entries(meta);
  return Object.fromEntries(named.map(([name, text]) => [META_PREFIX + name, text]));
}

export function ttlText(ttl: Ttl | undefined): string | undefined {
  return ttl === undefined ? undefined : encodeURIComponent(ttl);
}

function tagOf(version: Version): string {
  return version === '*' ? '*' : `"${version}"`;
}

/** A slash would end the bucket's name: the node is to see it and refuse it. */
function segmentOf(bucket: string): string {
  return keyText(bucket).replaceAll('/', '%2F');
}

/** Nothing where it is the default, which a raft bucket would not know. */
export function sloppyText({ sloppy }: { readonly sloppy?: boolean | undefined }) {
  return sloppy === false ? 'false' : undefined;
}
