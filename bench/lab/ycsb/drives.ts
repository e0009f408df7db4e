/** The ways to ask a store: loading it, as fast as it goes, and on a schedule. */

import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import type { Drive, GeneratorJob, Measured } from './generator-job.ts';
import { YcsbRecording } from './recording.ts';
import type { RemoteStore } from './stores/remote-store.ts';
import { OperationStream, RECORD_BYTES, recordKey, YCSB, type YcsbOperation } from './workloads.ts';

type Loop<Name extends Drive['loop']> = Extract<Drive, { loop: Name }>;

export function drive(
  store: RemoteStore,
  { records, seed, drive }: GeneratorJob,
): Promise<Measured> {
  const random = new SeededRandom(seed);
  if (drive.loop === 'load') return load(store, records, drive, random);
  const operations = new OperationStream(YCSB[drive.workload], records, random.fork());
  const asking = new Asking(store, operations, random.fork());
  return drive.loop === 'closed'
    ? closedLoop(asking, drive)
    : openLoop(asking, drive, random.fork());
}

/** Rejects where a record could not be written: what is measured later would not be there. */
async function load(
  store: RemoteStore,
  records: number,
  { concurrency }: Loop<'load'>,
  random: SeededRandom,
): Promise<Measured> {
  const recording = new YcsbRecording();
  const startedAt = performance.now();
  let next = 0;
  const loaders = Array.from({ length: concurrency }, async () => {
    while (next < records) {
      const askedAt = performance.now();
      await store.write(recordKey(next++), recordOf(random));
      recording.add('insert', performance.now() - askedAt, undefined);
    }
  });
  await Promise.all(loaders);
  return recording.measured(performance.now() - startedAt);
}

async function closedLoop(
  asking: Asking,
  { concurrency, warmUpMs, measureMs }: Loop<'closed'>,
): Promise<Measured> {
  const recording = new YcsbRecording();
  const from = performance.now() + warmUpMs;
  const to = from + measureMs;
  const clients = Array.from({ length: concurrency }, async () => {
    for (let askedAt = performance.now(); askedAt < to; askedAt = performance.now()) {
      const { operation, error } = await asking.next();
      const now = performance.now();
      if (now >= from && now < to) recording.add(operation.kind, now - askedAt, error);
    }
  });
  await Promise.all(clients);
  return recording.measured(measureMs);
}

async function openLoop(
  asking: Asking,
  { rate, warmUpMs, measureMs }: Loop<'open'>,
  random: SeededRandom,
): Promise<Measured> {
  const recording = new YcsbRecording();
  const startedAt = performance.now();
  const pending: Promise<void>[] = [];
  const ask = async (intended: number) => {
    const { operation, error } = await asking.next();
    if (intended < warmUpMs) return;
    recording.add(operation.kind, performance.now() - startedAt - intended, error);
  };
  for (const intended of poissonTimes(rate, warmUpMs + measureMs, random)) {
    const early = intended - (performance.now() - startedAt);
    if (early > 0) await sleep(early);
    const lateMs = performance.now() - startedAt - intended;
    if (intended >= warmUpMs) recording.late(lateMs);
    pending.push(ask(intended));
  }
  await Promise.all(pending);
  return recording.measured(measureMs);
}

/** Milliseconds from the start, in order: arrivals of a Poisson process. */
function* poissonTimes(rate: number, durationMs: number, random: SeededRandom): Generator<number> {
  const meanGapMs = 1_000 / rate;
  for (let at = 0; ; ) {
    at -= Math.log(1 - random.float()) * meanGapMs;
    if (at >= durationMs) return;
    yield at;
  }
}

interface Asked {
  readonly operation: YcsbOperation;
  readonly error: unknown;
}

class Asking {
  readonly #store: RemoteStore;
  readonly #operations: OperationStream;
  readonly #random: SeededRandom;

  constructor(store: RemoteStore, operations: OperationStream, random: SeededRandom) {
    this.#store = store;
    this.#operations = operations;
    this.#random = random;
  }

  async next(): Promise<Asked> {
    const operation = this.#operations.next();
    try {
      await this.#ask(operation);
      return { operation, error: undefined };
    } catch (error) {
      return { operation, error };
    }
  }

  /** That a record is not there is an answer: of an insert that has not ended yet. */
  async #ask({ kind, key }: YcsbOperation): Promise<void> {
    if (kind === 'read') await this.#store.read(key);
    else if (kind === 'read-modify-write') await this.#store.modify(key, () => this.#record());
    else await this.#store.write(key, this.#record());
  }

  #record(): Uint8Array {
    return recordOf(this.#random);
  }
}

/** Ten fields in one value; nothing in it repeats, so that compression has nothing to gain. */
function recordOf(random: SeededRandom): Uint8Array {
  const record = Buffer.allocUnsafe(RECORD_BYTES);
  for (let at = 0; at + 6 <= RECORD_BYTES; at += 6) record.writeUIntBE(random.uint48(), at, 6);
  record.fill(0, RECORD_BYTES - (RECORD_BYTES % 6));
  return record;
}
