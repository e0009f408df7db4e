/** Real peer transports on loopback for tests, and what they logged and counted. */

import type {
  PeerTransport,
  PeerTransportOptions,
} from '../../src/adapters/peer/peer-transport.ts';
import { createPeerTransport } from '../../src/adapters/peer/peer-transport.ts';
import { systemClock } from '../../src/adapters/system-clock.ts';
import { systemRandom } from '../../src/adapters/system-random.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { LogFields, Logger } from '../../src/ports/logger.ts';
import type { Metrics } from '../../src/ports/metrics.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly event: string;
  readonly fields: LogFields;
}

export class TestLogger implements Logger {
  readonly lines: LogLine[] = [];

  debug(event: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'debug', event, fields });
  }
  info(event: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'info', event, fields });
  }
  warn(event: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'warn', event, fields });
  }
  error(event: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'error', event, fields });
  }

  reasons(event: string): unknown[] {
    return this.lines.filter((line) => line.event === event).map((line) => line.fields.reason);
  }
}

/** Counts by `name{label values}`. */
export class TestMetrics implements Metrics {
  readonly counts = new Map<string, number>();

  counter({ name, labels = {} }: Parameters<Metrics['counter']>[0]) {
    const key = `${name}{${Object.values(labels).join(',')}}`;
    return {
      add: (amount = 1) => void this.counts.set(key, (this.counts.get(key) ?? 0) + amount),
    };
  }
  gauge() {
    return { set: () => {} };
  }
  histogram() {
    return { observe: () => {} };
  }
  read() {
    return [];
  }
}

export interface TestNode {
  readonly transport: PeerTransport;
  readonly logger: TestLogger;
  readonly metrics: TestMetrics;
  readonly fatal: Error[];
}

/** A transport that is not started yet. */
export function testNode(self: string, options: Partial<PeerTransportOptions> = {}): TestNode {
  const logger = new TestLogger();
  const metrics = new TestMetrics();
  const fatal: Error[] = [];
  const transport = createPeerTransport({
    self,
    clusterId: 'cluster-1',
    listen: { host: '127.0.0.1', port: 0 },
    peers: new Map(),
    clock: systemClock,
    random: systemRandom,
    logger,
    metrics,
    onFatal: (error) => fatal.push(error),
    ...options,
  });
  return { transport, logger, metrics, fatal };
}

export function loopback(port: number): { host: string; port: number } {
  return { host: '127.0.0.1', port };
}

/** A clock that runs `factor` times faster than the machine's. */
export function fastClock(factor: number): Clock {
  return {
    now: () => systemClock.now() * factor,
    wallTime: () => systemClock.wallTime(),
    setTimer: (delayMs, fire) => systemClock.setTimer(delayMs / factor, fire),
  };
}
