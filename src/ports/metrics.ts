/**
 * Numbers about a running node. Instruments are bound to their labels when they are made,
 * so that the path of a request only adds.
 */

import type { Distribution } from '../kernel/distribution.ts';

export interface Instrument {
  /** Prometheus name without the `quorate_` prefix, with its unit: `read_seconds`. */
  readonly name: string;
  readonly help: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface Counter {
  add(amount?: number): void;
}

export interface Gauge {
  set(value: number): void;
}

export interface Histogram {
  observe(value: number): void;
}

/** What one series says now. */
export interface Reading {
  readonly labels: Readonly<Record<string, string>>;
  /** Of a histogram: how many observations. */
  readonly value: number;
  /** Of a histogram alone. */
  readonly distribution?: Distribution;
}

export interface Metrics {
  counter(instrument: Instrument): Counter;
  gauge(instrument: Instrument): Gauge;
  /** `buckets` are upper bounds in the instrument's unit, rising. */
  histogram(instrument: Instrument, buckets: readonly number[]): Histogram;
  /** All series of this name; none where there is no such instrument. */
  read(name: string): readonly Reading[];
}
