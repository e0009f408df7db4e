/**
 * Binary form of an object, the same on disk and between nodes.
 *
 *   checksum u64 | format u8 | clock | sibling dots | for each sibling: hlc, expiry (0: never),
 *   content type, meta, in format 3 what the writer's session remembered, value length | values
 *
 * Format 3 is written only where a sibling has such a thing, so that others do not pay for it.
 *
 * The checksum (xxh64) covers all that follows it: a flipped bit is an error, never an answer.
 */

import { ByteReader, ByteWriter, DecodeError, EMPTY_BYTES } from '../kernel/bytes.ts';
import { hash64 } from '../kernel/hash.ts';
import { readDots, readVector, writeDots } from './dot-codec.ts';
import type { MetaEntry, Sibling, SiblingObject } from './sibling-object.ts';
import { covers, type Dot } from './version-vector.ts';

const PLAIN = 2;
const WITH_SESSIONS = 3;
const CHECKSUM_BYTES = 8;
const NEVER = 0;

const writer = new ByteWriter(1_024);

export function encodeObject(object: SiblingObject): Uint8Array {
  const { siblings } = object;
  const format = siblings.some(({ carried }) => carried !== undefined) ? WITH_SESSIONS : PLAIN;
  writer.reset();
  writer.u8(format);
  writeDots(writer, object.clock);
  writeDots(
    writer,
    siblings.map((sibling) => sibling.dot),
  );
  let valueBytes = 0;
  for (const sibling of siblings) {
    writeHeader(writer, sibling, format);
    valueBytes += sibling.value.length;
  }
  const encoded = Buffer.allocUnsafe(CHECKSUM_BYTES + writer.length + valueBytes);
  encoded.set(writer.view(), CHECKSUM_BYTES);
  let at = CHECKSUM_BYTES + writer.length;
  for (const { value } of siblings) {
    encoded.set(value, at);
    at += value.length;
  }
  encoded.writeBigUInt64BE(hash64(encoded.subarray(CHECKSUM_BYTES)), 0);
  return encoded;
}

function writeHeader(target: ByteWriter, sibling: Sibling, format: number): void {
  target.varint(sibling.hlc);
  target.varint(sibling.expiresAt ?? NEVER);
  target.text(sibling.contentType);
  target.varint(sibling.meta.length);
  for (const [name, text] of sibling.meta) {
    target.text(name);
    target.text(text);
  }
  if (format === WITH_SESSIONS) target.bytes(sibling.carried ?? EMPTY_BYTES);
  target.varint(sibling.value.length);
}

/** Throws `DecodeError` unless the checksum says that `bytes` is what was encoded. */
export function checkObject(bytes: Uint8Array): void {
  openChecked(bytes);
}

/** Values are views into `bytes`. Throws `DecodeError` unless `bytes` is what was encoded. */
export function decodeObject(bytes: Uint8Array): SiblingObject {
  const reader = openChecked(bytes);
  const format = reader.u8();
  if (format !== PLAIN && format !== WITH_SESSIONS) throw new DecodeError('has an unknown format');
  const clock = readVector(reader);
  const dots = readDots(reader);
  if (!dots.every((dot) => covers(clock, dot))) throw new DecodeError('has a dot beyond its clock');
  const headers = dots.map((dot) => readHeader(reader, dot, format));
  if (format === WITH_SESSIONS && headers.every(({ carried }) => carried === undefined)) {
    throw new DecodeError('has room for what nothing in it has');
  }
  const siblings = headers.map(({ dot, hlc, expiresAt, contentType, meta, carried, length }) => ({
    dot,
    hlc,
    expiresAt,
    contentType,
    meta,
    carried,
    value: reader.raw(length),
  }));
  reader.end();
  return { clock, siblings };
}

/** Reads on behind the checksum. */
function openChecked(bytes: Uint8Array): ByteReader {
  const reader = new ByteReader(bytes);
  const checksum = reader.u64();
  if (checksum === hash64(bytes.subarray(CHECKSUM_BYTES))) return reader;
  throw new DecodeError('fails its checksum');
}

function readHeader(reader: ByteReader, dot: Dot, format: number) {
  const hlc = reader.varint();
  const expiry = reader.varint();
  const contentType = reader.text();
  const meta: MetaEntry[] = [];
  const entries = reader.varint();
  for (let i = 0; i < entries; i++) meta.push([reader.text(), reader.text()]);
  const expiresAt = expiry === NEVER ? undefined : expiry;
  const bytes = format === WITH_SESSIONS ? reader.bytes() : EMPTY_BYTES;
  const carried = bytes.length === 0 ? undefined : bytes;
  return { dot, hlc, expiresAt, contentType, meta, carried, length: reader.varint() };
}
