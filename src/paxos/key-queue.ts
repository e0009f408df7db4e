/**
 * One thing at a time for each key, in the order of arrival: proposers of one key that run side
 * by side would refuse each other's ballots for ever.
 *
 * Whoever waits in vain is told so at its deadline: nothing was begun for it.
 */

import { QuorateError } from '../kernel/errors.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Gauge, Metrics } from '../ports/metrics.ts';

/** Of one key; more would hardly be served before their clients give up. */
const WAITING_MAX = 1_000;
const WAITING_IN_ALL_MAX = 20_000;

interface Waiting {
  readonly begin: () => void;
  readonly timer: Timer;
}

export interface KeyQueuePorts {
  readonly clock: Clock;
  readonly metrics: Metrics;
}

export class KeyQueue {
  readonly #clock: Clock;
  readonly #waitingGauge: Gauge;
  /** By key at which somebody is, those behind. */
  readonly #lines = new Map<string, Set<Waiting>>();
  #waiting = 0;

  constructor({ clock, metrics }: KeyQueuePorts) {
    this.#clock = clock;
    this.#waitingGauge = metrics.gauge({
      name: 'register_changes_waiting',
      help: 'Requests for keys of paxos buckets that wait for others of the same key',
    });
  }

  /** Throws `overloaded`, or `out_of_time` where its turn does not come by the deadline. */
  async run<Result>(key: string, deadline: number, work: () => Promise<Result>): Promise<Result> {
    const line = this.#lines.get(key);
    if (line === undefined) this.#lines.set(key, new Set());
    else await this.#turn(line, deadline);
    try {
      return await work();
    } finally {
      this.#next(key);
    }
  }

  /** Whether somebody has its turn, or waits for it. */
  isBusy(key: string): boolean {
    return this.#lines.has(key);
  }

  #turn(line: Set<Waiting>, deadline: number): Promise<void> {
    if (line.size >= WAITING_MAX || this.#waiting >= WAITING_IN_ALL_MAX) {
      throw new QuorateError('overloaded', `${line.size} requests wait for this key already`);
    }
    return new Promise((resolve, reject) => {
      const leftMs = Math.max(0, deadline - this.#clock.now());
      const timer = this.#clock.setTimer(leftMs, () => {
        this.#leave(line, waiting);
        reject(
          new QuorateError(
            'out_of_time',
            'other requests for this key took all the time there was; nothing was begun',
          ),
        );
      });
      const waiting: Waiting = { begin: resolve, timer };
      line.add(waiting);
      this.#count(1);
    });
  }

  #next(key: string): void {
    const line = this.#lines.get(key) ?? new Set();
    const [first] = line;
    if (first === undefined) {
      this.#lines.delete(key);
      return;
    }
    first.timer.cancel();
    this.#leave(line, first);
    first.begin();
  }

  #leave(line: Set<Waiting>, waiting: Waiting): void {
    line.delete(waiting);
    this.#count(-1);
  }

  #count(change: 1 | -1): void {
    this.#waiting += change;
    this.#waitingGauge.set(this.#waiting);
  }
}
