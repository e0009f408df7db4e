/**
 * The records that were found damaged, of objects or of registers, until each is rebuilt from the
 * other replicas (see repair/record-rebuild.ts and repair/register-rebuild.ts). Until then they count for no quorum.
 */

import { mapKeyOf } from '../kernel/bytes.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Counter, Gauge, Metrics } from '../ports/metrics.ts';
import { OnceAMinute } from './once-a-minute.ts';
import { type Address, objectKey } from './store-keys.ts';

export interface DamagedRecordsPorts {
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** As they are called in metrics and in the log; `records`: of objects. */
  readonly kind?: 'records' | 'registers';
}

/** More are left until they are met again, at the latest by the next scrub. */
const RECORDS_MAX = 10_000;

export class DamagedRecords {
  readonly #logger: Logger;
  readonly #kind: string;
  readonly #found: Counter;
  readonly #waiting: Gauge;
  readonly #warning: OnceAMinute;
  readonly #records = new Map<string, Address>();
  #onNoted: () => void = () => {};

  constructor({ clock, logger, metrics, kind = 'records' }: DamagedRecordsPorts) {
    this.#logger = logger;
    this.#kind = kind;
    this.#warning = new OnceAMinute(clock);
    this.#found = metrics.counter({
      name: `damaged_${kind}_found_total`,
      help: `Stored ${kind} found that fail their checksum`,
    });
    this.#waiting = metrics.gauge({
      name: `damaged_${kind}`,
      help: `Stored ${kind} known to be damaged, which wait to be rebuilt from the other replicas`,
    });
  }

  /** Is told when there is one more. */
  watch(onNoted: () => void): void {
    this.#onNoted = onNoted;
  }

  get size(): number {
    return this.#records.size;
  }

  /** In the order in which they were found. */
  all(): readonly Address[] {
    return [...this.#records.values()];
  }

  /** Somebody met a damaged record. */
  note(address: Address): void {
    const name = mapKeyOf(objectKey(address));
    if (this.#records.has(name) || this.#records.size >= RECORDS_MAX) return;
    const { partition, bucketNumber } = address;
    const key = Uint8Array.from(address.key);
    this.#records.set(name, { partition, bucketNumber, key });
    this.#found.add();
    this.#waiting.set(this.#records.size);
    if (this.#warning.isDue()) {
      this.#logger.warn(`${this.#kind} are damaged and wait to be rebuilt from other replicas`, {
        records: this.#records.size,
        partition,
      });
    }
    this.#onNoted();
  }

  /** It is whole again, or gone. */
  settle(address: Address): void {
    this.#records.delete(mapKeyOf(objectKey(address)));
    this.#waiting.set(this.#records.size);
  }
}
