/** The requests that a node is carrying out: counted, timed, and waited for at the end. */

import { QuorateError } from '../kernel/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Counter, Histogram, Metrics } from '../ports/metrics.ts';

export type Operation = 'get' | 'put' | 'delete' | 'list';

const OPERATIONS: readonly Operation[] = ['get', 'put', 'delete', 'list'];

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

interface OperationMetrics {
  readonly succeeded: Counter;
  readonly failed: Counter;
  readonly seconds: Histogram;
}

export class RequestLedger {
  readonly #clock: Clock;
  readonly #metrics: ReadonlyMap<Operation, OperationMetrics>;
  #running = 0;
  #open = true;
  #whenIdle: (() => void) | undefined;

  constructor(clock: Clock, metrics: Metrics) {
    this.#clock = clock;
    this.#metrics = new Map(
      OPERATIONS.map((operation) => [operation, operationMetrics(metrics, operation)]),
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
    const metrics = this.#metrics.get(operation) as OperationMetrics;
    const startedAt = this.#clock.now();
    this.#running++;
    try {
      const result = await work(startedAt + timeoutMs);
      metrics.succeeded.add();
      return result;
    } catch (error) {
      metrics.failed.add();
      throw error;
    } finally {
      metrics.seconds.observe((this.#clock.now() - startedAt) / 1_000);
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

function operationMetrics(metrics: Metrics, operation: Operation): OperationMetrics {
  const requests = {
    name: 'requests_total',
    help: 'Client requests by operation and outcome; failed are those answered with an error',
  };
  return {
    succeeded: metrics.counter({ ...requests, labels: { operation, outcome: 'succeeded' } }),
    failed: metrics.counter({ ...requests, labels: { operation, outcome: 'failed' } }),
    seconds: metrics.histogram(
      {
        name: 'request_seconds',
        help: 'Time from the arrival of a client request to its answer',
        labels: { operation },
      },
      SECONDS,
    ),
  };
}
