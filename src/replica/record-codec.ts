/**
 * What the store keeps for a key: the object as it travels, behind its version digest and what
 * is private to this record.
 *
 *   0 or 1 u8 | digest u64 | check u64 | with 1, self: lineage, actor epoch, counter, xxh64 of
 *   these | object
 *
 * The check is the digest XOR the object's checksum, with which the object begins: it ties the
 * digest to this object without another hash, which every write would have to pay.
 *
 * `self` stays on this disk, so a replica stores what it received without encoding it again.
 * The digest is there so that nobody who only compares versions has to take the object apart.
 */

import { readDot, writeDot } from '../causality/dot-codec.ts';
import { checkObject, decodeObject, encodeObject } from '../causality/object-codec.ts';
import { type SiblingObject, versionDigest } from '../causality/sibling-object.ts';
import type { Dot } from '../causality/version-vector.ts';
import { ByteReader, ByteWriter, bufferOf, DecodeError, EMPTY_BYTES } from '../kernel/bytes.ts';
import { hash64 } from '../kernel/hash.ts';

/** An object as it is stored and sent. */
export interface EncodedVersion {
  /** The object in its binary form. */
  readonly encoded: Uint8Array;
  /** Its version digest. */
  readonly digest: bigint;
}

export interface StoredVersion extends EncodedVersion {
  /** The last dot that this very record minted here. */
  readonly self: Dot | undefined;
}

export interface ReplicaRecord extends StoredVersion {
  readonly object: SiblingObject;
}

const DIGEST_AT = 1;
const CHECK_AT = 9;
const SELF_AT = 17;

const selfWriter = new ByteWriter();

export function encodeVersion(object: SiblingObject): EncodedVersion {
  return { encoded: encodeObject(object), digest: versionDigest(object) };
}

export function encodeRecord(
  { encoded, digest }: EncodedVersion,
  self: Dot | undefined,
): Uint8Array {
  const selfBytes = self === undefined ? EMPTY_BYTES : encodeSelf(self);
  const objectAt = SELF_AT + selfBytes.length;
  const record = Buffer.allocUnsafe(objectAt + encoded.length);
  record[0] = self === undefined ? 0 : 1;
  record.writeBigUInt64BE(digest, DIGEST_AT);
  record.set(selfBytes, SELF_AT);
  record.set(encoded, objectAt);
  record.writeInt32BE(checkWord(record, objectAt, 0), CHECK_AT);
  record.writeInt32BE(checkWord(record, objectAt, 4), CHECK_AT + 4);
  return record;
}

function encodeSelf(self: Dot): Uint8Array {
  selfWriter.reset();
  writeDot(selfWriter, self);
  selfWriter.u64(hash64(selfWriter.view()));
  return selfWriter.view();
}

/** Throws `DecodeError` when the record is not what was stored. */
export function decodeRecord(record: Uint8Array): ReplicaRecord {
  const { encoded, digest, self } = readHeader(record);
  return { encoded, digest, self, object: decodeObject(encoded) };
}

/** The same without taking the object apart. Throws `DecodeError` likewise. */
export function checkRecord(record: Uint8Array): StoredVersion {
  const version = readHeader(record);
  checkObject(version.encoded);
  return version;
}

/** The same where a damaged record is nothing unusual: undefined then. */
export function versionIn(record: Uint8Array): StoredVersion | undefined {
  try {
    return checkRecord(record);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return undefined;
  }
}

/** Leaves it to the caller to check the object. */
function readHeader(bytes: Uint8Array): StoredVersion {
  const record = bufferOf(bytes);
  const flag = record[0];
  if (record.length < SELF_AT || (flag !== 0 && flag !== 1)) throw new DecodeError('is malformed');
  const { self, objectAt } = flag === 1 ? readSelf(record) : { self: undefined, objectAt: SELF_AT };
  if (!isTied(record, objectAt)) throw new DecodeError('fails its checksum');
  return { encoded: record.subarray(objectAt), digest: record.readBigUInt64BE(DIGEST_AT), self };
}

function readSelf(record: Buffer): { readonly self: Dot; readonly objectAt: number } {
  const reader = new ByteReader(record.subarray(SELF_AT));
  const self = readDot(reader);
  const checked = record.subarray(SELF_AT, SELF_AT + reader.offset);
  if (reader.u64() !== hash64(checked)) throw new DecodeError('fails its checksum');
  return { self, objectAt: SELF_AT + reader.offset };
}

function isTied(record: Buffer, objectAt: number): boolean {
  return (
    record.length >= objectAt + 8 &&
    record.readInt32BE(CHECK_AT) === checkWord(record, objectAt, 0) &&
    record.readInt32BE(CHECK_AT + 4) === checkWord(record, objectAt, 4)
  );
}

/** One half of the check; `at` is 0 or 4. */
function checkWord(record: Buffer, objectAt: number, at: 0 | 4): number {
  return record.readInt32BE(DIGEST_AT + at) ^ record.readInt32BE(objectAt + at);
}
