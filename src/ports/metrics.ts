/**
 * Numbers about a running node. Instruments are bound to their labels when they are made,
 * so that the path of a request only adds.
 */

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

export interface Metrics {
  counter(instrument: Instrument): Counter;
  gauge(instrument: Instrument): Gauge;
  /** `buckets` are upper bounds in the instrument's unit, rising. */
  histogram(instrument: Instrument, buckets: readonly number[]): Histogram;
}
