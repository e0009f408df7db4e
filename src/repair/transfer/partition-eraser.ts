/**
 * Removes the objects of some buckets of one partition from this node, a stretch a turn.
 *
 * Whether that is still wanted is asked in the turn of each removal: a later stage may have
 * begun meanwhile, in which the same keys are written again and must stay.
 */

import { EMPTY_BYTES } from '../../kernel/bytes.ts';
import type { Store, StoreRange, StoreWrite } from '../../ports/store.ts';
import type { DamagedRecords } from '../../replica/damaged-records.ts';
import { versionIn } from '../../replica/record-codec.ts';
import type { Replica } from '../../replica/replica.ts';
import {
  type Address,
  addressAt,
  bucketRange,
  rangeBehind,
  registerRange,
} from '../../replica/store-keys.ts';
import { readStretch } from '../../replica/store-stretch.ts';
import type { Trees } from '../../replica/trees.ts';
import type { TransferPace } from './transfer-pace.ts';

export interface PartitionEraserPorts {
  readonly store: Store;
  readonly trees: Trees;
  readonly damaged: DamagedRecords;
  readonly replica: Pick<Replica, 'reapable'>;
  readonly pace: TransferPace;
}

export interface Erasing {
  readonly partition: number;
  readonly bucketNumbers: readonly number[];
  /** Throws where nothing may be removed any more; called in the turn of each removal. */
  readonly admit: () => void;
  /** What becomes of records that fail their checksum; those that are kept are noted. */
  readonly damaged: 'removed' | 'kept';
  readonly onRemoved?: (keys: number, bytes: number) => void;
}

/** Removed in one write: clients' writes that share its commit wait for all of it. */
const RECORDS_A_WRITE = 256;

export class PartitionEraser {
  readonly #ports: PartitionEraserPorts;

  constructor(ports: PartitionEraserPorts) {
    this.#ports = ports;
  }

  /** Nothing of these buckets is here. */
  isEmpty(partition: number, bucketNumbers: readonly number[]): boolean {
    const { store } = this.#ports;
    const hasNoRegisters = (bucketNumber: number) =>
      isEmptyRange(store, registerRange(partition, bucketNumber, EMPTY_BYTES, undefined));
    return this.hasNoObjects(partition, bucketNumbers) && bucketNumbers.every(hasNoRegisters);
  }

  /** No objects of these buckets are here. */
  hasNoObjects(partition: number, bucketNumbers: readonly number[]): boolean {
    return bucketNumbers.every((bucketNumber) =>
      isEmptyRange(this.#ports.store, bucketRange(partition, bucketNumber, EMPTY_BYTES, undefined)),
    );
  }

  /** Objects and registers. Begins in this turn; resolves when what was removed is off the disk. */
  async erase(erasing: Erasing): Promise<void> {
    await this.eraseObjects(erasing);
    await this.eraseRegisters(erasing);
  }

  /** Likewise, objects alone. */
  async eraseObjects(erasing: Erasing): Promise<void> {
    for (const bucketNumber of erasing.bucketNumbers) {
      const place = { partition: erasing.partition, bucketNumber };
      const range = bucketRange(erasing.partition, bucketNumber, EMPTY_BYTES, undefined);
      await this.#eraseRange(erasing, range, (key, record) =>
        this.#forget(erasing, place, key, record),
      );
    }
    await this.#ports.store.durable();
  }

  /** Likewise, registers alone: whole or damaged, they go. */
  async eraseRegisters(erasing: Omit<Erasing, 'damaged'>): Promise<void> {
    for (const bucketNumber of erasing.bucketNumbers) {
      const range = registerRange(erasing.partition, bucketNumber, EMPTY_BYTES, undefined);
      await this.#eraseRange(erasing, range, () => true);
    }
    await this.#ports.store.durable();
  }

  async #eraseRange(
    { admit, onRemoved }: Omit<Erasing, 'damaged'>,
    range: StoreRange,
    mayGo: (key: Uint8Array, record: Uint8Array) => boolean,
  ): Promise<void> {
    const { store, pace } = this.#ports;
    let after: Uint8Array | undefined;
    for (;;) {
      admit();
      const writes: StoreWrite[] = [];
      const remove = (key: Uint8Array, record: Uint8Array) => {
        if (mayGo(key, record)) writes.push({ type: 'delete', key });
      };
      const rest = rangeBehind(range, after);
      const stretch = pace.step(() => readStretch(store, rest, remove, RECORDS_A_WRITE));
      await store.write(writes);
      onRemoved?.(writes.length, stretch.bytes);
      if (stretch.complete) return;
      after = stretch.last;
      await pace.spend(stretch.bytes);
    }
  }

  /** What is kept in memory about an object that goes; false where it stays. */
  #forget(
    { damaged }: Pick<Erasing, 'damaged'>,
    place: Omit<Address, 'key'>,
    key: Uint8Array,
    record: Uint8Array,
  ): boolean {
    const { trees, replica } = this.#ports;
    const digest = versionIn(record)?.digest;
    if (digest !== undefined) trees.wrote(key, place, digest, undefined);
    else if (damaged === 'removed') trees.mended(key, place);
    else {
      this.#ports.damaged.note(addressAt(key));
      return false;
    }
    replica.reapable.forget(place.partition, key);
    return true;
  }
}

function isEmptyRange(store: Store, range: StoreRange): boolean {
  for (const _ of store.range(range)) return false;
  return true;
}
