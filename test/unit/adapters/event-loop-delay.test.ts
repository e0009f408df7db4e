import { beforeEach, expect, it } from 'vitest';
import { EventLoopDelay } from '../../../src/adapters/event-loop-delay.ts';
import { createPrometheusMetrics } from '../../../src/adapters/prometheus-metrics.ts';
import type { Clock } from '../../../src/ports/clock.ts';

const INTERVAL_MS = 5;

let now: number;
let due: (() => void) | undefined;
let delay: EventLoopDelay;
let scrape: () => Promise<number>;

const clock: Clock = {
  now: () => now,
  wallTime: () => now,
  setTimer: (_delayMs, fire) => {
    due = fire;
    return {
      cancel: () => {
        due = undefined;
      },
    };
  },
};

/** The timer fires when the loop is free again. */
function fireAfter(ms: number): void {
  now += ms;
  due?.();
}

beforeEach(() => {
  now = 1_000;
  const metrics = createPrometheusMetrics();
  delay = new EventLoopDelay(clock, metrics);
  scrape = async () => {
    delay.publish();
    const line = /^quorate_event_loop_delay_max_seconds (\S+)$/m;
    return Number(line.exec(await metrics.exposition())?.[1]);
  };
});

it('is nothing while the timer fires in time', async () => {
  for (let i = 0; i < 10; i++) fireAfter(INTERVAL_MS);
  expect(await scrape()).toBe(0);
});

it('is the longest by which the timer was late since the last scrape', async () => {
  for (const late of [20, 300, 40]) fireAfter(INTERVAL_MS + late);
  expect(await scrape()).toBeCloseTo(0.3);
  fireAfter(INTERVAL_MS + 15);
  expect(await scrape()).toBeCloseTo(0.015);
});

it('has what held the scrape itself up, and has it once', async () => {
  now += INTERVAL_MS + 500;
  expect(await scrape()).toBeCloseTo(0.5);
  fireAfter(0);
  fireAfter(INTERVAL_MS);
  expect(await scrape()).toBe(0);
});

it('leaves no timer behind', () => {
  fireAfter(INTERVAL_MS);
  delay.stop();
  expect(due).toBeUndefined();
});
