/**
 * The records of a chunk, one behind the other: the stored key and the object in its binary
 * form, each behind its length. One piece of bytes, since a chunk has thousands of records and
 * each piece of a message costs.
 */

import { ByteReader, ByteWriter, DecodeError } from '../../kernel/bytes.ts';
import { QuorateError } from '../../kernel/errors.ts';

export interface ChunkRecord {
  readonly storedKey: Uint8Array;
  /** The object in its binary form, which has a checksum of its own. */
  readonly encoded: Uint8Array;
}

export class ChunkWriter {
  readonly #writer = new ByteWriter(64 * 1024);
  count = 0;

  get bytes(): number {
    return this.#writer.length;
  }

  add(storedKey: Uint8Array, encoded: Uint8Array): void {
    this.#writer.bytes(storedKey);
    this.#writer.bytes(encoded);
    this.count++;
  }

  finish(): Uint8Array {
    return this.#writer.copy();
  }
}

/** Views into the bytes. Throws `bad_request` unless they are what was written. */
export function readChunk(bytes: Uint8Array): readonly ChunkRecord[] {
  const reader = new ByteReader(bytes);
  const records: ChunkRecord[] = [];
  try {
    while (reader.remaining > 0) {
      records.push({ storedKey: reader.bytes(), encoded: reader.bytes() });
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new QuorateError('bad_request', `a chunk of records ${error.message}`);
  }
  return records;
}
