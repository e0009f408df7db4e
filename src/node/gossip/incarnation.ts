/** The incarnation on disk: rises at every start and every refutation, and never falls. */

import { ByteReader, ByteWriter, DecodeError } from '../../kernel/bytes.ts';
import { StoreError } from '../../kernel/errors.ts';
import { hash64 } from '../../kernel/hash.ts';
import type { Store } from '../../ports/store.ts';
import { INCARNATION_KEY } from '../../replica/store-keys.ts';

/** 0 in a new directory. Throws `StoreError` where the record is damaged. */
export function readIncarnation(store: Store): number {
  const bytes = store.get(INCARNATION_KEY);
  if (bytes === undefined) return 0;
  try {
    const reader = new ByteReader(bytes);
    const incarnation = reader.varint();
    const checked = bytes.subarray(0, reader.offset);
    if (reader.u64() !== hash64(checked)) throw new DecodeError('fails its checksum');
    reader.end();
    return incarnation;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new StoreError(`the record of the incarnation ${error.message}; the store is damaged`);
  }
}

/** Resolves when it would survive a power cut. */
export function writeIncarnation(store: Store, incarnation: number): Promise<void> {
  const writer = new ByteWriter();
  writer.varint(incarnation);
  writer.u64(hash64(writer.view()));
  return store.write([{ type: 'put', key: INCARNATION_KEY, value: writer.copy() }]);
}
