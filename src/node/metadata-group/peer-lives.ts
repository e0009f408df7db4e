/**
 * In which life other members were last heard: their boot number and a random number drawn
 * at that start. A member that turns up with a life that is not newer was started from an
 * old copy of its directory: it may have forgotten a vote, and is not listened to.
 */

import { ByteReader, ByteWriter } from '../../kernel/bytes.ts';

export interface PeerLife {
  readonly bootNumber: number;
  /** Random, 48 bits: tells two starts with one boot number apart. */
  readonly life: number;
}

export type LifeVerdict = 'known' | 'newer' | 'rolled_back';

export function judgeLife(known: PeerLife | undefined, heard: PeerLife): LifeVerdict {
  if (known === undefined || heard.bootNumber > known.bootNumber) return 'newer';
  return heard.bootNumber === known.bootNumber && heard.life === known.life
    ? 'known'
    : 'rolled_back';
}

export function encodeLife({ bootNumber, life }: PeerLife): Uint8Array {
  const writer = new ByteWriter();
  writer.varint(bootNumber);
  writer.u48(life);
  return writer.copy();
}

export function decodeLife(bytes: Uint8Array): PeerLife {
  const reader = new ByteReader(bytes);
  return { bootNumber: reader.varint(), life: reader.u48() };
}
