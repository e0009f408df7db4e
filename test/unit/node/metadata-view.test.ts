/** Waiting for the state to become something. */

import { beforeEach, describe, expect, it } from 'vitest';
import { MetadataView } from '../../../src/node/metadata-group/metadata-view.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';
import { CountingClock } from './counting-clock.ts';

let simulation: Simulation;
let clock: CountingClock;
let view: MetadataView;
let looks: number;
let holds: boolean;
/** Who waits for news now. */
let waiting: number;

const awaitNews = () => {
  waiting++;
  return () => waiting--;
};

const done = <Result>(promise: Promise<Result>) => simulation.complete(promise);

const condition = () => {
  looks++;
  return holds;
};

beforeEach(() => {
  simulation = new Simulation(1, settle);
  const group = { state: undefined, registered: false, departing: false };
  clock = new CountingClock(simulation);
  view = new MetadataView('0123456789abcdef', group, clock, () => () => 0n, awaitNews);
  looks = 0;
  holds = false;
  waiting = 0;
});

async function change(): Promise<void> {
  view.changed();
  await settle();
}

describe('whoever waits', () => {
  it('does not wait where it holds already', async () => {
    holds = true;
    const held = view.until(condition, 0);
    expect(waiting).toBe(0);
    expect(await done(held)).toBe(true);
  });

  it('looks again at every change, until it holds', async () => {
    const held = view.until(condition, 10_000);
    await change();
    expect([looks, waiting]).toEqual([2, 1]);
    holds = true;
    await change();
    expect(await held).toBe(true);
    expect(waiting).toBe(0);
    expect([looks, simulation.nowMs]).toEqual([3, 0]);
    await change();
    expect(looks).toBe(3);
  });

  it('is told at its deadline that it does not hold, and is forgotten', async () => {
    const [early, late] = [view.until(condition, 100), view.until(condition, 10_000)];
    await change();
    expect(await done(early)).toBe(false);
    expect([simulation.nowMs, waiting]).toEqual([100, 1]);
    looks = 0;
    await change();
    expect(looks).toBe(1);
    holds = true;
    await change();
    expect(await late).toBe(true);
  });

  it('has one place among those who wait, however many changes there were', async () => {
    const waiting = view.until(condition, 100);
    for (let changes = 0; changes < 5; changes++) await change();
    expect(await done(waiting)).toBe(false);
    const before = clock.cancelled;
    await change();
    expect(clock.cancelled).toBe(before);
  });
});
