/**
 * How many bytes of bodies and answers this node holds for its clients, and no more than so
 * many: what would go beyond is refused, so that a flood of large values ends in answers and
 * not in a heap that is full. What is given back makes room at once.
 */

import { QuorateError } from '../kernel/errors.ts';
import type { Counter, Gauge, Metrics } from '../ports/metrics.ts';
import { refusals } from './request-ledger.ts';

export const HELD_BYTES_MAX = 256 * 1024 * 1024;

export class HeldBytes {
  readonly #gauge: Gauge;
  readonly #refused: Counter;
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(metrics: Metrics, bytesMax = HELD_BYTES_MAX) {
    this.#bytesMax = bytesMax;
    this.#gauge = metrics.gauge({
      name: 'request_held_bytes',
      help: 'Bytes of bodies that came in and of answers that are to go out to clients',
    });
    this.#refused = refusals(metrics, 'bytes');
  }

  /** Throws `overloaded`; one request is never too large by itself. */
  take(bytes: number): void {
    if (this.#bytes > 0 && this.#bytes + bytes > this.#bytesMax) {
      this.#refused.add();
      throw new QuorateError(
        'overloaded',
        `this node holds ${this.#bytes} bytes of values for clients, and up to ${this.#bytesMax}: ask another one, or again later`,
      );
    }
    this.#set(this.#bytes + bytes);
  }

  giveBack(bytes: number): void {
    this.#set(this.#bytes - bytes);
  }

  #set(bytes: number): void {
    this.#bytes = bytes;
    this.#gauge.set(bytes);
  }
}
