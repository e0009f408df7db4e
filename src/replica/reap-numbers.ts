/**
 * The reap numbers that this node has adopted, by partition: the index of the last metadata
 * entry that began a round of reaping there (ARCHITECTURE.md, "Reaping").
 *
 * Invariants: a number never falls, over restarts too; from the turn in which it is adopted on,
 * no state that was read under a lower one is taken here. What is read here bears it from that
 * same turn on, so whether the node holds anything for others then is noted with it.
 *
 *   adopted u48 | completed u48 | 1 u8: held nothing for others when it adopted | checksum u64
 */

import { ByteReader, ByteWriter, DecodeError } from '../kernel/bytes.ts';
import { QuorateError, StoreError } from '../kernel/errors.ts';
import { hash64 } from '../kernel/hash.ts';
import type { Store, StoreWrite } from '../ports/store.ts';
import { ALL_REAP_NUMBERS, partitionAt, reapNumberKey } from './store-keys.ts';

interface PartitionNumbers {
  readonly adopted: number;
  /** Of the last round that was carried through to the end here. */
  readonly completed: number;
  /** No hint and no leftover of the partition was here in the turn of the adoption. */
  readonly heldNothing: boolean;
}

const NEVER: PartitionNumbers = { adopted: 0, completed: 0, heldNothing: false };

/** A number to adopt. */
export interface Adoption {
  readonly partition: number;
  readonly number: number;
  readonly heldNothing: boolean;
}

export class ReapNumbers {
  readonly #store: Store;
  readonly #byPartition = new Map<number, PartitionNumbers>();

  /** Throws `StoreError` where a number is damaged: then nobody knows what was promised. */
  constructor(store: Store) {
    this.#store = store;
    for (const { key, value } of store.range(ALL_REAP_NUMBERS)) {
      this.#byPartition.set(partitionAt(key), decode(value));
    }
  }

  /** The number adopted; 0: tombstones of the partition were never reaped. */
  of(partition: number): number {
    return this.#byPartition.get(partition)?.adopted ?? 0;
  }

  completed(partition: number): number {
    return this.#byPartition.get(partition)?.completed ?? 0;
  }

  /** A round has begun since the last one that was completed here. */
  isUnfinished(partition: number): boolean {
    return this.completed(partition) < this.of(partition);
  }

  /** Whether nothing was held for others here when the present number was adopted. */
  heldNothing(partition: number): boolean {
    return this.#byPartition.get(partition)?.heldNothing ?? false;
  }

  /** Throws `stale_reap` where state that was read under this number must not be taken. */
  refuseOlder(partition: number, reap: number): void {
    const adopted = this.of(partition);
    if (reap >= adopted) return;
    throw new QuorateError(
      'stale_reap',
      `the state of a key of partition ${partition} was read under reap number ${reap}, and this node is at ${adopted}: read it again`,
      { reap: adopted },
    );
  }

  /** Resolves when the numbers are on disk; they hold at once. Lower ones than adopted are passed over. */
  adopt(adoptions: readonly Adoption[]): Promise<void> {
    const raised = adoptions.filter(({ partition, number }) => number > this.of(partition));
    for (const { partition, number: adopted, heldNothing } of raised) {
      const completed = this.completed(partition);
      this.#byPartition.set(partition, { adopted, completed, heldNothing });
    }
    return this.#write(raised.map(({ partition }) => partition));
  }

  /** The round of this number, the one adopted, has ended well. Resolves when that is on disk. */
  complete(partition: number, completed: number): Promise<void> {
    const numbers = this.#byPartition.get(partition) ?? NEVER;
    if (numbers.adopted !== completed) return Promise.resolve();
    this.#byPartition.set(partition, { ...numbers, completed });
    return this.#write([partition]);
  }

  #write(partitions: readonly number[]): Promise<void> {
    const writes = partitions.map((partition): StoreWrite => {
      const value = encode(this.#byPartition.get(partition) ?? NEVER);
      return { type: 'put', key: reapNumberKey(partition), value };
    });
    return this.#store.write(writes);
  }
}

/** The number adopted, in a stored record. Throws `StoreError` where it is damaged. */
export function adoptedIn(bytes: Uint8Array): number {
  return decode(bytes).adopted;
}

function encode({ adopted, completed, heldNothing }: PartitionNumbers): Uint8Array {
  const writer = new ByteWriter();
  writer.u48(adopted);
  writer.u48(completed);
  writer.u8(heldNothing ? 1 : 0);
  writer.u64(hash64(writer.view()));
  return writer.copy();
}

function decode(bytes: Uint8Array): PartitionNumbers {
  try {
    const reader = new ByteReader(bytes);
    const adopted = reader.u48();
    const completed = reader.u48();
    const heldNothing = reader.u8() === 1;
    const checked = bytes.subarray(0, reader.offset);
    if (reader.u64() !== hash64(checked)) throw new DecodeError('fails its checksum');
    reader.end();
    return { adopted, completed, heldNothing };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new StoreError(`a reap number ${error.message}; the store is damaged`);
  }
}
