/**
 * What the store keeps of a hint: since when it waits, then a record as that of an object.
 *
 *   storedAt u48 (ms since 1970) | record (record-codec.ts)
 *
 * The time is for people only and has no checksum: damaged, it mistells an age.
 */

import { bufferOf } from '../kernel/bytes.ts';
import { decodeRecord, type ReplicaRecord } from './record-codec.ts';

const HEADER_BYTES = 6;

/** `record` is encoded as in record-codec.ts. */
export function encodeHint(storedAt: number, record: Uint8Array): Uint8Array {
  const hint = Buffer.allocUnsafe(HEADER_BYTES + record.length);
  hint.writeUIntBE(storedAt, 0, HEADER_BYTES);
  hint.set(record, HEADER_BYTES);
  return hint;
}

/** When something first waited here, by this node's wall clock: ms since 1970. */
export function storedAtOf(hint: Uint8Array): number {
  return bufferOf(hint).readUIntBE(0, HEADER_BYTES);
}

/** Throws `DecodeError` when the record is not what was stored. */
export function decodeHint(hint: Uint8Array): ReplicaRecord {
  return decodeRecord(hint.subarray(HEADER_BYTES));
}
