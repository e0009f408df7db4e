import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { addCounts, neverMet } from '../counts.ts';
import { newRingCounts, runRingWorkload } from './ring-workload.ts';

/** Of every kind of run: see there. */
const FIXED_SEEDS = [1, 2, 3, 4, 6, 12, 14, 16];
/** Clients on both sides of a long cut read writes in doubt that only their own side has. */
const CUT_IN_A_MOVE_SEED = 530_494_969;
const REPEATED_SEED = 3;
/** Printed with every failure, so that it can be run again. */
const FRESH_SEED = randomInt(1_000, 2 ** 31);

const seen = newRingCounts();
const reports = new Map<number, Awaited<ReturnType<typeof runRingWorkload>>>();

describe('a ring that changes under faults', () => {
  it.each([...FIXED_SEEDS, CUT_IN_A_MOVE_SEED, FRESH_SEED])(
    'loses nothing with seed %i',
    async (seed) => {
      const report = await runRingWorkload(seed);
      expect(report.violations).toEqual([]);
      addCounts(seen, report.counts);
      reports.set(seed, report);
    },
  );

  it('does change, in every way', () => {
    expect(neverMet(seen)).toEqual([]);
  });

  it('does exactly the same when a seed is run twice', async () => {
    expect(await runRingWorkload(REPEATED_SEED)).toEqual(reports.get(REPEATED_SEED));
  });
});
