import { beforeEach, describe, expect, it } from 'vitest';
import { Contests } from '../../../src/paxos/contests.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimMetrics } from '../../../src/sim/sim-observation.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';

const LATER_MS = 10_000;

let simulation: Simulation;
let metrics: SimMetrics;
let contests: Contests;
let isBusy: boolean;
let log: string[];

beforeEach(() => {
  simulation = new Simulation(1, settle);
  metrics = new SimMetrics();
  isBusy = false;
  contests = new Contests({ clock: new SimClock(simulation), metrics }, () => isBusy);
  log = [];
});

/** Whether it has to wait; if so, the log tells when it goes. */
function refuse(name: string, deadline = LATER_MS): boolean {
  const waits = contests.noteRefusal('k');
  if (waits) contests.refusal('k', deadline).then(() => log.push(name));
  return waits;
}

function succeed(name: string, deadline = LATER_MS): void {
  contests.changed('k');
  contests.success('k', deadline).then(() => log.push(name));
}

/** One was refused, and the key changed since. */
function begin(): void {
  refuse('first of all');
  contests.changed('k');
}

/** What went since. */
async function gone(ms: number): Promise<string[]> {
  await simulation.advance(ms);
  return log.splice(0);
}

describe('who would be refused', () => {
  it('hears so at once where the key did not change since others were refused', () => {
    contests.changed('k');
    expect([refuse('a'), refuse('b'), refuse('c')]).toEqual([false, false, false]);
  });

  it('is let go by a change, the first that came', async () => {
    begin();
    isBusy = true;
    expect(['a', 'b', 'c'].map((name) => refuse(name))).toEqual([true, true, true]);
    expect(await gone(20)).toEqual([]);
    contests.changed('other');
    contests.changed('k');
    expect(await gone(1)).toEqual(['a']);
    contests.changed('k');
    expect(await gone(1)).toEqual(['b']);
    expect(metrics.value('register_contenders_waiting')).toBe(1);
  });

  it('is let go one by one while nobody is at the key', async () => {
    begin();
    for (const name of ['a', 'b', 'c']) refuse(name);
    expect(await gone(6)).toEqual(['a']);
    isBusy = true;
    expect(await gone(5)).toEqual([]);
    isBusy = false;
    expect(await gone(5)).toEqual(['b']);
    expect(await gone(5)).toEqual(['c']);
    expect(metrics.value('register_contenders_waiting')).toBe(0);
  });

  it('is let go with all others where no change comes, and the contest is forgotten', async () => {
    begin();
    isBusy = true;
    for (const name of ['a', 'b', 'c']) refuse(name);
    expect(await gone(98)).toEqual([]);
    expect(await gone(4)).toEqual(['a', 'b', 'c']);
    expect(refuse('d')).toBe(false);
  });

  it('is let go after a time however it goes on, and well before its deadline', async () => {
    begin();
    isBusy = true;
    for (let i = 0; i < 9; i++) refuse(`${i}`);
    refuse('short of time', 100);
    expect(await gone(51)).toEqual(['short of time']);
    for (let i = 0; i < 5; i++) {
      contests.changed('k');
      await simulation.advance(85);
    }
    expect(log.splice(0)).toEqual(['0', '1', '2', '3', '4']);
    contests.changed('k');
    expect(await gone(1)).toEqual(['5']);
    expect(await gone(60)).toEqual(['6', '7', '8']);
  });
});

describe('who made a change', () => {
  it('hears of it at once where nobody waited for it', async () => {
    succeed('a');
    begin();
    succeed('b');
    expect(await gone(0)).toEqual(['a', 'b']);
  });

  it('hears of it after the one that was let go has made the next', async () => {
    begin();
    for (const name of ['a', 'b']) refuse(name);
    isBusy = true;
    succeed('first');
    expect(await gone(10)).toEqual(['a']);
    succeed('second');
    expect(await gone(10)).toEqual(['b', 'first']);
    succeed('third');
    expect(await gone(0)).toEqual(['third', 'second']);
    expect(metrics.value('register_contenders_waiting')).toBe(0);
  });

  it('waits for a moment only, and well before its deadline', async () => {
    begin();
    for (const name of ['a', 'b']) refuse(name);
    isBusy = true;
    succeed('c');
    expect(await gone(24)).toEqual(['a']);
    expect(await gone(2)).toEqual(['c']);
    succeed('short of time', simulation.nowMs + 20);
    expect(await gone(9)).toEqual(['b']);
    expect(await gone(2)).toEqual(['short of time']);
  });
});
