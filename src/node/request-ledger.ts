/**
 * The requests that a node is carrying out: bounded, counted, timed, and waited for at the end.
 *
 * There are only so many at a time. More are refused at once, definitely, and each that ends
 * makes room for another: nothing is remembered of a flood that has passed (riak_core#767).
 */

import { QuorateError } from '../kernel/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Counter, Gauge, Histogram, Metrics } from '../ports/metrics.ts';

/** `update`: adding to a number or to the end of a value; `admin`: of buckets and leases. */
export type Operation = 'get' | 'put' | 'delete' | 'update' | 'list' | 'admin';

const OPERATIONS: readonly Operation[] = ['get', 'put', 'delete', 'update', 'list', 'admin'];

/** Requests that are bounded together. */
export type RequestClass = 'data' | 'list' | 'admin';

const CLASS_OF: Readonly<Record<Operation, RequestClass>> = {
  get: 'data',
  put: 'data',
  delete: 'data',
  update: 'data',
  list: 'list',
  admin: 'admin',
};

/**
 * Requests that are carried out at a time; in a batch each operation is one. At 5 ms each, 2,000 are
 * ten times what a node gets done meanwhile: the last of them would be late anyway. Listings
 * ask all nodes and hold whole pages. What the metadata group is asked for has bounds of its
 * own, and must not be refused because data is in demand: leases would run out.
 */
export const REQUESTS_MAX: Readonly<Record<RequestClass, number>> = {
  data: 2_000,
  list: 100,
  admin: 1_000,
};

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** Requests of one class that run, and those that were refused. */
interface Running {
  count: number;
  readonly gauge: Gauge;
  readonly refused: Counter;
}

/** Times of requests by outcome; how many there were is in the histogram too. */
interface OperationSeconds {
  readonly succeeded: Histogram;
  readonly failed: Histogram;
}

export class RequestLedger {
  readonly #clock: Clock;
  readonly #seconds: ReadonlyMap<Operation, OperationSeconds>;
  readonly #running: Readonly<Record<RequestClass, Running>>;
  /** Requests of clients of other nodes, which handed them to this one. */
  #handedOver = 0;
  #open = true;
  #whenIdle: (() => void) | undefined;

  constructor(clock: Clock, metrics: Metrics) {
    this.#clock = clock;
    this.#seconds = new Map(
      OPERATIONS.map((operation) => [operation, operationSeconds(metrics, operation)]),
    );
    this.#running = {
      data: runningOf(metrics, 'data'),
      list: runningOf(metrics, 'list'),
      admin: runningOf(metrics, 'admin'),
    };
  }

  /** How many run, of all classes together. */
  get inFlight(): number {
    const { data, list, admin } = this.#running;
    return data.count + list.count + admin.count;
  }

  get open(): boolean {
    return this.#open;
  }

  /**
   * Runs one request with its deadline. Throws `overloaded` where too many run already, and
   * `not_ready` once the ledger is closed.
   */
  async run<Result>(
    operation: Operation,
    timeoutMs: number,
    work: (deadline: number) => Promise<Result>,
  ): Promise<Result> {
    this.#refuseWhenClosed();
    const running = this.#admit(CLASS_OF[operation]);
    const seconds = this.#seconds.get(operation) as OperationSeconds;
    let outcome: Histogram = seconds.failed;
    const startedAt = this.#clock.now();
    try {
      const result = await work(startedAt + timeoutMs);
      outcome = seconds.succeeded;
      return result;
    } finally {
      outcome.observe((this.#clock.now() - startedAt) / 1_000);
      running.gauge.set(--running.count);
      this.#tellWhenIdle();
    }
  }

  /**
   * Runs a request that another node handed over; that node bounds and times it. Its client
   * would not learn what became of it if this one went in the midst of it. Throws `not_ready`
   * once the ledger is closed, and the other node asks elsewhere.
   */
  async runHandedOver<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#refuseWhenClosed();
    this.#handedOver++;
    try {
      return await work();
    } finally {
      this.#handedOver--;
      this.#tellWhenIdle();
    }
  }

  /** Takes no more requests; resolves when none is running, or after the grace. */
  close(graceMs: number): Promise<void> {
    this.#open = false;
    if (this.#idle) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#clock.setTimer(graceMs, resolve);
      this.#whenIdle = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  get #idle(): boolean {
    return this.inFlight + this.#handedOver === 0;
  }

  #tellWhenIdle(): void {
    if (!this.#open && this.#idle) this.#whenIdle?.();
  }

  #refuseWhenClosed(): void {
    if (!this.#open) throw new QuorateError('not_ready', 'the node is stopping: ask another one');
  }

  #admit(name: RequestClass): Running {
    const running = this.#running[name];
    if (running.count >= REQUESTS_MAX[name]) {
      running.refused.add();
      throw new QuorateError(
        'overloaded',
        `this node is carrying out ${running.count} requests of this kind, as many as it takes: ask another one, or again later`,
      );
    }
    running.gauge.set(++running.count);
    return running;
  }
}

function runningOf(metrics: Metrics, name: RequestClass): Running {
  const gauge = metrics.gauge({
    name: 'requests_in_flight',
    help: 'Requests of clients that this node is carrying out',
    labels: { class: name },
  });
  return { count: 0, gauge, refused: refusals(metrics, name) };
}

/** `cause`: the bound that was reached. */
export function refusals(metrics: Metrics, cause: RequestClass | 'bytes'): Counter {
  return metrics.counter({
    name: 'requests_refused_total',
    help: 'Requests of clients refused because this node had too much to do, by the bound reached',
    labels: { cause },
  });
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
