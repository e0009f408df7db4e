/** What every Metrics must do. The fixture reads back one series, undefined if there is none. */

import { beforeEach, describe, expect, it } from 'vitest';
import type { Instrument, Metrics } from '../../src/ports/metrics.ts';

export interface Observed {
  readonly count: number;
  readonly sum: number;
  /** How many observations were at or below each of the histogram's bounds. */
  readonly atOrBelow: readonly number[];
}

export interface MetricsFixture {
  readonly metrics: Metrics;
  /** Of a counter or gauge. */
  value(instrument: Instrument): Promise<number | undefined>;
  observed(instrument: Instrument, buckets: readonly number[]): Promise<Observed | undefined>;
}

const PUTS: Instrument = { name: 'puts_total', help: 'Puts.', labels: { outcome: 'ok' } };
const FAILED_PUTS: Instrument = { ...PUTS, labels: { outcome: 'failed' } };
const PENDING: Instrument = { name: 'pending_writes', help: 'Writes not yet durable.' };
const READ_SECONDS: Instrument = { name: 'read_seconds', help: 'Time of a read.' };
const BOUNDS = [0.001, 0.01, 0.1];

export function metricsContract(name: string, make: () => MetricsFixture): void {
  describe(`${name} is a Metrics`, () => {
    let fixture: MetricsFixture;
    let metrics: Metrics;

    beforeEach(() => {
      fixture = make();
      metrics = fixture.metrics;
    });

    it('counts from zero, by one or by more', async () => {
      const puts = metrics.counter(PUTS);
      expect(await fixture.value(PUTS)).toBe(0);
      puts.add();
      puts.add(2.5);
      puts.add(0);
      expect(await fixture.value(PUTS)).toBe(3.5);
    });

    it('keeps series of one name apart by their labels', async () => {
      metrics.counter(PUTS).add(2);
      metrics.counter(FAILED_PUTS).add(3);
      expect(await fixture.value(PUTS)).toBe(2);
      expect(await fixture.value(FAILED_PUTS)).toBe(3);
    });

    it('takes two instruments of the same name and labels for one', async () => {
      const first = metrics.counter(PUTS);
      first.add();
      metrics.counter({ ...PUTS, labels: { ...PUTS.labels } }).add();
      first.add();
      expect(await fixture.value(PUTS)).toBe(3);
    });

    it('shows the last value of a gauge', async () => {
      const pending = metrics.gauge(PENDING);
      pending.set(7);
      pending.set(-1.5);
      expect(await fixture.value(PENDING)).toBe(-1.5);
    });

    it('sorts observations by upper bounds, inclusive', async () => {
      const reads = metrics.histogram(READ_SECONDS, BOUNDS);
      for (const seconds of [0.001, 0.002, 0.01, 0.5]) reads.observe(seconds);
      const observed = await fixture.observed(READ_SECONDS, BOUNDS);
      expect(observed).toMatchObject({ count: 4, atOrBelow: [1, 3, 3] });
      expect(observed?.sum).toBeCloseTo(0.513);
    });

    it('keeps labelled histograms of one name apart', async () => {
      const byPeer = (peer: string): Instrument => ({ ...READ_SECONDS, labels: { peer } });
      metrics.histogram(byPeer('n1'), BOUNDS).observe(0.05);
      metrics.histogram(byPeer('n2'), BOUNDS).observe(0.005);
      metrics.histogram(byPeer('n1'), BOUNDS).observe(0.05);
      expect(await fixture.observed(byPeer('n1'), BOUNDS)).toMatchObject({ count: 2 });
      expect(await fixture.observed(byPeer('n2'), BOUNDS)).toMatchObject({ count: 1 });
      expect(await fixture.observed(byPeer('n3'), BOUNDS)).toBeUndefined();
    });

    it('reads all series of a name', () => {
      metrics.counter(PUTS).add(2);
      metrics.counter(FAILED_PUTS).add(3);
      metrics.gauge(PENDING).set(-1.5);
      expect(metrics.read(PUTS.name)).toEqual([
        { labels: { outcome: 'ok' }, value: 2 },
        { labels: { outcome: 'failed' }, value: 3 },
      ]);
      expect(metrics.read(PENDING.name)).toEqual([{ labels: {}, value: -1.5 }]);
      expect(metrics.read('nothing_total')).toEqual([]);
    });

    it('reads histograms as how many were at or below each bound, and in all', () => {
      const reads = metrics.histogram(READ_SECONDS, BOUNDS);
      for (const seconds of [0.001, 0.002, 0.01, 0.5]) reads.observe(seconds);
      expect(metrics.read(READ_SECONDS.name)).toEqual([
        { labels: {}, value: 4, distribution: { bounds: BOUNDS, counts: [1, 3, 3, 4] } },
      ]);
    });

    it('refuses one name for two kinds or two sets of labels', () => {
      metrics.counter(PUTS);
      expect(() => metrics.gauge(PUTS)).toThrow();
      expect(() => metrics.counter({ ...PUTS, labels: { bucket: 'b' } })).toThrow();
      metrics.histogram(READ_SECONDS, BOUNDS);
      expect(() => metrics.histogram(READ_SECONDS, [1, 2])).toThrow();
    });
  });
}
