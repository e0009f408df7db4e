/** Logger and metrics of a simulated node: log lines go into the trace, numbers into a table. */

import { invariant } from '../kernel/invariant.ts';
import type { LogFields, Logger } from '../ports/logger.ts';
import type { Counter, Gauge, Histogram, Instrument, Metrics, Reading } from '../ports/metrics.ts';
import type { Simulation } from './simulation.ts';

export interface SimLogEntry {
  readonly level: keyof Logger;
  readonly event: string;
  readonly fields: LogFields;
}

export class SimLogger implements Logger {
  readonly entries: SimLogEntry[] = [];
  readonly debug: Logger['debug'];
  readonly info: Logger['info'];
  readonly warn: Logger['warn'];
  readonly error: Logger['error'];

  constructor(simulation: Simulation, node: string) {
    const at =
      (level: keyof Logger) =>
      (event: string, fields: LogFields = {}) => {
        simulation.trace(`${node} ${level} ${event} ${textOfFields(fields)}`);
        this.entries.push({ level, event, fields: flattenErrors(fields) });
      };
    this.debug = at('debug');
    this.info = at('info');
    this.warn = at('warn');
    this.error = at('error');
  }
}

function flattenErrors(fields: LogFields): LogFields {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    value instanceof Error ? { message: messageWithCauses(value) } : value,
  ]);
  return Object.fromEntries(entries);
}

function messageWithCauses(error: Error): string {
  const cause = error.cause instanceof Error ? `: ${messageWithCauses(error.cause)}` : '';
  return error.message + cause;
}

function textOfFields(fields: LogFields): string {
  try {
    return JSON.stringify(fields, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
  } catch {
    return Object.keys(fields).join(' ');
  }
}

/** One series: a counter or gauge has a value, a histogram also its observations. */
interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  value: number;
  readonly observations: number[];
  /** Of a histogram alone. */
  readonly bounds: readonly number[] | undefined;
}

export class SimMetrics implements Metrics {
  readonly #series = new Map<string, Series>();
  /** By name: what the first instrument of that name was. */
  readonly #kinds = new Map<string, string>();

  /** Of a counter or gauge; undefined where there is no such instrument. */
  value(name: string, labels: Instrument['labels'] = {}): number | undefined {
    return this.#series.get(seriesName(name, labels))?.value;
  }

  /** Of a histogram, in the order they were made. */
  observations(name: string, labels: Instrument['labels'] = {}): readonly number[] | undefined {
    return this.#series.get(seriesName(name, labels))?.observations;
  }

  counter(instrument: Instrument): Counter {
    const series = this.#open(instrument, 'counter');
    return {
      add: (amount = 1) => {
        series.value += amount;
      },
    };
  }

  gauge(instrument: Instrument): Gauge {
    const series = this.#open(instrument, 'gauge');
    return {
      set: (value) => {
        series.value = value;
      },
    };
  }

  histogram(instrument: Instrument, buckets: readonly number[]): Histogram {
    const series = this.#open(instrument, `histogram ${buckets}`, buckets);
    return { observe: (value) => void series.observations.push(value) };
  }

  read(name: string): readonly Reading[] {
    return [...this.#series.values()].filter((series) => series.name === name).map(readingOf);
  }

  #open(
    { name, labels = {} }: Instrument,
    shape: string,
    bounds: readonly number[] | undefined = undefined,
  ): Series {
    const kind = `${shape} ${Object.keys(labels).sort()}`;
    const known = this.#kinds.get(name) ?? kind;
    invariant(known === kind, `metric ${name} is ${known} and cannot be ${kind}`);
    this.#kinds.set(name, kind);
    const key = seriesName(name, labels);
    const series = this.#series.get(key) ?? { name, labels, value: 0, observations: [], bounds };
    this.#series.set(key, series);
    return series;
  }
}

function readingOf({ labels, value, observations, bounds }: Series): Reading {
  if (bounds === undefined) return { labels, value };
  const atMost = bounds.map((bound) => observations.filter((one) => one <= bound).length);
  const distribution = { bounds, counts: [...atMost, observations.length] };
  return { labels, value: observations.length, distribution };
}

function seriesName(name: string, labels: Readonly<Record<string, string>>): string {
  return `${name}${JSON.stringify(Object.entries(labels).sort())}`;
}
