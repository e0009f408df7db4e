/**
 * The records of objects, to read. One that fails its checksum is an error, never an answer,
 * and is noted, so that it gets mended.
 */

import type { SiblingObject } from '../causality/sibling-object.ts';
import { DecodeError } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Store } from '../ports/store.ts';
import type { DamagedRecords } from './damaged-records.ts';
import type { CarriedState } from './messages.ts';
import type { ReapNumbers } from './reap-numbers.ts';
import {
  checkRecord,
  decodeRecord,
  type ReplicaRecord,
  type StoredVersion,
} from './record-codec.ts';
import { type Address, addressAt, objectKey } from './store-keys.ts';

export interface ObjectRecordsPorts {
  readonly self: NodeId;
  readonly store: Store;
  readonly damaged: DamagedRecords;
  readonly reaps: ReapNumbers;
}

export class ObjectRecords {
  readonly #self: NodeId;
  readonly #store: Store;
  readonly #damaged: DamagedRecords;
  readonly #reaps: ReapNumbers;

  constructor({ self, store, damaged, reaps }: ObjectRecordsPorts) {
    this.#self = self;
    this.#store = store;
    this.#damaged = damaged;
    this.#reaps = reaps;
  }

  /** What is known here of the key, pending writes included. Throws `corrupt_record`. */
  read(address: Address): ReplicaRecord | undefined {
    const bytes = this.#store.get(objectKey(address));
    return bytes && this.#open(bytes, address, decodeRecord);
  }

  /** The same as `read`, not taken apart. Throws `corrupt_record`. */
  version(address: Address): (StoredVersion & CarriedState) | undefined {
    const bytes = this.#store.get(objectKey(address));
    if (bytes === undefined) return undefined;
    const reap = this.#reaps.of(address.partition);
    return { ...this.#open(bytes, address, checkRecord), reap };
  }

  /** What to await before `read`'s result may be told to anybody; undefined: nothing. */
  durable(address: Address): Promise<void> | undefined {
    return this.#store.durable(objectKey(address));
  }

  /** What a record says that was read at the stored key. Throws `corrupt_record`. */
  objectIn(record: Uint8Array, storedKey: Uint8Array): SiblingObject {
    return this.#open(record, addressAt(storedKey), decodeRecord).object;
  }

  isDamaged(address: Address): boolean {
    const record = this.#store.get(objectKey(address));
    if (record === undefined) return false;
    try {
      decodeRecord(record);
      return false;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return true;
    }
  }

  #open<Form>(record: Uint8Array, address: Address, form: (record: Uint8Array) => Form): Form {
    try {
      return form(record);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#damaged.note(address);
      throw new QuorateError(
        'corrupt_record',
        `a record of partition ${address.partition} on ${this.#self} ${error.message}`,
      );
    }
  }
}
