import { randomInt } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { addCounts, neverMet } from '../counts.ts';
import { NOTHING_MET } from './coverage.ts';
import { replayLine, runWorkload } from './workload.ts';

vi.mock('../../../src/repair/id-window.ts', () => import('./id-window.ts'));

/** Of every kind of run: see there. */
const FIXED_SEEDS = [1, 2, 3, 4, 5, 8, 10];
/** Printed with every failure, so that it can be run again. */
const FRESH_SEED = randomInt(1_000, 2 ** 31);

describe('paxos buckets under random faults', () => {
  it('are linearizable, and count right, with the fixed seeds, which meet what is common', async () => {
    const coverage = { ...NOTHING_MET };
    for (const seed of FIXED_SEEDS) {
      const report = await runWorkload(seed);
      expect(report.violation).toBeUndefined();
      addCounts(coverage, report.coverage);
    }
    expect(neverMet(coverage)).toEqual([]);
    expect(coverage.applied).toBeGreaterThan(300);
    expect(coverage.refused).toBeGreaterThan(100);
    expect(coverage.doubtsResolved).toBeGreaterThan(10);
    expect(coverage.answersRepeated).toBeGreaterThan(10);
  });

  it('are so with a fresh seed, and do exactly the same when it is run twice', async () => {
    const first = await runWorkload(FRESH_SEED);
    expect(first.violation).toBeUndefined();
    expect(await runWorkload(FRESH_SEED), replayLine(FRESH_SEED)).toEqual(first);
    expect((await runWorkload(FRESH_SEED + 1)).traceHash).not.toBe(first.traceHash);
  });
});
