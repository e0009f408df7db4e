/** The predictor against what Bailis et al. published (VLDB 2012, table 4 and section 5). */

import { expect, it } from 'vitest';
import type { FitName } from '../../../src/pbs/fits.ts';
import { staleBeyond } from '../../../src/pbs/k-staleness.ts';
import { publishedModel } from '../../../src/pbs/models.ts';
import { predict } from '../../../src/pbs/prediction.ts';
import { WarsTrials } from '../../../src/pbs/wars.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';

const N = 3;
const POINT = 0.01;

function predicted(fit: FitName, size: number) {
  const random = new SeededRandom(2012);
  const trials = new WarsTrials(publishedModel(fit, N), () => random.float(), size);
  trials.run(size);
  return (r: number, w: number) => {
    const asked = { atMs: [0, 10], probabilities: [0.999] };
    const { fresh, freshFrom, read, write } = predict(trials, r, w, asked);
    const [now, later] = fresh.map(({ probability }) => probability);
    return { read: read.p999, write: write.p999, from: freshFrom[0]?.fromMs, now, later };
  };
}

/** `share`: how far off a tenth of a percent of the trials may be. */
function expectNear(found: number | undefined, published: number, share: number): void {
  expect(found).toBeGreaterThanOrEqual(published * (1 - share));
  expect(found).toBeLessThanOrEqual(published * (1 + share));
}

it('has the latencies and the staleness of solid-state disks', () => {
  const at = predicted('ssd', 200_000);
  const table = [
    [1, 1, 0.66, 0.66, 1.85],
    [1, 2, 0.66, 1.63, 1.79],
    [2, 1, 1.63, 0.65, 0],
    [2, 2, 1.62, 1.64, 0],
  ] as const;
  for (const [r, w, read, write, from] of table) {
    expectNear(at(r, w).read, read, 0.05);
    expectNear(at(r, w).write, write, 0.05);
    expectNear(at(r, w).from, from, 0.2);
  }
  expect(Math.abs((at(1, 1).now ?? 0) - 0.974)).toBeLessThan(POINT);
});

it('has those of spinning disks', () => {
  const at = predicted('disk', 500_000);
  // Where R = W = 1, the tail of the law is so heavy that more trials come nearer to 51 ms.
  const table = [
    [1, 1, 0.66, 10.99, 45.5],
    [1, 2, 0.65, 20.97, 43.3],
    [2, 1, 1.63, 10.9, 13.6],
    [2, 2, 1.64, 20.96, 0],
  ] as const;
  for (const [r, w, read, write, from] of table) {
    expectNear(at(r, w).read, read, 0.05);
    expectNear(at(r, w).write, write, 0.1);
    expectNear(at(r, w).from, from, 0.2);
  }
  expect(Math.abs((at(1, 1).now ?? 0) - 0.439)).toBeLessThan(POINT);
  expect(Math.abs((at(1, 1).later ?? 0) - 0.925)).toBeLessThan(POINT);
});

it('tells how many versions a read may be behind', () => {
  expect(staleBeyond(1, { n: 3, r: 1, w: 1 })).toBeCloseTo(2 / 3);
  expect(staleBeyond(2, { n: 3, r: 1, w: 1 })).toBeCloseTo(4 / 9);
  expect(staleBeyond(1, { n: 3, r: 2, w: 1 })).toBeCloseTo(1 / 3);
  expect(staleBeyond(1, { n: 3, r: 2, w: 2 })).toBe(0);
});
