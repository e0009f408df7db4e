/**
 * What all work in the background together may take of a node: so many bytes a second, and so
 * many steps at the same time. Hint delivery, anti-entropy and the scrub have paces of their
 * own, and share this.
 *
 * While clients are served the bytes a second are fewer, and never none: a busy cluster has no
 * quiet time to wait for (riak#1135), and repair that takes all it can harms the cluster
 * (riak_kv#1039). How full the event loop is each pace finds out by itself.
 */

import type { Clock } from '../ports/clock.ts';
import type { Counter, Metrics } from '../ports/metrics.ts';
import { Pace, type Shared } from './pace.ts';
import { Slots } from './slots.ts';

export const IDLE_BYTES_PER_SECOND = 64 * 1024 * 1024;
export const BUSY_BYTES_PER_SECOND = 16 * 1024 * 1024;

/** So many requests of clients at a time are more than now and then one. */
export const BUSY_FROM_REQUESTS = 8;

/** Each may wait for another node, so there are more than a node has cores. */
export const STEPS_MAX = 8;

export interface BackgroundBudgetPorts {
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Requests of clients that this node is carrying out now. */
  readonly requestsInFlight: () => number;
}

export class BackgroundBudget implements Shared {
  readonly #ports: BackgroundBudgetPorts;
  readonly #slots = new Slots(STEPS_MAX);
  readonly #bytes: Counter;
  /** In `clock.now()`: when what was spent so far is paid for. */
  #paidAt = Number.NEGATIVE_INFINITY;

  constructor(ports: BackgroundBudgetPorts) {
    this.#ports = ports;
    this.#bytes = ports.metrics.counter({
      name: 'background_bytes_total',
      help: 'Bytes that work in the background has read from the store or sent',
    });
  }

  /** For one kind of work: at most so many bytes a second of what all have together. */
  pace(bytesPerSecond: number): Pace {
    return new Pace(this.#ports.clock, bytesPerSecond, this);
  }

  /** One step, such as a call to another node, when its turn comes. */
  run<Result>(step: () => Promise<Result>): Promise<Result> {
    return this.#slots.run(step);
  }

  charge(bytes: number): number {
    const { clock, requestsInFlight } = this.#ports;
    const busy = requestsInFlight() >= BUSY_FROM_REQUESTS;
    const bytesPerSecond = busy ? BUSY_BYTES_PER_SECOND : IDLE_BYTES_PER_SECOND;
    this.#bytes.add(bytes);
    this.#paidAt = Math.max(clock.now(), this.#paidAt) + (bytes / bytesPerSecond) * 1_000;
    return this.#paidAt;
  }
}
