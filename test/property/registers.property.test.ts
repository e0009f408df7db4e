import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkHistory } from '../../src/checkers/models.ts';
import { RegisterWorkload } from './register-workload.ts';

const RUNS = 30;

describe('registers under random faults', () => {
  it.each([3, 5])(
    'are linearizable, and no ballot has two values, on %i nodes',
    async (nodes) => {
      await fc.assert(
        fc.asyncProperty(fc.nat(), async (seed) => {
          const { history, counted } = await new RegisterWorkload(seed, nodes).run();
          const limits = { now: () => performance.now(), timeMs: 20_000 };
          expect(checkHistory(history, 'versioned', limits)).toEqual({ verdict: 'ok' });
          const { results, unknown, final } = counted;
          expect(new Set(results).size).toBe(results.length);
          expect(final).toBeGreaterThanOrEqual(results.length);
          expect(final).toBeLessThanOrEqual(results.length + unknown);
        }),
        { numRuns: RUNS },
      );
    },
    120_000,
  );
});
