import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { addCounts } from '../counts.ts';
import { newCoverage } from './coverage.ts';
import { replayLine, runGroup } from './run-group.ts';

const FIXED_SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);
/** Printed with every failure, so that it can be run again. */
const FRESH_SEED = randomInt(1_000, 2 ** 31);

describe('a Raft group under random faults', () => {
  it.each([...FIXED_SEEDS, FRESH_SEED])('keeps its promises with seed %i', (seed) => {
    expect(runGroup(seed).violation, replayLine(seed)).toBeUndefined();
  });

  it('does exactly the same when a seed is run twice', () => {
    const first = runGroup(FRESH_SEED);
    expect(runGroup(FRESH_SEED), replayLine(FRESH_SEED)).toEqual(first);
    expect(runGroup(FRESH_SEED + 1).digest).not.toBe(first.digest);
  });

  it('meets in the fixed seeds what is common', () => {
    const coverage = newCoverage();
    for (const seed of FIXED_SEEDS) addCounts(coverage, runGroup(seed).coverage);
    expect(coverage.elections).toBeGreaterThan(FIXED_SEEDS.length);
    expect(coverage.entriesCommitted).toBeGreaterThan(500);
    expect(coverage.jointLeft).toBeGreaterThan(0);
    expect(coverage.snapshotsInstalled).toBeGreaterThan(0);
    expect(coverage.committedTaken).toBeGreaterThan(0);
    expect(coverage.readsServed).toBeGreaterThan(0);
    expect(coverage.powerLossesWithWritesLost).toBeGreaterThan(0);
  });
});
