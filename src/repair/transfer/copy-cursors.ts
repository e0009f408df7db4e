/**
 * How far this node has come with copying, by partition, table and source: what it goes on from
 * after a restart of either side. Written only when all up to there is on disk, so that what it
 * says is true after any crash. One of another move, or of another stage, says nothing.
 *
 *   session varint | epoch varint | 1 u8: all is copied | keys varint | bytes varint | last key
 *   (its length varint; empty: none) | xxh64 of these
 */

import { ByteReader, ByteWriter, DecodeError } from '../../kernel/bytes.ts';
import { hash64 } from '../../kernel/hash.ts';
import type { NodeId } from '../../kernel/names.ts';
import type { Store, StoreWrite } from '../../ports/store.ts';
import { ALL_COPY_CURSORS, copyCursorKey, partitionAt } from '../../replica/store-keys.ts';
import type { MovingPartition, TableName } from './transfer-messages.ts';

/** One table as one source has it. */
export interface Copying {
  readonly moving: MovingPartition;
  readonly table: TableName;
  readonly source: NodeId;
}

export interface CopyCursor {
  readonly complete: boolean;
  /** Copied so far, or found to be here already. */
  readonly keys: number;
  /** Copied so far. */
  readonly bytes: number;
  /** The last stored key that was copied; null: none yet. */
  readonly after: Uint8Array | null;
}

const NOTHING_YET: CopyCursor = { complete: false, keys: 0, bytes: 0, after: null };

export class CopyCursors {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  read(copying: Copying): CopyCursor {
    const bytes = this.#store.get(keyOf(copying));
    const known = bytes && decode(bytes);
    const { session, epoch } = copying.moving;
    if (known?.session !== session || known.epoch !== epoch) return NOTHING_YET;
    return known;
  }

  /** Precondition: all up to there is on disk. */
  write(copying: Copying, cursor: CopyCursor): Promise<void> {
    const value = encode(copying.moving, cursor);
    return this.#store.write([{ type: 'put', key: keyOf(copying), value }]);
  }

  /** Those of moves that are over say nothing any more. */
  async forgetUnless(isUnderWay: (moving: MovingPartition) => boolean): Promise<void> {
    const writes: StoreWrite[] = [];
    for (const { key, value } of this.#store.range(ALL_COPY_CURSORS)) {
      const known = decode(value);
      if (known !== undefined && isUnderWay({ ...known, partition: partitionAt(key) })) continue;
      writes.push({ type: 'delete', key });
    }
    if (writes.length > 0) await this.#store.write(writes);
  }
}

function keyOf({ moving, table, source }: Copying): Uint8Array {
  return copyCursorKey(moving.partition, `${table} ${source}`);
}

function encode({ session, epoch }: MovingPartition, cursor: CopyCursor): Uint8Array {
  const writer = new ByteWriter();
  writer.varint(session);
  writer.varint(epoch);
  writer.u8(cursor.complete ? 1 : 0);
  writer.varint(cursor.keys);
  writer.varint(cursor.bytes);
  writer.bytes(cursor.after ?? new Uint8Array(0));
  writer.u64(hash64(writer.view()));
  return writer.copy();
}

/** Undefined where it is damaged: then all is copied again, which does no harm. */
function decode(bytes: Uint8Array) {
  try {
    const reader = new ByteReader(bytes);
    const session = reader.varint();
    const epoch = reader.varint();
    const complete = reader.u8() === 1;
    const keys = reader.varint();
    const copied = reader.varint();
    const after = reader.bytes();
    const checked = bytes.subarray(0, reader.offset);
    if (reader.u64() !== hash64(checked)) return undefined;
    reader.end();
    return {
      session,
      epoch,
      complete,
      keys,
      bytes: copied,
      after: after.length === 0 ? null : Uint8Array.from(after),
    };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return undefined;
  }
}
