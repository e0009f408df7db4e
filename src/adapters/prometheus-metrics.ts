/**
 * The Metrics port on prom-client, with the text that Prometheus scrapes.
 *
 * Series are bound to their label values when an instrument is made: adding to a counter then
 * costs about 50 ns and observing 0.2 µs. All instruments of one name must agree in kind, label
 * names and buckets; one that does not is a mistake in the program, and throws.
 */

import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { invariant } from '../kernel/invariant.ts';
import type { Instrument, Metrics } from '../ports/metrics.ts';

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
  const counters = new Families<Counter>();
  const gauges = new Families<Gauge>();
  const histograms = new Families<Histogram>();
  return {
    contentType: registry.contentType,
    exposition: () => registry.metrics(),

    counter(instrument) {
      const config = configOf(instrument, registry);
      const family = counters.get(config, () => new Counter(config));
      const series = family.labels(instrument.labels ?? {});
      // Exposed from the start, so that a rate counts the first increment too.
      series.inc(0);
      return { add: (amount = 1) => series.inc(amount) };
    },

    gauge(instrument) {
      const config = configOf(instrument, registry);
      const family = gauges.get(config, () => new Gauge(config));
      const series = family.labels(instrument.labels ?? {});
      return { set: (value) => series.set(value) };
    },

    histogram(instrument, buckets) {
      const config = { ...configOf(instrument, registry), buckets: [...buckets] };
      const family = histograms.get(config, () => new Histogram(config));
      const series = family.labels(instrument.labels ?? {});
      return { observe: (value) => series.observe(value) };
    },
  };
}

interface Config {
  readonly name: string;
  readonly help: string;
  readonly labelNames: string[];
  readonly registers: Registry[];
  readonly buckets?: number[];
}

function configOf({ name, help, labels }: Instrument, registry: Registry): Config {
  const labelNames = Object.keys(labels ?? {}).sort();
  return { name: PREFIX + name, help, labelNames, registers: [registry] };
}

/** One family a name, with one series in it for each set of label values. */
class Families<Family> {
  readonly #byName = new Map<string, { readonly shape: string; readonly family: Family }>();

  /** Makes the family at first. Should another kind have the name, prom-client refuses it. */
  get(config: Config, make: () => Family): Family {
    const { name, labelNames, buckets = [] } = config;
    const shape = `labels [${labelNames}] and buckets [${buckets}]`;
    const known = this.#byName.get(name);
    if (known !== undefined) {
      invariant(known.shape === shape, `${name} has ${known.shape}, not ${shape}`);
      return known.family;
    }
    const family = make();
    this.#byName.set(name, { shape, family });
    return family;
  }
}
