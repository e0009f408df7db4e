import { randomInt } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { addCounts } from '../counts.ts';
import { newCoverage } from './coverage.ts';
import { replayLine, runWorkload } from './workload.ts';

vi.mock('../../../src/node/metadata-group/snapshot-policy.ts', () => import('./snapshot-pace.ts'));

const FIXED_SEEDS = Array.from({ length: 10 }, (_, i) => i + 1);
/** Printed with every failure, so that it can be run again. */
const FRESH_SEED = randomInt(1_000, 2 ** 31);

describe('raft buckets under random faults', () => {
  it('are linearizable, and count right, with the fixed seeds, which meet what is common', async () => {
    const coverage = newCoverage();
    for (const seed of FIXED_SEEDS) {
      const report = await runWorkload(seed);
      expect(report.violation).toBeUndefined();
      addCounts(coverage, report.coverage);
    }
    expect(coverage.leaderChanges).toBeGreaterThan(0);
    expect(coverage.snapshotChunksSent).toBeGreaterThan(0);
    expect(coverage.puts).toBeGreaterThan(100);
    expect(coverage.deletes).toBeGreaterThan(10);
    expect(coverage.conditionsMet).toBeGreaterThan(10);
    expect(coverage.conditionsFailed).toBeGreaterThan(10);
    expect(coverage.readsOfValues).toBeGreaterThan(100);
    expect(coverage.writesUnknown).toBeGreaterThan(0);
    expect(coverage.writesSurfaced).toBeGreaterThan(0);
    expect(coverage.increments).toBeGreaterThan(100);
    expect(coverage.doubtsResolved).toBeGreaterThan(0);
    expect(coverage.answersRepeated).toBeGreaterThan(10);
  });

  it('are so with a fresh seed, and do exactly the same when it is run twice', async () => {
    const first = await runWorkload(FRESH_SEED);
    expect(first.violation).toBeUndefined();
    expect(await runWorkload(FRESH_SEED), replayLine(FRESH_SEED)).toEqual(first);
    expect((await runWorkload(FRESH_SEED + 1)).traceHash).not.toBe(first.traceHash);
  });
});
