/**
 * When what was copied may be merged on this node: a stretch a turn, whichever partitions it is
 * for, and no more on its way to the disk than two stretches. A commit is waited for by everybody
 * whose write is in it, clients too, so it must not be full of what was copied.
 */

import { Slots } from '../slots.ts';
import type { TransferPace } from './transfer-pace.ts';

export interface Merged {
  readonly bytes: number;
  /** Of each record: resolves when it is on disk, rejects where it is not taken. */
  readonly taken: readonly Promise<void>[];
}

export class MergeTurns {
  readonly #pace: TransferPace;
  /** One at a time, so that what makes the event loop late is others. */
  readonly #slots = new Slots(1);
  /** Of the turn before. */
  #flushed: Promise<unknown> = Promise.resolve();

  constructor(pace: TransferPace) {
    this.#pace = pace;
  }

  /** `merge` does its work in one turn. Resolves after it, with what it merged. */
  run(merge: () => Merged): Promise<Merged> {
    return this.#slots.run(async () => {
      const merged = this.#pace.step(merge);
      const before = this.#flushed;
      this.#flushed = Promise.allSettled(merged.taken);
      await Promise.all([before, this.#pace.spend(merged.bytes)]);
      return merged;
    });
  }
}
