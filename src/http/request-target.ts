/**
 * The request target as it came in: keys are bytes, so the path is taken apart here, before
 * anything that insists on UTF-8 or on tidy URLs has touched it.
 */

import { DecodeError, textOf } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import { percentDecode } from '../kernel/percent.ts';

/** The path of a target, still encoded, without its query. */
export function pathOf(target: string): string {
  const query = target.indexOf('?');
  const path = query === -1 ? target : target.slice(0, query);
  if (path.startsWith('/')) return path;
  const absolute = /^https?:\/\/[^/]*(\/.*)?$/i.exec(path);
  return absolute?.[1] ?? '/';
}

export function queryOf(target: string): string {
  const query = target.indexOf('?');
  return query === -1 ? '' : target.slice(query + 1);
}

/** Before the name of a bucket. */
export const KV = '/kv/';

/** Likewise, of a key that is looked into. */
export const INSPECTED_KEYS = '/cluster/keys/';

/** Of `/kv/{bucket}/{key}`, whose key may be empty or hold slashes; not of `/kv/{bucket}`. */
export function isKeyPath(path: string, route = KV): boolean {
  return path.includes('/', route.length);
}

/** What stands in the place of `{bucket}` in a declared path. Throws `bad_bucket` at malformed escapes. */
export function bucketAsDeclared(declared: string, path: string): string {
  const [before = '', after = ''] = declared.split('{bucket}');
  const slash = after === '' ? -1 : path.indexOf('/', before.length);
  return decodeBucket(path.slice(before.length, slash === -1 ? path.length : slash));
}

/** Bucket of `/kv/{bucket}`, or of another route. Throws `bad_bucket` at malformed escapes. */
export function bucketOfPath(path: string, route = KV): string {
  return decodeBucket(path.slice(route.length));
}

/**
 * Bucket and key of `/kv/{bucket}/{key}`, or of another route. Throws `bad_bucket` or `bad_key` at
 * malformed escapes. Precondition: `isKeyPath`.
 */
export function keyOfPath(path: string, route = KV): { bucket: string; key: Uint8Array } {
  const slash = path.indexOf('/', route.length);
  return {
    bucket: decodeBucket(path.slice(route.length, slash)),
    key: decodeKey(path.slice(slash + 1)),
  };
}

/** Throws `bad_key` at malformed escapes. */
export function decodeKey(encoded: string): Uint8Array {
  try {
    return percentDecode(encoded);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new QuorateError(
      'bad_key',
      `the key ${error.message}: write % followed by two hexadecimal digits, and %25 for a percent sign`,
      { parameter: 'key' },
    );
  }
}

function decodeBucket(encoded: string): string {
  if (!encoded.includes('%')) return encoded;
  try {
    const text = textOf(percentDecode(encoded));
    if (text !== undefined) return text;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
  throw new QuorateError('bad_bucket', 'the bucket name has malformed percent escapes', {
    parameter: 'bucket',
  });
}
