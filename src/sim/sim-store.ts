/**
 * A disk and the store of one process on it.
 *
 * A write is pending first, then committed (the operating system has it), then flushed (the
 * platter has it); only then does it resolve. Killing the process keeps what was committed;
 * a power loss keeps what was flushed. Batches commit whole and in order, as in LMDB.
 */

import { bufferOf, compareBytes, mapKeyOf } from '../kernel/bytes.ts';
import { StoreError } from '../kernel/errors.ts';
import { invariant } from '../kernel/invariant.ts';
import {
  checkStoreKey,
  checkStoreRange,
  type Store,
  type StoreEntry,
  type StoreRange,
  type StoreSnapshot,
  type StoreWrite,
} from '../ports/store.ts';
import { SimGate } from './sim-gate.ts';
import type { Simulation } from './simulation.ts';

type Contents = Map<string, Uint8Array>;

export interface DiskTiming {
  /** Until a write is committed, at most. */
  readonly commitMsMax: number;
  /** From there until it is flushed, at most. */
  readonly flushMsMax: number;
}

export const QUICK_DISK: DiskTiming = { commitMsMax: 0.5, flushMsMax: 1 };

/** What outlives a process. */
export class SimDisk {
  committed: Contents = new Map();
  flushed: Contents = new Map();
  timing: DiskTiming = QUICK_DISK;
  /** While true, no write succeeds. */
  failing = false;

  loseWhatIsNotFlushed(): void {
    this.committed = new Map(this.flushed);
  }

  /** The operating system goes on writing when only the process died. */
  flushWhatIsCommitted(): void {
    this.flushed = new Map(this.committed);
  }

  /** Forgets every record but those under this one key, and in this range. */
  loseAllBut(key: Uint8Array, { from, to }: StoreRange): void {
    const name = mapKeyOf(key);
    const isWithin = (other: Uint8Array) =>
      compareBytes(other, from) >= 0 && compareBytes(other, to) < 0;
    for (const contents of [this.committed, this.flushed]) {
      for (const other of contents.keys()) {
        if (other !== name && !isWithin(Buffer.from(other, 'latin1'))) contents.delete(other);
      }
    }
  }

  wipe(): void {
    this.committed = new Map();
    this.flushed = new Map();
  }
}

interface Batch {
  /** Rising with every call of `write`. */
  readonly number: number;
  readonly writes: readonly StoreWrite[];
  readonly resolve: () => void;
  readonly reject: (error: StoreError) => void;
}

interface Pending {
  /** Undefined where the key is being deleted. */
  readonly value: Uint8Array | undefined;
  readonly durable: Promise<void>;
  readonly batchNumber: number;
}

export class SimStore implements Store {
  readonly #simulation: Simulation;
  readonly #disk: SimDisk;
  readonly #onFailure: (error: StoreError) => void;
  readonly #gate: SimGate;
  readonly #pending = new Map<string, Pending>();
  readonly #unfinished = new Set<Batch>();
  #batches = 0;
  #deletes = 0;
  #lastDurable: Promise<void> = Promise.resolve();
  #commitsAtMs = 0;
  #flushesAtMs = 0;
  #failure: StoreError | undefined;
  #closed = false;
  #halted = false;

  constructor(
    simulation: Simulation,
    disk: SimDisk,
    onFailure: (error: StoreError) => void,
    gate: SimGate = new SimGate(simulation),
  ) {
    this.#gate = gate;
    this.#simulation = simulation;
    this.#disk = disk;
    this.#onFailure = onFailure;
  }

  get deletes(): number {
    return this.#deletes;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    this.#check(key);
    const name = mapKeyOf(key);
    const pending = this.#pending.get(name);
    return pending === undefined ? this.#disk.committed.get(name) : pending.value;
  }

  range(range: StoreRange): Iterable<StoreEntry> {
    this.#check();
    const names = new Set([...this.#disk.committed.keys(), ...this.#pending.keys()]);
    return entriesOf(names, range, (key) => this.get(key));
  }

  snapshot(): StoreSnapshot {
    this.#check();
    const contents: Contents = new Map(this.#disk.flushed);
    return {
      deletes: this.#deletes,
      range: (range) => entriesOf(contents.keys(), range, (key) => contents.get(mapKeyOf(key))),
      close: () => contents.clear(),
    };
  }

  write(writes: readonly StoreWrite[]): Promise<void> {
    for (const { key } of writes) checkStoreKey(key);
    if (this.#closed) return Promise.reject(new StoreError('the store is closed'));
    if (this.#failure !== undefined) return refusal(this.#failure);
    if (this.#disk.failing && !this.#halted) return refusal(this.#fail());
    const number = this.#batches++;
    const durable = new Promise<void>((resolve, reject) => {
      this.#plan({ number, writes: writes.map(copyOf), resolve, reject });
    });
    for (const write of writes) {
      const value = write.type === 'put' ? bufferOf(write.value) : undefined;
      if (write.type === 'delete') this.#deletes++;
      this.#pending.set(mapKeyOf(write.key), { value, durable, batchNumber: number });
    }
    this.#lastDurable = durable;
    durable.catch(() => {});
    return durable;
  }

  durable(key?: Uint8Array): Promise<void> | undefined {
    if (this.#failure !== undefined) return refusal(this.#failure);
    if (key !== undefined) return this.#pending.get(mapKeyOf(key))?.durable;
    return this.#pending.size === 0 ? undefined : this.#lastDurable;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#lastDurable;
    this.halt();
  }

  /** The process is gone: nothing it began goes on. */
  halt(): void {
    this.#halted = true;
  }

  #check(key?: Uint8Array): void {
    invariant(!this.#closed, 'the store is closed');
    if (key !== undefined) checkStoreKey(key);
  }

  #plan(batch: Batch): void {
    if (this.#halted) return;
    this.#unfinished.add(batch);
    const { random, nowMs } = this.#simulation;
    const { commitMsMax, flushMsMax } = this.#disk.timing;
    this.#commitsAtMs = Math.max(this.#commitsAtMs, nowMs + random.float() * commitMsMax);
    this.#flushesAtMs = Math.max(
      this.#flushesAtMs,
      this.#commitsAtMs + random.float() * flushMsMax,
    );
    this.#at(this.#commitsAtMs, () => apply(this.#disk.committed, batch.writes));
    this.#at(this.#flushesAtMs, () => this.#finish(batch));
  }

  #at(timeMs: number, fire: () => void): void {
    this.#simulation.scheduleAt(timeMs, () => {
      this.#gate.pass(() => {
        if (!this.#halted && this.#failure === undefined) fire();
      });
    });
  }

  #finish(batch: Batch): void {
    if (this.#disk.failing) {
      this.#fail();
      return;
    }
    this.#unfinished.delete(batch);
    apply(this.#disk.flushed, batch.writes);
    for (const { key } of batch.writes) {
      const name = mapKeyOf(key);
      if (this.#pending.get(name)?.batchNumber === batch.number) this.#pending.delete(name);
    }
    batch.resolve();
  }

  #fail(): StoreError {
    const failure = new StoreError('the simulated disk failed');
    this.#failure = failure;
    for (const batch of this.#unfinished) batch.reject(failure);
    this.#onFailure(failure);
    return failure;
  }
}

/** Of the names that are in the range, by their keys. */
function entriesOf(
  names: Iterable<string>,
  { from, to }: StoreRange,
  contentOf: (key: Uint8Array) => Uint8Array | undefined,
): StoreEntry[] {
  checkStoreRange({ from, to });
  const keys = [...names].map((name) => Buffer.from(name, 'latin1'));
  const within = keys.filter((key) => compareBytes(key, from) >= 0 && compareBytes(key, to) < 0);
  return within.sort(compareBytes).flatMap((key) => {
    const value = contentOf(key);
    return value === undefined ? [] : [{ key, value }];
  });
}

/** Whoever ignores it hears of the failure through `onFailure`. */
function refusal(failure: StoreError): Promise<void> {
  const refused = Promise.reject(failure);
  refused.catch(() => {});
  return refused;
}

function copyOf(write: StoreWrite): StoreWrite {
  return write.type === 'put' ? { ...write, value: Buffer.from(write.value) } : write;
}

function apply(contents: Contents, writes: readonly StoreWrite[]): void {
  for (const write of writes) {
    const name = mapKeyOf(write.key);
    if (write.type === 'put') contents.set(name, write.value);
    else contents.delete(name);
  }
}
