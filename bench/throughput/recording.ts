/**
 * What one measurement saw: how long requests took, how many succeeded, what went wrong.
 *
 * An error is an outcome at its full duration: it counts in the latencies and never in the
 * throughput.
 */

import { build, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import type { Workload } from './cases.ts';
import type { Answer } from './http-connection.ts';

const MICROSECONDS_MAX = 60_000_000;

/** Latencies in microseconds, to three significant digits. */
export function latencyHistogram(): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: MICROSECONDS_MAX,
    numberOfSignificantValueDigits: 3,
  });
}

export function recordMs(histogram: Histogram, ms: number): void {
  histogram.recordValue(Math.min(MICROSECONDS_MAX, Math.max(0, Math.round(ms * 1_000))));
}

/** In a form that crosses to another process and goes into the report. */
export interface Measurement {
  readonly seconds: number;
  readonly succeeded: number;
  /** All requests that were answered, those of the warm-up too. */
  readonly answered: number;
  readonly opsPerS: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
  /** How often each thing went wrong, by what it was. */
  readonly errors: Readonly<Record<string, number>>;
  /** Latencies in microseconds: HdrHistogram's compressed format in base64. */
  readonly histogram: string;
  /** Open loop only: how late the generator itself was. */
  readonly lagP99Ms?: number;
  /** Open loop only: the generator was too late to be believed. */
  readonly voided?: boolean;
}

export class Recording {
  readonly #workload: Workload;
  readonly #histogram = latencyHistogram();
  readonly #errors = new Map<string, number>();
  #succeeded = 0;
  #discarded = 0;

  constructor(workload: Workload) {
    this.#workload = workload;
  }

  add(answer: Answer, elapsedMs: number): void {
    recordMs(this.#histogram, elapsedMs);
    const fault = answer.fault ?? this.#workload.fault(answer.status, answer.bodyBytes);
    if (fault === undefined) this.#succeeded++;
    else this.#errors.set(fault, (this.#errors.get(fault) ?? 0) + 1);
  }

  /** An answer of the warm-up. */
  discard(): void {
    this.#discarded++;
  }

  measurement(elapsedMs: number): Measurement {
    const at = (percentile: number) => this.#histogram.getValueAtPercentile(percentile) / 1_000;
    const seconds = elapsedMs / 1_000;
    return {
      seconds,
      succeeded: this.#succeeded,
      answered: this.#histogram.totalCount + this.#discarded,
      opsPerS: this.#succeeded / seconds,
      p50Ms: at(50),
      p99Ms: at(99),
      p999Ms: at(99.9),
      maxMs: this.#histogram.maxValue / 1_000,
      errors: Object.fromEntries(this.#errors),
      histogram: encodeIntoCompressedBase64(this.#histogram),
    };
  }
}
