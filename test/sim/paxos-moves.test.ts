/** Registers stay linearizable while their partition moves from node to node. */

import { describe, expect, it } from 'vitest';
import { checkHistory } from '../../src/checkers/models.ts';
import { MovingRegisterRun } from './moving-register-run.ts';

const SEEDS = Array.from({ length: 25 }, (_, i) => i + 1);

describe('registers whose partition moves', () => {
  const totals = { moves: 0, turnedBack: 0, deaths: 0, acknowledged: 0 };

  it.each(SEEDS)('are linearizable (seed %i)', async (seed) => {
    const run = new MovingRegisterRun(seed);
    const history = await run.run();
    for (const name of Object.keys(totals) as (keyof typeof totals)[]) {
      totals[name] += run.counts[name];
    }
    const limits = { now: () => performance.now(), timeMs: 20_000 };
    expect(checkHistory(history, 'versioned', limits)).toEqual({ verdict: 'ok' });
  });

  it('meet enough of everything', () => {
    expect(totals.moves).toBeGreaterThan(3 * SEEDS.length);
    expect(totals.turnedBack).toBeGreaterThan(0);
    expect(totals.deaths).toBeGreaterThan(0);
    expect(totals.acknowledged).toBeGreaterThan(30 * SEEDS.length);
  });
});
