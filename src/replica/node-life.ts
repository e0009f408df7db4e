/**
 * The lives of a data directory: its starts and its lineage.
 *
 * Every start has a number, one above the last, and a random life of its own. The lives since
 * the last start that the cluster registered are kept, so that a directory which was put back
 * to an older copy is found out (metadata/starts.ts).
 *
 * A lineage goes on only from a clean stop to the start right after it. The clean-stop mark
 * is written after all data is on disk and durably cleared before anything is served, so a
 * crash, a restored copy without the mark or a new directory begins a new lineage, and with
 * it new actors for every key (see causality/mint.ts).
 */

import type { Lineage } from '../causality/mint.ts';
import { ByteReader, ByteWriter, DecodeError } from '../kernel/bytes.ts';
import { StoreError } from '../kernel/errors.ts';
import { hash64 } from '../kernel/hash.ts';
import type { Random } from '../ports/random.ts';
import type { Store } from '../ports/store.ts';
import { LIFE_KEY } from './store-keys.ts';

/** As it is on disk. */
export interface LifeRecord {
  readonly lineage: number;
  /** The next actor epoch that this lineage may mint; meaningful after a clean stop only. */
  readonly nextActorEpoch: number;
  readonly bootNumber: number;
  readonly life: number;
  /** Of the starts before this one, from the last registered one on. */
  readonly since: readonly number[];
  readonly cleanStop: boolean;
}

const FORMAT = 2;

/** Each is six bytes in every message of the metadata group. */
const STARTS_KEPT_MAX = 10_000;

export class NodeLife implements Lineage {
  readonly id: number;
  /** Rises by one at every start of the directory. */
  readonly bootNumber: number;
  /** Of this start; 48 bits. */
  readonly life: number;
  /** The start follows a clean stop: the store is as that left it. */
  readonly goesOn: boolean;
  readonly #store: Store;
  #since: readonly number[];
  #nextActorEpoch: number;

  private constructor(store: Store, record: LifeRecord, goesOn: boolean) {
    this.#store = store;
    this.goesOn = goesOn;
    this.id = record.lineage;
    this.bootNumber = record.bootNumber;
    this.life = record.life;
    this.#since = record.since;
    this.#nextActorEpoch = record.nextActorEpoch;
  }

  /** Begins a life: resolves when the start is on disk and serving may begin. */
  static async begin(store: Store, random: Random): Promise<NodeLife> {
    const last = readLife(store);
    const goesOn = last?.cleanStop === true;
    const since = last === undefined ? [] : [...last.since, last.life];
    if (since.length > STARTS_KEPT_MAX) {
      throw new StoreError(
        `the cluster has registered none of the last ${STARTS_KEPT_MAX} starts of this directory; join with an empty one under a new name`,
      );
    }
    const record: LifeRecord = {
      lineage: goesOn ? last.lineage : random.uint48(),
      nextActorEpoch: goesOn ? last.nextActorEpoch : 1,
      bootNumber: (last?.bootNumber ?? 0) + 1,
      life: random.uint48(),
      since,
      cleanStop: false,
    };
    await store.write([{ type: 'put', key: LIFE_KEY, value: encodeLife(record) }]);
    return new NodeLife(store, record, goesOn);
  }

  nextActorEpoch(): number {
    return this.#nextActorEpoch++;
  }

  /** Lives of the starts right before this one, oldest first: see metadata/starts.ts. */
  get since(): readonly number[] {
    return this.#since;
  }

  /** The cluster knows of this start: the ones before need not be told of any more. */
  async registered(): Promise<void> {
    if (this.#since.length === 0) return;
    await this.#write([], false);
    this.#since = [];
  }

  /** Leaves the clean-stop mark. Precondition: nothing is written to the store any more. */
  async end(): Promise<void> {
    await this.#store.durable();
    await this.#write(this.#since, true);
  }

  #write(since: readonly number[], cleanStop: boolean): Promise<void> {
    const record: LifeRecord = {
      lineage: this.id,
      nextActorEpoch: this.#nextActorEpoch,
      bootNumber: this.bootNumber,
      life: this.life,
      since,
      cleanStop,
    };
    return this.#store.write([{ type: 'put', key: LIFE_KEY, value: encodeLife(record) }]);
  }
}

/** Whether a node was ever started with this store. */
export function hasLived(store: Store): boolean {
  return store.get(LIFE_KEY) !== undefined;
}

function encodeLife(record: LifeRecord): Uint8Array {
  const writer = new ByteWriter();
  writer.u8(FORMAT);
  writer.u48(record.lineage);
  writer.varint(record.nextActorEpoch);
  writer.varint(record.bootNumber);
  writer.u48(record.life);
  writer.varint(record.since.length);
  for (const life of record.since) writer.u48(life);
  writer.u8(record.cleanStop ? 1 : 0);
  writer.u64(hash64(writer.view()));
  return writer.copy();
}

function readLives(reader: ByteReader): number[] {
  const lives: number[] = [];
  for (let left = reader.varint(); left > 0; left--) lives.push(reader.u48());
  return lives;
}

/** Throws `StoreError` when the record is damaged: then nothing in the store can be trusted. */
export function readLife(store: Pick<Store, 'get'>): LifeRecord | undefined {
  const bytes = store.get(LIFE_KEY);
  if (bytes === undefined) return undefined;
  try {
    const reader = new ByteReader(bytes);
    if (reader.u8() !== FORMAT) throw new DecodeError('has an unknown format');
    const record: LifeRecord = {
      lineage: reader.u48(),
      nextActorEpoch: reader.varint(),
      bootNumber: reader.varint(),
      life: reader.u48(),
      since: readLives(reader),
      cleanStop: reader.u8() === 1,
    };
    const checked = bytes.subarray(0, reader.offset);
    if (reader.u64() !== hash64(checked)) throw new DecodeError('fails its checksum');
    reader.end();
    return record;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new StoreError(`the node's life record ${error.message}; the store is damaged`);
  }
}
