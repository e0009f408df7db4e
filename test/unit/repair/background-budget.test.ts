import { beforeEach, describe, expect, it } from 'vitest';
import {
  BackgroundBudget,
  BUSY_BYTES_PER_SECOND,
  BUSY_FROM_REQUESTS,
  IDLE_BYTES_PER_SECOND,
  STEPS_MAX,
} from '../../../src/repair/background-budget.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimMetrics } from '../../../src/sim/sim-observation.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';

let simulation: Simulation;
let budget: BackgroundBudget;
let requests: number;
let metrics: SimMetrics;

beforeEach(() => {
  simulation = new Simulation(1, settle);
  metrics = new SimMetrics();
  requests = 0;
  const clock = new SimClock(simulation);
  budget = new BackgroundBudget({ clock, metrics, requestsInFlight: () => requests });
});

async function tookMs(work: Promise<unknown>): Promise<number> {
  const startedAt = simulation.nowMs;
  await simulation.complete(work);
  return simulation.nowMs - startedAt;
}

describe('the bytes a second', () => {
  const MORE_THAN_ALL = 10 * IDLE_BYTES_PER_SECOND;

  it('are shared by all kinds of work', async () => {
    const paces = [budget.pace(MORE_THAN_ALL), budget.pace(MORE_THAN_ALL)];
    const half = IDLE_BYTES_PER_SECOND / 2;
    const both = Promise.all(paces.map((pace) => pace.spend(half)));
    expect(await tookMs(both)).toBeCloseTo(1_000, 0);
    expect(metrics.value('background_bytes_total')).toBe(IDLE_BYTES_PER_SECOND);
  });

  it('of one kind are no more than it may have for itself', async () => {
    expect(await tookMs(budget.pace(1_000).spend(500))).toBeCloseTo(500, 0);
    // What one kind has not used is there for another.
    expect(await tookMs(budget.pace(MORE_THAN_ALL).spend(1_000))).toBeLessThan(2);
  });

  it('are fewer while clients are served, and never none', async () => {
    requests = BUSY_FROM_REQUESTS;
    const busy = budget.pace(MORE_THAN_ALL).spend(BUSY_BYTES_PER_SECOND);
    expect(await tookMs(busy)).toBeCloseTo(1_000, 0);
    requests = BUSY_FROM_REQUESTS - 1;
    const idle = budget.pace(MORE_THAN_ALL).spend(BUSY_BYTES_PER_SECOND);
    const share = BUSY_BYTES_PER_SECOND / IDLE_BYTES_PER_SECOND;
    expect(await tookMs(idle)).toBeCloseTo(1_000 * share, 0);
  });

  it('that were not spent are not saved up', async () => {
    const pace = budget.pace(MORE_THAN_ALL);
    await simulation.advance(60_000);
    expect(await tookMs(pace.spend(IDLE_BYTES_PER_SECOND))).toBeCloseTo(1_000, 0);
  });
});

describe('the steps at a time', () => {
  it('are bounded; the others have their turn in order, also after failures', async () => {
    const begun: number[] = [];
    const steps = Array.from({ length: 2 * STEPS_MAX }, (_, n) =>
      budget.run(
        () =>
          new Promise((resolve, reject) => {
            begun.push(n);
            simulation.schedule(100, () => (n % 2 === 0 ? resolve(n) : reject(new Error('no'))));
          }),
      ),
    );
    const ended = Promise.allSettled(steps);
    await simulation.advance(50);
    expect(begun).toHaveLength(STEPS_MAX);
    expect(await tookMs(ended)).toBe(150);
    expect(begun).toEqual(Array.from({ length: 2 * STEPS_MAX }, (_, n) => n));
  });
});
