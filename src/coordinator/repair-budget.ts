/**
 * How much read repair may be under way in the background: what goes beyond is skipped, since
 * the next read finds it again, and a queue of repairs would only hold old versions.
 */

import type { Counter, Metrics } from '../ports/metrics.ts';

const REPAIRS_MAX = 256;
const REPAIR_BYTES_MAX = 32 * 1024 * 1024;

export class RepairBudget {
  readonly #skipped: Counter;
  #repairs = 0;
  #bytes = 0;

  constructor(metrics: Metrics) {
    this.#skipped = metrics.counter({
      name: 'read_repairs_skipped_total',
      help: 'Replicas found behind that were left so because too many repairs were under way',
    });
  }

  /** Begins the work unless too much is under way; one object is never too large by itself. */
  run(bytes: number, repair: () => Promise<void>): void {
    const fits = this.#repairs === 0 || this.#bytes + bytes <= REPAIR_BYTES_MAX;
    if (this.#repairs >= REPAIRS_MAX || !fits) {
      this.#skipped.add();
      return;
    }
    this.#repairs++;
    this.#bytes += bytes;
    const finish = () => {
      this.#repairs--;
      this.#bytes -= bytes;
    };
    repair().then(finish, finish);
  }
}
