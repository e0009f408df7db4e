/** How a request is written: paths, and the headers of a write. */

import { utf8 } from '../kernel/bytes.ts';
import { percentEncode } from '../kernel/percent.ts';
import type {
  AtomicOptions,
  Bytes,
  PutOptions,
  SessionOptions,
  Ttl,
  Version,
  WriteOptions,
} from './request-options.ts';

/** By their names. */
type Headers = Record<string, string>;

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

/** Where it is told what each node holds of the key. */
export function inspectedKeyPath(bucket: string, key: Bytes): string {
  return `/cluster/keys/${segmentOf(bucket)}/${keyText(key)}`;
}

/** Most keys and names stand as they are. */
const PLAIN = /^[A-Za-z0-9._~/-]*$/;
const PLAIN_NAME = /^[A-Za-z0-9._~-]*$/;

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

/** What is not given is not sent. */
export function sessionHeaders({ sessionToken }: SessionOptions): Headers {
  return sessionToken === undefined ? {} : { 'x-quorate-session': sessionToken };
}

export function writeHeaders(options: WriteOptions): Headers {
  const headers = atomicHeaders(options);
  if (options.context !== undefined) headers['x-quorate-context'] = options.context;
  return headers;
}

export function atomicHeaders(options: AtomicOptions): Headers {
  const { ifMatch, ifNoneMatch, idempotencyKey } = options;
  const headers = sessionHeaders(options);
  if (ifMatch !== undefined) headers['if-match'] = tagOf(ifMatch);
  if (ifNoneMatch !== undefined) headers['if-none-match'] = tagOf(ifNoneMatch);
  if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey;
  return headers;
}

/** Of a put, or of what else has a content. */
export function contentHeaders(headers: Headers, { contentType, meta }: PutOptions): Headers {
  if (contentType !== undefined) headers['content-type'] = contentType;
  for (const name in meta) headers[META_PREFIX + name] = meta[name] as string;
  return headers;
}

export function ttlText(ttl: Ttl | undefined): string | undefined {
  return ttl === undefined ? undefined : encodeURIComponent(ttl);
}

function tagOf(version: Version): string {
  return version === '*' ? '*' : `"${version}"`;
}

/** A slash would end the bucket's name: the node is to see it and refuse it. */
function segmentOf(bucket: string): string {
  return PLAIN_NAME.test(bucket) ? bucket : keyText(bucket).replaceAll('/', '%2F');
}

/** Nothing where it is the default, which a raft bucket would not know. */
export function sloppyText({ sloppy }: { readonly sloppy?: boolean | undefined }) {
  return sloppy === false ? 'false' : undefined;
}
