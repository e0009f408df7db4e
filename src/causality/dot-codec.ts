/** Binary form of a list of dots: count, then lineage, actor epoch and counter of each. */

import { type ByteReader, type ByteWriter, DecodeError } from '../kernel/bytes.ts';
import { compareDots, type Dot, isVersionVector, type VersionVector } from './version-vector.ts';

const DOT_BYTES_MIN = 8;

export function writeDots(writer: ByteWriter, dots: readonly Dot[]): void {
  writer.varint(dots.length);
  for (const dot of dots) writeDot(writer, dot);
}

export function writeDot(writer: ByteWriter, dot: Dot): void {
  writer.u48(dot.lineage);
  writer.varint(dot.actorEpoch);
  writer.varint(dot.counter);
}

export function readDot(reader: ByteReader): Dot {
  const dot = { lineage: reader.u48(), actorEpoch: reader.varint(), counter: reader.varint() };
  if (dot.counter === 0) throw new DecodeError('has a dot with counter 0');
  return dot;
}

/** Rising dots, each once; throws `DecodeError` otherwise. */
export function readDots(reader: ByteReader): readonly Dot[] {
  const count = reader.varint();
  if (count > reader.remaining / DOT_BYTES_MIN) throw new DecodeError('is truncated');
  const dots: Dot[] = [];
  for (let i = 0; i < count; i++) {
    const dot = readDot(reader);
    const before = dots[i - 1];
    if (before !== undefined && compareDots(before, dot) >= 0) {
      throw new DecodeError('has dots out of order');
    }
    dots.push(dot);
  }
  return dots;
}

export function readVector(reader: ByteReader): VersionVector {
  const entries = readDots(reader);
  if (!isVersionVector(entries)) throw new DecodeError('has an actor twice');
  return entries;
}
