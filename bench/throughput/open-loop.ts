/**
 * The open loop: requests are sent when a schedule says so, whether or not earlier ones were
 * answered, and a latency counts from the *intended* time of sending, so a cluster that stalls
 * cannot hide it by slowing the generator down (no coordinated omission).
 *
 * A generator that is late itself measures itself. Its lag, from the intended time to the
 * moment it turned to the request, is recorded, and a run that lagged is void. Waiting for a
 * connection to become free is no lag: it is the cluster that keeps them busy.
 */

import type { Workload } from './cases.ts';
import type { Period } from './closed-loop.ts';
import type { HttpConnection } from './http-connection.ts';
import { latencyHistogram, type Measurement, Recording, recordMs } from './recording.ts';

/** Node's timers are good to 1 ms; more than a few such steps is a generator without a core. */
const LAG_P99_MS_MAX = 5;

export interface OpenPeriod extends Period {
  /** Requests per second over all connections. */
  readonly rate: number;
}

/** Intended times, in milliseconds from the start: arrivals of a Poisson process. */
export function poissonSchedule(rate: number, durationMs: number): Float64Array {
  const times: number[] = [];
  const meanGapMs = 1_000 / rate;
  for (let at = 0; ; ) {
    at -= Math.log(1 - Math.random()) * meanGapMs;
    if (at >= durationMs) return Float64Array.from(times);
    times.push(at);
  }
}

export function runOpenLoop(
  connections: readonly HttpConnection[],
  workload: Workload,
  period: OpenPeriod,
): Promise<Measurement> {
  const { rate, warmUpMs, measureMs } = period;
  const schedule = poissonSchedule(rate, warmUpMs + measureMs);
  return new Promise((resolve) => {
    new OpenLoop(connections, workload, schedule, period, resolve).run();
  });
}

class OpenLoop {
  readonly #workload: Workload;
  readonly #schedule: Float64Array;
  readonly #period: Period;
  readonly #resolve: (measurement: Measurement) => void;
  readonly #recording: Recording;
  readonly #lag = latencyHistogram();
  readonly #free: HttpConnection[];
  readonly #startedAt = performance.now();
  /** Requests whose time has come, and of those the ones that were sent and answered. */
  #due = 0;
  #sent = 0;
  #answered = 0;

  constructor(
    connections: readonly HttpConnection[],
    workload: Workload,
    schedule: Float64Array,
    period: Period,
    resolve: (measurement: Measurement) => void,
  ) {
    this.#workload = workload;
    this.#schedule = schedule;
    this.#period = period;
    this.#resolve = resolve;
    this.#recording = new Recording(workload);
    this.#free = [...connections];
  }

  run(): void {
    this.#advance();
    if (this.#due < this.#schedule.length) setTimeout(() => this.run(), 1);
    else this.#endWhenAnswered();
  }

  #advance(): void {
    const now = performance.now() - this.#startedAt;
    for (; this.#due < this.#schedule.length; this.#due++) {
      const intended = this.#schedule[this.#due] as number;
      if (intended > now) break;
      if (intended >= this.#period.warmUpMs) recordMs(this.#lag, now - intended);
    }
    while (this.#sent < this.#due) {
      const connection = this.#free.pop();
      if (connection === undefined) return;
      this.#send(connection, this.#schedule[this.#sent++] as number);
    }
  }

  #send(connection: HttpConnection, intended: number): void {
    connection.request(this.#workload.next(), (answer) => {
      const elapsedMs = performance.now() - this.#startedAt - intended;
      if (intended >= this.#period.warmUpMs) this.#recording.add(answer, elapsedMs);
      else this.#recording.discard();
      this.#answered++;
      this.#free.push(connection);
      this.#advance();
      this.#endWhenAnswered();
    });
  }

  #endWhenAnswered(): void {
    if (this.#answered < this.#schedule.length) return;
    const lagP99Ms = this.#lag.getValueAtPercentile(99) / 1_000;
    this.#resolve({
      ...this.#recording.measurement(this.#period.measureMs),
      lagP99Ms,
      voided: lagP99Ms > LAG_P99_MS_MAX,
    });
  }
}
