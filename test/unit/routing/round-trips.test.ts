import { beforeEach, describe, expect, it } from 'vitest';
import { RoundTrips } from '../../../src/routing/round-trips.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';

let simulation: Simulation;
let clock: SimClock;
let roundTrips: RoundTrips;

beforeEach(() => {
  simulation = new Simulation(1, settle);
  clock = new SimClock(simulation);
  roundTrips = new RoundTrips(clock);
});

describe('what requests to others took lately', () => {
  it('is kept by node, reads apart from writes', async () => {
    await simulation.advance(10);
    roundTrips.read('n2', 7);
    roundTrips.wrote('n2', 4);
    roundTrips.wrote('n1', 9);
    await simulation.advance(5);
    expect(roundTrips.recent()).toEqual([
      { node: 'n1', readsMs: [], writesMs: [1], oldestAgeMs: 5 },
      { node: 'n2', readsMs: [3], writesMs: [6], oldestAgeMs: 5 },
    ]);
  });

  it('forgets what is old, and nodes of which only that is known', async () => {
    roundTrips.wrote('n2', 0);
    roundTrips.wrote('n3', 0);
    await simulation.advance(200_000);
    roundTrips.wrote('n2', clock.now() - 2);
    await simulation.advance(200_000);
    expect(roundTrips.recent()).toEqual([
      { node: 'n2', readsMs: [], writesMs: [2], oldestAgeMs: 200_000 },
    ]);
  });

  it('keeps a bounded number, the newest', () => {
    for (let i = 0; i < 600; i++) roundTrips.read('n2', -i);
    const [n2] = roundTrips.recent();
    expect(n2?.readsMs).toHaveLength(512);
    expect(Math.min(...(n2?.readsMs ?? []))).toBe(88);
  });
});
