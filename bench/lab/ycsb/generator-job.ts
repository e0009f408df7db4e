/** What the generator's process is told, and what it tells. */

import type { StoreAddress } from './stores/remote-store.ts';
import type { OperationKind, WorkloadName } from './workloads.ts';

export interface GeneratorJob {
  readonly store: StoreAddress;
  readonly records: number;
  readonly seed: number;
  readonly drive: Drive;
}

export type Drive =
  /** Writes every record once. */
  | { readonly loop: 'load'; readonly concurrency: number }
  /** Each of so many asks again as soon as it is answered: how much the store can do. */
  | ({ readonly loop: 'closed'; readonly concurrency: number } & Period)
  /** On a schedule, whoever has been answered: latency from the intended time of sending. */
  | ({ readonly loop: 'open'; readonly rate: number } & Period);

export interface Period {
  readonly workload: WorkloadName;
  /** What is asked before this has passed is not counted. */
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface Measured {
  readonly seconds: number;
  /** Operations that succeeded. */
  readonly succeeded: number;
  readonly opsPerS: number;
  /** All operations, failed ones at their full duration. */
  readonly all: Latency;
  readonly byKind: Readonly<Partial<Record<OperationKind, Latency>>>;
  /** By what went wrong. */
  readonly errors: Readonly<Record<string, number>>;
  /** Open loop: how late the generator itself was, and whether that voids the run. */
  readonly lagP99Ms: number;
  readonly voided: boolean;
}

/** In milliseconds. */
export interface Latency {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** HdrHistogram's compressed format in base64, of microseconds. */
  readonly histogram: string;
}
