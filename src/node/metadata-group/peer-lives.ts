/**
 * The last starts of other members that this one knows of: those it heard itself, which it
 * remembers on disk before it listens, and those that were registered. Whoever does not
 * remember such a start was put back to an older copy of its directory: it may have
 * forgotten a vote, and is not listened to.
 */

import { ByteReader, ByteWriter } from '../../kernel/bytes.ts';
import type { KnownStart } from '../../metadata/starts.ts';

/** The later of two starts of one node. */
export function laterStart(
  one: KnownStart | undefined,
  other: KnownStart | undefined,
): KnownStart | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one.bootNumber > other.bootNumber ? one : other;
}

export function encodeLife({ bootNumber, life }: KnownStart): Uint8Array {
  const writer = new ByteWriter();
  writer.varint(bootNumber);
  writer.u48(life);
  return writer.copy();
}

export function decodeLife(bytes: Uint8Array): KnownStart {
  const reader = new ByteReader(bytes);
  return { bootNumber: reader.varint(), life: reader.u48() };
}
