/**
 * What the store keeps for a key: the object as it travels, behind what is private to this
 * record.
 *
 *   1 | self: lineage, actor epoch, counter | xxh64 of self | object
 *   0 | object
 *
 * `self` stays on this disk, so a replica stores what it received without encoding it again.
 */

import { readDot, writeDot } from '../causality/dot-codec.ts';
import { decodeObject } from '../causality/object-codec.ts';
import type { SiblingObject } from '../causality/sibling-object.ts';
import type { Dot } from '../causality/version-vector.ts';
import { ByteReader, ByteWriter, DecodeError } from '../kernel/bytes.ts';
import { hash64 } from '../kernel/hash.ts';

export interface ReplicaRecord {
  readonly object: SiblingObject;
  /** The object as it is encoded, to be sent as it is. */
  readonly encoded: Uint8Array;
  /** The last dot that this very record minted here. */
  readonly self: Dot | undefined;
}

const writer = new ByteWriter();

export function encodeRecord(encodedObject: Uint8Array, self: Dot | undefined): Uint8Array {
  writer.reset();
  if (self === undefined) {
    writer.u8(0);
  } else {
    writer.u8(1);
    writeDot(writer, self);
    writer.u64(hash64(writer.view()));
  }
  const record = Buffer.allocUnsafe(writer.length + encodedObject.length);
  record.set(writer.view(), 0);
  record.set(encodedObject, writer.length);
  return record;
}

/** Throws `DecodeError` when the record is not what was stored. */
export function decodeRecord(bytes: Uint8Array): ReplicaRecord {
  const reader = new ByteReader(bytes);
  const self = reader.u8() === 0 ? undefined : readSelf(bytes, reader);
  const encoded = bytes.subarray(reader.offset);
  return { object: decodeObject(encoded), encoded, self };
}

function readSelf(bytes: Uint8Array, reader: ByteReader): Dot {
  const self = readDot(reader);
  const checked = bytes.subarray(0, reader.offset);
  if (reader.u64() !== hash64(checked)) throw new DecodeError('fails its checksum');
  return self;
}
