/**
 * The keys that are about to be reaped: those that this replica found in the version on which
 * all replicas of the key agreed, until they are removed or the round ends.
 *
 * A marked key counts in no tree, so that it is not brought back to the replicas that have
 * removed it already. It loses its mark by whatever is written to it, and counts again; and it
 * does so after a time, since the round may have been cut short where only this replica has it
 * still: nobody would ever know.
 *
 *   round u48 | digest u64 | checksum u64
 */

import { ByteReader, ByteWriter, DecodeError, mapKeyOf } from '../kernel/bytes.ts';
import { hash64 } from '../kernel/hash.ts';
import type { Clock } from '../ports/clock.ts';
import type { Store, StoreWrite } from '../ports/store.ts';
import { versionIn } from './record-codec.ts';
import {
  ALL_REAP_MARKS,
  addressAt,
  objectKeyOfMark,
  partitionAt,
  reapMarkKey,
} from './store-keys.ts';
import type { Trees } from './trees.ts';

interface Mark {
  readonly storedKey: Uint8Array;
  /** The reap number of the round. */
  readonly round: number;
  /** Of the version that is to go. */
  readonly digest: bigint;
  /** In `clock.now()`; of a mark that an earlier run left, the start of this one. */
  readonly markedAt: number;
}

/** Longer than it takes from the marks of a batch to its removal. */
const MARK_MS_MAX = 30_000;

export class ReapMarks {
  readonly #store: Store;
  readonly #trees: Trees;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #marks = new Map<string, Mark>();

  /** Takes up what an earlier run left; before any tree is taken up or built. */
  constructor(store: Store, trees: Trees, clock: Pick<Clock, 'now'>) {
    this.#store = store;
    this.#trees = trees;
    this.#clock = clock;
    const markedAt = clock.now();
    for (const { key, value } of store.range(ALL_REAP_MARKS)) {
      const storedKey = objectKeyOfMark(key);
      // A mark that is damaged never matches, and goes with the next round.
      const { round, digest } = decode(value) ?? { round: 0, digest: 0n };
      this.#marks.set(mapKeyOf(storedKey), { storedKey, round, digest, markedAt });
      if (digest === this.#digestAt(storedKey)) trees.staysLeftOut(storedKey);
    }
  }

  /** Marks those that are here in just this version; resolves when that is on disk. */
  async mark(
    round: number,
    wanted: readonly Pick<Mark, 'storedKey' | 'digest'>[],
  ): Promise<readonly boolean[]> {
    const writes: StoreWrite[] = [];
    const marked = wanted.map(({ storedKey, digest }) => {
      if (this.#digestAt(storedKey) !== digest) return false;
      if (!this.#trees.isLeftOut(storedKey)) {
        this.#trees.leaveOut(storedKey, addressAt(storedKey), digest);
      }
      this.#marks.set(mapKeyOf(storedKey), {
        storedKey: copyOf(storedKey),
        round,
        digest,
        markedAt: this.#clock.now(),
      });
      writes.push({ type: 'put', key: reapMarkKey(storedKey), value: encode(round, digest) });
      return true;
    });
    await this.#store.write(writes);
    return marked;
  }

  /** Removes those that were marked in this round and were not written since; resolves with them. */
  async remove(round: number, wanted: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
    const removed = wanted.filter((storedKey) => this.#mayGo(round, storedKey));
    const writes = removed.flatMap((storedKey): StoreWrite[] => {
      this.#marks.delete(mapKeyOf(storedKey));
      this.#trees.wrote(storedKey, addressAt(storedKey), undefined, undefined);
      return [
        { type: 'delete', key: storedKey },
        { type: 'delete', key: reapMarkKey(storedKey) },
      ];
    });
    await this.#store.write(writes);
    return removed;
  }

  /** The key is known elsewhere too: it counts again, as it is. */
  async release(storedKey: Uint8Array): Promise<void> {
    const mark = this.#marks.get(mapKeyOf(storedKey));
    if (mark !== undefined) await this.#releaseAll([mark]);
  }

  /** Rounds that ended without a word are over. */
  releaseForgotten(): Promise<void> {
    const markedBefore = this.#clock.now() - MARK_MS_MAX;
    const marks = [...this.#marks.values()];
    return this.#releaseAll(marks.filter(({ markedAt }) => markedAt < markedBefore));
  }

  /** A round of the partition has ended, or the next one has begun. */
  async releasePartition(partition: number): Promise<void> {
    await this.#releaseAll(
      [...this.#marks.values()].filter(({ storedKey }) => partitionAt(storedKey) === partition),
    );
  }

  async #releaseAll(marks: readonly Mark[]): Promise<void> {
    if (marks.length === 0) return;
    const writes = marks.map(({ storedKey }): StoreWrite => {
      this.#marks.delete(mapKeyOf(storedKey));
      const digest = this.#digestAt(storedKey);
      if (digest !== undefined) this.#trees.bringBack(storedKey, addressAt(storedKey), digest);
      return { type: 'delete', key: reapMarkKey(storedKey) };
    });
    await this.#store.write(writes);
  }

  #mayGo(round: number, storedKey: Uint8Array): boolean {
    const mark = this.#marks.get(mapKeyOf(storedKey));
    if (mark?.round !== round || !this.#trees.isLeftOut(storedKey)) return false;
    return this.#digestAt(storedKey) === mark.digest;
  }

  #digestAt(storedKey: Uint8Array): bigint | undefined {
    const record = this.#store.get(storedKey);
    return record && versionIn(record)?.digest;
  }
}

function copyOf(storedKey: Uint8Array): Uint8Array {
  return Uint8Array.from(storedKey);
}

function encode(round: number, digest: bigint): Uint8Array {
  const writer = new ByteWriter();
  writer.u48(round);
  writer.u64(digest);
  writer.u64(hash64(writer.view()));
  return writer.copy();
}

function decode(bytes: Uint8Array): Pick<Mark, 'round' | 'digest'> | undefined {
  try {
    const reader = new ByteReader(bytes);
    const round = reader.u48();
    const digest = reader.u64();
    const checked = bytes.subarray(0, reader.offset);
    return reader.u64() === hash64(checked) ? { round, digest } : undefined;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return undefined;
  }
}
