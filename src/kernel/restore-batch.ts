/**
 * What `quorate restore` sends a node: some keys of one bucket with what they held.
 *
 *   format u8 | bucket number | mode u8 | as of (0: never offered before, else an index and 1) |
 *   id of the change, 16 bytes | count | (key | content)*
 *
 * The content is an object as objects travel (mode dynamo), or a value (restored-content.ts).
 */

import { ByteReader, ByteWriter, DecodeError } from './bytes.ts';
import { type RefusedOffer, readOffered } from './offer.ts';
import { REQUEST_ID_BYTES } from './request-id.ts';

export const RESTORE_MODES = ['dynamo', 'paxos', 'raft'] as const;

export type RestoreMode = (typeof RESTORE_MODES)[number];

export interface RestoredKey {
  readonly key: Uint8Array;
  readonly content: Uint8Array;
}

export interface RestoreBatch {
  /** Of this cluster: one that was deleted and made anew under its name is another bucket. */
  readonly bucketNumber: number;
  readonly mode: RestoreMode;
  /**
   * An index of the metadata log at which these keys had never been offered to the cluster.
   * Undefined: they never were before this request.
   */
  readonly asOf: number | undefined;
  /** By which values of paxos and raft buckets are written once, however often they are offered. */
  readonly requestId: Uint8Array;
  readonly keys: readonly RestoredKey[];
}

/**
 * What became of one key. `restored`: all that keep it have it on disk. `present`: it has this or
 * something newer. `expired`: its time was up. `doubtful`: it was offered before, and whether it
 * arrived and was deleted since, or never arrived, cannot be told any more: it was not written.
 */
export type RestoreOutcome =
  | { readonly outcome: 'restored' | 'present' | 'expired' | 'doubtful' }
  | RefusedOffer;

const FORMAT = 1;

export function encodeRestoreBatch(batch: RestoreBatch): Uint8Array {
  const writer = new ByteWriter();
  writer.u8(FORMAT);
  writer.varint(batch.bucketNumber);
  writer.u8(RESTORE_MODES.indexOf(batch.mode));
  writer.varint(batch.asOf === undefined ? 0 : batch.asOf + 1);
  writer.raw(batch.requestId);
  writer.varint(batch.keys.length);
  for (const { key, content } of batch.keys) {
    writer.bytes(key);
    writer.bytes(content);
  }
  return writer.copy();
}

/** Keys and contents are views into the input. Throws `DecodeError`. */
export function decodeRestoreBatch(bytes: Uint8Array): RestoreBatch {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== FORMAT) throw new DecodeError('is of an unknown format');
  const bucketNumber = reader.varint();
  const mode = RESTORE_MODES[reader.u8()];
  if (mode === undefined) throw new DecodeError('has an unknown mode');
  const asOf = reader.varint();
  const requestId = reader.raw(REQUEST_ID_BYTES);
  const keys = readOffered(reader, 'keys', (): RestoredKey => {
    const key = reader.bytes();
    return { key, content: reader.bytes() };
  });
  return { bucketNumber, mode, asOf: asOf === 0 ? undefined : asOf - 1, requestId, keys };
}
