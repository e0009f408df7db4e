/** How long operations took, by kind, and what went wrong. */

import { encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import { QuorateError, TransportError } from '../../../src/kernel/errors.ts';
import { latencyHistogram, recordMs } from '../../throughput/recording.ts';
import type { Latency, Measured } from './generator-job.ts';
import type { OperationKind } from './workloads.ts';

/** Node's timers are good to 1 ms; more than a few such steps is a generator without a core. */
const LAG_P99_MS_MAX = 5;

export class YcsbRecording {
  readonly #all = latencyHistogram();
  readonly #byKind = new Map<OperationKind, Histogram>();
  readonly #errors = new Map<string, number>();
  readonly #lag = latencyHistogram();
  #succeeded = 0;

  add(kind: OperationKind, elapsedMs: number, error: unknown): void {
    recordMs(this.#all, elapsedMs);
    const ofKind = this.#byKind.get(kind) ?? latencyHistogram();
    this.#byKind.set(kind, ofKind);
    recordMs(ofKind, elapsedMs);
    if (error === undefined) this.#succeeded++;
    else this.#errors.set(nameOf(error), (this.#errors.get(nameOf(error)) ?? 0) + 1);
  }

  late(ms: number): void {
    recordMs(this.#lag, ms);
  }

  measured(measureMs: number): Measured {
    const seconds = measureMs / 1_000;
    const lagP99Ms = this.#lag.getValueAtPercentile(99) / 1_000;
    return {
      seconds,
      succeeded: this.#succeeded,
      opsPerS: this.#succeeded / seconds,
      all: latencyOf(this.#all),
      byKind: Object.fromEntries([...this.#byKind].map(([kind, one]) => [kind, latencyOf(one)])),
      errors: Object.fromEntries(this.#errors),
      lagP99Ms,
      voided: lagP99Ms > LAG_P99_MS_MAX,
    };
  }
}

function latencyOf(histogram: Histogram): Latency {
  const at = (percentile: number) => histogram.getValueAtPercentile(percentile) / 1_000;
  return {
    count: histogram.totalCount,
    p50: at(50),
    p95: at(95),
    p99: at(99),
    p999: at(99.9),
    max: histogram.maxValue / 1_000,
    histogram: encodeIntoCompressedBase64(histogram),
  };
}

function nameOf(error: unknown): string {
  if (error instanceof QuorateError) return error.code;
  if (error instanceof TransportError) return error.failure;
  const { code, name } = error as { code?: unknown; name?: string };
  return typeof code === 'string' ? code : (name ?? String(error));
}
