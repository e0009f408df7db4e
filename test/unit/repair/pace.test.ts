import { beforeEach, describe, expect, it } from 'vitest';
import { Pace } from '../../../src/repair/pace.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';

let simulation: Simulation;

beforeEach(() => {
  simulation = new Simulation(1, settle);
});

async function elapsed(work: Promise<void>): Promise<number> {
  const before = simulation.nowMs;
  await simulation.complete(work);
  return simulation.nowMs - before;
}

describe('a pace', () => {
  it('spends no more bytes a second than it may, whoever spends them', async () => {
    const pace = new Pace(new SimClock(simulation), 1_000);
    const both = Promise.all([pace.spend(250), pace.spend(250)]).then(() => {});
    expect(await elapsed(both)).toBe(500);
    expect(await elapsed(pace.spend(100))).toBe(100);
  });

  it('saves nothing up while nothing is to do', async () => {
    const pace = new Pace(new SimClock(simulation), 1_000);
    await simulation.advance(60_000);
    expect(await elapsed(pace.spend(1_000))).toBe(1_000);
  });

  it('lets others have their turn in any case', async () => {
    expect(await elapsed(new Pace(new SimClock(simulation), 1_000).spend(0))).toBe(1);
  });

  it('rests several times as long as the event loop kept its timer waiting', async () => {
    let lateMs = 100;
    const late = new SimClock(simulation);
    const clock = {
      now: () => late.now(),
      wallTime: () => late.wallTime(),
      setTimer: (delayMs: number, fire: () => void) => late.setTimer(delayMs + lateMs, fire),
    };
    const pace = new Pace(clock, 1_000);
    expect(await elapsed(pace.spend(10))).toBe(10 + 100 + 400 + 100);
    lateMs = 2;
    expect(await elapsed(pace.spend(10))).toBe(12);
  });
});
