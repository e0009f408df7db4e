/**
 * Keys that a command offers a node, a batch at a time: those of a backup (restore-batch.ts), or
 * what the directory of a dead node holds (salvage-batch.ts).
 */

import { type ByteReader, DecodeError } from './bytes.ts';
import type { QuorateError } from './errors.ts';

/**
 * Largest batch as it crosses: one object alone may be as large as those that travel between nodes
 * (160 MiB, ports/transport.ts), and its key and what says whose it is come on top.
 */
export const OFFER_BYTES_MAX = 161 * 1024 * 1024;

/** A batch is full at so many bytes of keys and what they hold; one key may have more. */
export const OFFER_BATCH_BYTES = 1024 * 1024;

export const OFFER_BATCH_KEYS = 1_000;

/** A key that is not on all nodes that keep it, and why. */
export interface RefusedOffer {
  readonly outcome: 'refused';
  /** Of kernel/errors.ts. */
  readonly code: string;
  readonly detail: string;
  /** The same may be offered again with hope. */
  readonly retry: boolean;
}

export function refusedOffer({ code, message: detail, retry }: QuorateError): RefusedOffer {
  return { outcome: 'refused', code, detail, retry };
}

/** Whether a batch of so many keys and bytes takes one more. */
export function hasRoom(keys: number, bytes: number, bytesMore: number): boolean {
  return keys < OFFER_BATCH_KEYS && bytes + bytesMore <= OFFER_BATCH_BYTES;
}

/** What ends a batch: a count and so many keys. Throws `DecodeError`. */
export function readOffered<Key>(
  reader: ByteReader,
  what: string,
  read: () => Key,
): readonly Key[] {
  const count = reader.varint();
  if (count > OFFER_BATCH_KEYS) {
    throw new DecodeError(`has ${count} ${what}; ${OFFER_BATCH_KEYS} are taken at a time`);
  }
  const keys: Key[] = [];
  for (let i = 0; i < count; i++) keys.push(read());
  reader.end();
  return keys;
}
