import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { runWorkload } from './workload.ts';

const FIXED_SEEDS = Array.from({ length: 12 }, (_, i) => i + 1);
/** A key is deleted anew while its reaping is under way to the disk of the node that reaps it. */
const DELETED_AGAIN_SEED = 45;
/** Printed with every failure, so that it can be run again. */
const FRESH_SEED = randomInt(1_000, 2 ** 31);

/** Of all seeds; in single runs the faults may leave nothing to acknowledge. */
const seen = { acknowledged: 0, sloppy: 0, reaped: 0 };

describe('a cluster under random faults', () => {
  it.each([...FIXED_SEEDS, DELETED_AGAIN_SEED, FRESH_SEED])(
    'loses nothing with seed %i',
    async (seed) => {
      const report = await runWorkload(seed);
      expect(report.violations).toEqual([]);
      seen.acknowledged += report.acknowledged;
      seen.sloppy += report.sloppy;
      seen.reaped += report.reaped;
    },
  );

  it('acknowledges writes all the same, some of them with fallbacks, and reaps', () => {
    expect(seen.acknowledged).toBeGreaterThan(FIXED_SEEDS.length);
    expect(seen.sloppy).toBeGreaterThan(0);
    expect(seen.reaped).toBeGreaterThan(0);
  });

  it('does exactly the same when a seed is run twice', async () => {
    const first = await runWorkload(FRESH_SEED);
    const second = await runWorkload(FRESH_SEED);
    expect(second).toEqual(first);
    expect((await runWorkload(FRESH_SEED + 1)).traceHash).not.toBe(first.traceHash);
  });
});
