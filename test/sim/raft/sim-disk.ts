/**
 * A disk on which writes take time and end in the order in which they were begun; several
 * are under way at once. What was begun outlives the process, what has ended outlives the
 * power. `lies` breaks that on purpose: see `Lies`.
 */

import { type HardState, NOBODY, type SnapshotMeta } from '../../../src/raft/entry.ts';
import type { Recovered } from '../../../src/raft/options.ts';
import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { DiskImage } from './disk-image.ts';
import type { EventHeap } from './event-heap.ts';

/** In ticks. */
export interface DiskTiming {
  readonly flushMin: number;
  readonly flushMax: number;
}

/** Disks that break their word, to see whether the checks would notice. */
export interface Lies {
  /** A write is said to be on disk when it has only been begun. */
  readonly acknowledgesEarly: boolean;
  /** After a restart nobody knows whom this member voted for. */
  readonly forgetsVotes: boolean;
}

export const HONEST: Lies = { acknowledgesEarly: false, forgetsVotes: false };
export const QUICK_DISK: DiskTiming = { flushMin: 0.01, flushMax: 0.05 };

interface Write {
  readonly change: (image: DiskImage) => void;
  readonly done: () => void;
}

export class SimDisk {
  timing = QUICK_DISK;
  /** What a power loss leaves. */
  durable: DiskImage;
  /** With everything that was begun: what the end of the process leaves. */
  written: DiskImage;
  readonly #events: EventHeap;
  readonly #random: SeededRandom;
  readonly #lies: Lies;
  #underWay: Write[] = [];
  #lastFlushAt = 0;
  /** Flushes planned before the latest crash do not happen. */
  #life = 0;

  constructor(events: EventHeap, random: SeededRandom, lies: Lies, snapshot: SnapshotMeta) {
    this.#events = events;
    this.#random = random;
    this.#lies = lies;
    this.durable = new DiskImage(snapshot);
    this.written = new DiskImage(snapshot);
  }

  /** `done` is called when the write would survive a power loss, unless a crash comes first. */
  write(change: (image: DiskImage) => void, done: () => void): void {
    change(this.written);
    const early = this.#lies.acknowledgesEarly;
    this.#underWay.push({ change, done: early ? () => {} : done });
    const now = this.#events.now;
    const { flushMin, flushMax } = this.timing;
    const takes = flushMin + this.#random.float() * (flushMax - flushMin);
    this.#lastFlushAt = Math.max(this.#lastFlushAt, now + takes);
    const life = this.#life;
    if (early) this.#events.after(0, () => life === this.#life && done());
    this.#events.after(this.#lastFlushAt - now, () => life === this.#life && this.#flush());
  }

  /** The process ends; what it had begun to write is written. */
  kill(): void {
    this.#life++;
    this.durable = this.written.copy();
    this.#underWay = [];
  }

  /** Of what was not flushed, nothing is left, or the first few writes. */
  losePower(): { writesLost: number } {
    this.#life++;
    const survivors = this.#random.chance(0.5) ? 0 : this.#random.below(this.#underWay.length + 1);
    for (const write of this.#underWay.slice(0, survivors)) write.change(this.durable);
    const writesLost = this.#underWay.length - survivors;
    this.#underWay = [];
    this.written = this.durable.copy();
    return { writesLost };
  }

  recover(): Recovered {
    const recovered = this.durable.recovered();
    if (!this.#lies.forgetsVotes) return recovered;
    const hardState: HardState = { ...recovered.hardState, vote: NOBODY };
    return { ...recovered, hardState };
  }

  #flush(): void {
    const write = this.#underWay.shift();
    if (write === undefined) return;
    write.change(this.durable);
    write.done();
  }
}
