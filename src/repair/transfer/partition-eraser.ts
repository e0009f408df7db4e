/**
 * Removes the objects of some buckets of one partition from this node, a stretch a turn.
 *
 * Whether that is still wanted is asked in the turn of each removal: a later stage may have
 * begun meanwhile, in which the same keys are written again and must stay.
 */

import { EMPTY_BYTES } from '../../kernel/bytes.ts';
import type { Store, StoreWrite } from '../../ports/store.ts';
import type { DamagedRecords } from '../../replica/damaged-records.ts';
import { versionIn } from '../../replica/record-codec.ts';
import type { Replica } from '../../replica/replica.ts';
import { addressAt, bucketRange, rangeBehind } from '../../replica/store-keys.ts';
import { readStretch, type Stretch } from '../../replica/store-stretch.ts';
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
    return bucketNumbers.every((bucketNumber) => {
      const range = bucketRange(partition, bucketNumber, EMPTY_BYTES, undefined);
      for (const _ of this.#ports.store.range(range)) return false;
      return true;
    });
  }

  /** Begins in this turn; resolves when what was removed is off the disk. */
  async erase(erasing: Erasing): Promise<void> {
    const { store, pace } = this.#ports;
    for (const bucketNumber of erasing.bucketNumbers) {
      let after: Uint8Array | undefined;
      for (;;) {
        const stretch = await this.#eraseStretch(erasing, bucketNumber, after);
        if (stretch.complete) break;
        after = stretch.last;
        await pace.spend(stretch.bytes);
      }
    }
    await store.durable();
  }

  async #eraseStretch(
    { partition, admit, damaged, onRemoved }: Erasing,
    bucketNumber: number,
    after: Uint8Array | undefined,
  ): Promise<Stretch> {
    admit();
    const { store, trees, replica, pace } = this.#ports;
    const place = { partition, bucketNumber };
    const writes: StoreWrite[] = [];
    const range = bucketRange(partition, bucketNumber, EMPTY_BYTES, undefined);
    const remove = (key: Uint8Array, record: Uint8Array) => {
      const digest = versionIn(record)?.digest;
      if (digest !== undefined) trees.wrote(key, place, digest, undefined);
      else if (damaged === 'removed') trees.mended(key, place);
      else {
        this.#ports.damaged.note(addressAt(key));
        return;
      }
      replica.reapable.forget(partition, key);
      writes.push({ type: 'delete', key });
    };
    const rest = rangeBehind(range, after);
    const stretch = pace.step(() => readStretch(store, rest, remove, RECORDS_A_WRITE));
    await store.write(writes);
    onRemoved?.(writes.length, stretch.bytes);
    return stretch;
  }
}
