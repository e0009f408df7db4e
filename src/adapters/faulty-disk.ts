/**
 * A disk that is slow or full, for experiments: what becomes of each commit of the node's
 * stores before it begins.
 *
 * A commit that is held up is not on the disk, as with a disk that is really slow: what is
 * killed meanwhile loses it, and what is written meanwhile is one commit after it. A commit
 * without room fails as that of a full disk does, with all that follows for the node. Reading
 * is not touched: it comes out of memory mostly.
 */

import { drawDelayMs } from '../kernel/delay.ts';
import type { DiskFaults } from '../kernel/fault-table.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Counter, Metrics } from '../ports/metrics.ts';
import type { Random } from '../ports/random.ts';

export interface FaultyDiskOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
}

/** As the error of a system call that finds no room. */
class NoSpaceError extends Error {
  readonly code = 'ENOSPC';

  constructor() {
    super('No space left on device');
  }
}

export class FaultyDisk {
  readonly #options: FaultyDiskOptions;
  readonly #delayed: Counter;
  readonly #refused: Counter;
  readonly #held = new Set<() => void>();
  #faults: DiskFaults = {};

  constructor(options: FaultyDiskOptions) {
    const commits = (fault: string) =>
      options.metrics.counter({
        name: 'faults_commits_total',
        help: 'Commits of the stores that were held up or refused on purpose',
        labels: { fault },
      });
    this.#options = options;
    this.#delayed = commits('delayed');
    this.#refused = commits('refused');
  }

  /** What is held up now begins at once where nothing is to be held up any more. */
  setFaults(faults: DiskFaults): void {
    this.#faults = faults;
    if (faults.delay !== undefined) return;
    for (const begin of [...this.#held]) begin();
  }

  /** Resolves when the commit may begin; rejects where it finds no room. */
  async beforeCommit(): Promise<void> {
    const { delay } = this.#faults;
    if (delay !== undefined) {
      this.#delayed.add();
      await this.#hold(drawDelayMs(delay, () => this.#options.random.float()));
    }
    if (this.#faults.full !== true) return;
    this.#refused.add();
    throw new NoSpaceError();
  }

  #hold(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      let timer: Timer | undefined;
      const begin = () => {
        this.#held.delete(begin);
        timer?.cancel();
        resolve();
      };
      this.#held.add(begin);
      timer = this.#options.clock.setTimer(delayMs, begin);
    });
  }
}
