/**
 * Watches for keys whose siblings pile up, well before the limit refuses their puts: usually
 * a client that never sends the context of its reads.
 */

import { mapKeyOf } from '../kernel/bytes.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Counter, Histogram, Metrics } from '../ports/metrics.ts';
import { SIBLINGS_MAX, SIBLINGS_WARNED } from './limits.ts';
import { OnceAMinute } from './once-a-minute.ts';
import { type Address, objectKey } from './store-keys.ts';

export interface SiblingWatchPorts {
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const SIBLING_COUNTS = [1, 2, 3, 5, 10, SIBLINGS_WARNED, 50, SIBLINGS_MAX];

/** Keys told apart from one log line to the next; `keys` in the line says no more than this. */
const KEYS_MAX = 10_000;

export class SiblingWatch {
  readonly #logger: Logger;
  readonly #siblings: Histogram;
  readonly #crowdedPuts: Counter;
  readonly #warning: OnceAMinute;
  readonly #crowdedKeys = new Set<string>();

  constructor({ clock, logger, metrics }: SiblingWatchPorts) {
    this.#logger = logger;
    this.#warning = new OnceAMinute(clock);
    this.#siblings = metrics.histogram(
      { name: 'put_siblings', help: 'Siblings that a key held after a put' },
      SIBLING_COUNTS,
    );
    this.#crowdedPuts = metrics.counter({
      name: 'crowded_puts_total',
      help: `Puts that left a key with more than ${SIBLINGS_WARNED} siblings`,
    });
  }

  /** A put has left the key with so many siblings. */
  note(address: Address, siblings: number): void {
    this.#siblings.observe(siblings);
    if (siblings <= SIBLINGS_WARNED) return;
    this.#crowdedPuts.add();
    if (this.#crowdedKeys.size < KEYS_MAX) this.#crowdedKeys.add(mapKeyOf(objectKey(address)));
    if (!this.#warning.isDue()) return;
    this.#logger.warn('keys have many siblings: their writers should send contexts', {
      keys: this.#crowdedKeys.size,
      siblings,
      warnedAbove: SIBLINGS_WARNED,
      refusedAbove: SIBLINGS_MAX,
    });
    this.#crowdedKeys.clear();
  }
}
