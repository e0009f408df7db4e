/**
 * The Metrics port, exposed by prom-client in the text format that Prometheus scrapes.
 *
 * prom-client finds the series of a sample by its labels, each time (3 µs a request in a
 * busy server); here a series is bound to its labels when it is made and is plain numbers
 * from then on, which prom-client reads when it is scraped. All instruments of one name must
 * agree in kind, label names and buckets; one that does not is a mistake in the program.
 */

import { type Metric, Registry } from 'prom-client';
import { countOf, type Distribution } from '../kernel/distribution.ts';
import { invariant } from '../kernel/invariant.ts';
import type { Counter, Gauge, Histogram, Instrument, Metrics, Reading } from '../ports/metrics.ts';

const PREFIX = 'quorate_';

export interface PrometheusMetrics extends Metrics {
  /** Value of the `Content-Type` header that goes with `exposition`. */
  readonly contentType: string;
  /** All series, in the Prometheus text format. */
  exposition(): Promise<string>;
}

export function createPrometheusMetrics(): PrometheusMetrics {
  // A registry of its own: several nodes may live in one process.
  const registry = new Registry();
  const families = new Map<string, Family<Series>>();

  function series<Kind extends Series>(
    instrument: Instrument,
    type: MetricType,
    shape: string,
    make: (labels: Labels) => Kind,
  ): Kind {
    const { name, help, labels = {} } = instrument;
    const wanted = `${type} of labels [${Object.keys(labels).sort()}]${shape}`;
    let family = families.get(name) as Family<Kind> | undefined;
    if (family === undefined) {
      family = new Family(PREFIX + name, help, type, wanted);
      families.set(name, family);
      // All that the registry asks of a metric is its name and `get`.
      registry.registerMetric(family as unknown as Metric);
    }
    invariant(family.shape === wanted, `${name} is a ${family.shape}, not a ${wanted}`);
    return family.series(labels, make);
  }

  return {
    contentType: registry.contentType,
    exposition: () => registry.metrics(),
    counter: (instrument) =>
      series(instrument, 'counter', '', (labels) => new NumberSeries(labels)),
    gauge: (instrument) => series(instrument, 'gauge', '', (labels) => new NumberSeries(labels)),
    histogram: (instrument, buckets) =>
      series(
        instrument,
        'histogram',
        ` and buckets [${buckets}]`,
        (labels) => new HistogramSeries(PREFIX + instrument.name, labels, buckets),
      ),
    read: (name) => families.get(name)?.readings() ?? [],
  };
}

type MetricType = 'counter' | 'gauge' | 'histogram';

type Labels = Readonly<Record<string, string>>;

/** As prom-client writes it out. */
interface Sample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** Where it is not the name of the family. */
  readonly metricName?: string;
}

interface Series {
  samples(): readonly Sample[];
  reading(): Reading;
}

/** All series of one name, in the form of a metric of prom-client. */
class Family<Kind extends Series> {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly shape: string;
  readonly #series = new Map<string, Kind>();

  constructor(name: string, help: string, type: MetricType, shape: string) {
    this.name = name;
    this.help = help;
    this.type = type;
    this.shape = shape;
  }

  series(labels: Labels, make: (labels: Labels) => Kind): Kind {
    const key = JSON.stringify(Object.entries(labels).sort());
    const series = this.#series.get(key) ?? make(labels);
    this.#series.set(key, series);
    return series;
  }

  readings(): readonly Reading[] {
    return [...this.#series.values()].map((series) => series.reading());
  }

  get() {
    const { name, help, type } = this;
    const values = [...this.#series.values()].flatMap((series) => series.samples());
    return { name, help, type, values, aggregator: 'sum' };
  }
}

/** A counter or a gauge; exposed from the start, so that a rate counts the first step too. */
class NumberSeries implements Series, Counter, Gauge {
  readonly #labels: Labels;
  #value = 0;

  constructor(labels: Labels) {
    this.#labels = labels;
  }

  add(amount = 1): void {
    this.#value += amount;
  }

  set(value: number): void {
    this.#value = value;
  }

  samples(): readonly Sample[] {
    return [this.reading()];
  }

  reading(): Reading {
    return { labels: this.#labels, value: this.#value };
  }
}

class HistogramSeries implements Series, Histogram {
  readonly #name: string;
  readonly #labels: Labels;
  readonly #bounds: readonly number[];
  /** By bucket, those beyond the last bound at the end; not summed up. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(name: string, labels: Labels, bounds: readonly number[]) {
    this.#name = name;
    this.#labels = labels;
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    let bucket = 0;
    while (bucket < this.#bounds.length && value > (this.#bounds[bucket] as number)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#sum += value;
  }

  samples(): readonly Sample[] {
    const distribution = this.#distribution();
    const samples: Sample[] = distribution.counts.map((count, bucket) => {
      const le = this.#bounds[bucket] ?? '+Inf';
      return { metricName: `${this.#name}_bucket`, labels: { le, ...this.#labels }, value: count };
    });
    const value = countOf(distribution);
    samples.push({ metricName: `${this.#name}_sum`, labels: this.#labels, value: this.#sum });
    samples.push({ metricName: `${this.#name}_count`, labels: this.#labels, value });
    return samples;
  }

  reading(): Reading {
    const distribution = this.#distribution();
    return { labels: this.#labels, value: countOf(distribution), distribution };
  }

  #distribution(): Distribution {
    let count = 0;
    const counts: number[] = [];
    for (const inBucket of this.#counts) {
      count += inBucket;
      counts.push(count);
    }
    return { bounds: this.#bounds, counts };
  }
}
