import { beforeEach, describe, expect, it } from 'vitest';
import { TransferPace } from '../../../../src/repair/transfer/transfer-pace.ts';
import { SimClock } from '../../../../src/sim/sim-clock.ts';
import { Simulation } from '../../../../src/sim/simulation.ts';
import { settle } from '../../../sim/settle.ts';

let simulation: Simulation;
/** How late each timer is. */
let lateMs: number;
/** For how long steps have held the event loop so far. */
let heldMs: number;
let pace: TransferPace;

beforeEach(() => {
  simulation = new Simulation(1, settle);
  lateMs = 0;
  heldMs = 0;
  const late = new SimClock(simulation);
  pace = new TransferPace({
    now: () => late.now() + heldMs,
    wallTime: () => late.wallTime(),
    setTimer: (delayMs, fire) => late.setTimer(delayMs + lateMs, fire),
  });
  pace.setBytesPerSecond(1_000);
});

async function elapsed(work: Promise<void>): Promise<number> {
  const before = simulation.nowMs;
  await simulation.complete(work);
  return Math.round(simulation.nowMs - before);
}

describe('the pace of transfers', () => {
  it('spends no more bytes a second than it may, whoever spends them, and saves nothing up', async () => {
    await simulation.advance(60_000);
    const both = Promise.all([pace.spend(250), pace.spend(250)]).then(() => {});
    expect(await elapsed(both)).toBe(501);
    expect(await elapsed(pace.spend(100))).toBe(101);
  });

  it('heeds a change while somebody waits', async () => {
    const waiting = pace.spend(1_000_000);
    await simulation.advance(500);
    pace.setBytesPerSecond(0);
    expect(await elapsed(waiting)).toBeLessThan(250);
    expect(await elapsed(pace.spend(1_000_000_000))).toBe(1);
    pace.setBytesPerSecond(500);
    expect(pace.bytesPerSecond).toBe(500);
    expect(await elapsed(pace.spend(100))).toBe(201);
  });

  it('rests as long as the event loop was late, without a bound too', async () => {
    pace.setBytesPerSecond(0);
    lateMs = 20;
    expect(await elapsed(pace.spend(10))).toBe(1 + 20 + 20 + 20);
    lateMs = 2;
    expect(await elapsed(pace.spend(10))).toBe(3);
    lateMs = 500;
    expect(await elapsed(pace.spend(10))).toBe(1 + 500 + 50 + 500);
  });

  it('rests some times as long as the steps held the event loop, all of them together', async () => {
    pace.setBytesPerSecond(0);
    const step = () => {
      heldMs += 3;
      return 'done';
    };
    expect([pace.step(step), pace.step(step)]).toEqual(['done', 'done']);
    const both = Promise.all([pace.spend(10), pace.spend(10)]).then(() => {});
    expect(await elapsed(both)).toBe(3 * 3 + (3 * 3 - 3));
    expect(await elapsed(pace.spend(10))).toBe(1);
    pace.step(step);
    await simulation.advance(100);
    expect(await elapsed(pace.spend(10))).toBe(1);
  });
});
