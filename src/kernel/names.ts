/** Names that appear in addresses, files and messages, and what they may look like. */

import { QuorateError } from './errors.ts';

/** The name of a node, chosen by its operator, unique in the cluster. */
export type NodeId = string;

const NODE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export const KEY_BYTES_MAX = 1_024;

export function isNodeId(text: string): boolean {
  return NODE_ID.test(text);
}

/** Throws `bad_bucket` unless `name` may name a bucket. */
export function checkBucketName(name: string): void {
  if (BUCKET.test(name)) return;
  throw new QuorateError(
    'bad_bucket',
    `bucket ${JSON.stringify(name)} is not a name: use 1 to 64 letters, digits, dots, dashes or underscores, beginning with a letter or digit`,
  );
}

/** Throws `bad_key` unless the key has 1 to 1,024 bytes. */
export function checkKey(key: Uint8Array): void {
  if (key.length >= 1 && key.length <= KEY_BYTES_MAX) return;
  throw new QuorateError(
    'bad_key',
    `the key has ${key.length} bytes; a key has 1 to ${KEY_BYTES_MAX}`,
  );
}
