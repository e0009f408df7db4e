/** The requests that a node is carrying out: counted, timed, and waited for at the end. */

import { QuorateError } from '../kernel/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Histogram, Metrics } from '../ports/metrics.ts';

/** `admin`: of buckets and leases. */
export type Operation = 'get' | 'put' | 'delete' | 'list' | 'admin';

const OPERATIONS: readonly Operation[] = ['get', 'put', 'delete', 'list', 'admin'];

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** Times of requests by outcome; how many there were is in the histogram too. */
interface OperationSeconds {
  readonly succeeded: Histogram;
  readonly failed: Histogram;
}

export class RequestLedger {
  readonly #clock: Clock;
  readonly #seconds: ReadonlyMap<Operation, OperationSeconds>;
  #running = 0;
  #open = true;
  #whenIdle: (() => void) | undefined;

  constructor(clock: Clock, metrics: Metrics) {
    this.#clock = clock;
    this.#seconds = new Map(
      OPERATIONS.map((operation) => [operation, operationSeconds(metrics, operation)]),
    );
  }

  get open(): boolean {
    return this.#open;
  }

  /** Runs one request with its deadline. Throws `not_ready` once the ledger is closed. */
  async run<Result>(
    operation: Operation,
    timeoutMs: number,
    work: (deadline: number) => Promise<Result>,
  ): Promise<Result> {
    if (!this.#open) throw new QuorateError('not_ready', 'the node is stopping: ask another one');
    const seconds = this.#seconds.get(operation) as OperationSeconds;
    let outcome: Histogram = seconds.failed;
    const startedAt = this.#clock.now();
    this.#running++;
    try {
      const result = await work(startedAt + timeoutMs);
      outcome = seconds.succeeded;
      return result;
    } finally {
      outcome.observe((this.#clock.now() - startedAt) / 1_000);
      this.#running--;
      if (this.#running === 0) this.#whenIdle?.();
    }
  }

  /** Takes no more requests; resolves when none is running, or after the grace. */
  close(graceMs: number): Promise<void> {
    this.#open = false;
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#clock.setTimer(graceMs, resolve);
      this.#whenIdle = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}

function operationSeconds(metrics: Metrics, operation: Operation): OperationSeconds {
  const ofOutcome = (outcome: string) =>
    metrics.histogram(
      {
        name: 'request_seconds',
        help: 'From the arrival of a client request to its answer; failed: answered with an error',
        labels: { operation, outcome },
      },
      SECONDS,
    );
  return { succeeded: ofOutcome('succeeded'), failed: ofOutcome('failed') };
}
