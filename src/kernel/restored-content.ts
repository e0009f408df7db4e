/**
 * One value without versions, as a copy of a raft bucket has it and as the values of paxos and
 * raft buckets are restored.
 *
 *   content type | count of meta, for each: name, text | expiry, ms since 1970 (0: never) | value
 */

import { ByteReader, ByteWriter } from './bytes.ts';

export interface RestoredContent {
  readonly value: Uint8Array;
  readonly contentType: string;
  readonly meta: readonly (readonly [name: string, text: string])[];
  /** Undefined: never. */
  readonly expiresAt: number | undefined;
}

const NEVER = 0;

export function encodeContent({
  value,
  contentType,
  meta,
  expiresAt = NEVER,
}: RestoredContent): Uint8Array {
  const writer = new ByteWriter(64 + value.length);
  writer.text(contentType);
  writer.varint(meta.length);
  for (const [name, text] of meta) {
    writer.text(name);
    writer.text(text);
  }
  writer.varint(expiresAt);
  writer.raw(value);
  return writer.view();
}

/** The value is a view into the bytes. Throws `DecodeError`. */
export function decodeContent(bytes: Uint8Array): RestoredContent {
  const reader = new ByteReader(bytes);
  const contentType = reader.text();
  const count = reader.varint();
  const meta: [string, string][] = [];
  for (let i = 0; i < count; i++) meta.push([reader.text(), reader.text()]);
  const expiry = reader.varint();
  const expiresAt = expiry === NEVER ? undefined : expiry;
  return { value: reader.raw(reader.remaining), contentType, meta, expiresAt };
}
