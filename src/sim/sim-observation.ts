/** Logger and metrics of a simulated node: log lines go into the trace, numbers into a table. */

import type { LogFields, Logger } from '../ports/logger.ts';
import type { Counter, Gauge, Histogram, Instrument, Metrics } from '../ports/metrics.ts';
import type { Simulation } from './simulation.ts';

export class SimLogger implements Logger {
  readonly #simulation: Simulation;
  readonly #node: string;

  constructor(simulation: Simulation, node: string) {
    this.#simulation = simulation;
    this.#node = node;
  }

  debug(event: string, fields?: LogFields): void {
    this.#write('debug', event, fields);
  }

  info(event: string, fields?: LogFields): void {
    this.#write('info', event, fields);
  }

  warn(event: string, fields?: LogFields): void {
    this.#write('warn', event, fields);
  }

  error(event: string, fields?: LogFields): void {
    this.#write('error', event, fields);
  }

  #write(level: string, event: string, fields: LogFields = {}): void {
    this.#simulation.trace(`${this.#node} ${level} ${event} ${JSON.stringify(fields)}`);
  }
}

export class SimMetrics implements Metrics {
  readonly #values = new Map<string, number>();

  /** Current value of a counter or gauge, last value of a histogram; 0 where there is none. */
  value(name: string, labels: Instrument['labels'] = {}): number {
    return this.#values.get(nameOf({ name, help: '', labels })) ?? 0;
  }

  counter(instrument: Instrument): Counter {
    const name = nameOf(instrument);
    return { add: (amount = 1) => this.#values.set(name, (this.#values.get(name) ?? 0) + amount) };
  }

  gauge(instrument: Instrument): Gauge {
    return this.#setter(instrument, 'set');
  }

  histogram(instrument: Instrument): Histogram {
    return this.#setter(instrument, 'observe');
  }

  #setter<Method extends string>(instrument: Instrument, method: Method) {
    const name = nameOf(instrument);
    const set = (value: number) => void this.#values.set(name, value);
    return { [method]: set } as Record<Method, (value: number) => void>;
  }
}

function nameOf({ name, labels = {} }: Instrument): string {
  return `${name}${JSON.stringify(labels)}`;
}
