import { expect, it, vi } from 'vitest';
import { runAppends } from './appended-words.ts';

vi.mock('../../../src/repair/id-window.ts', () => import('./id-window.ts'));

const FIRST_SEED = Number(process.env.FIRST_SEED ?? 1);
const SEEDS = Number(process.env.SEEDS ?? 6);

it('what is appended under faults is there once, or never, as its client was told', async () => {
  let erased = 0;
  let answered = 0;
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    const report = await runAppends(seed);
    if (process.env.SHOW) console.log(seed, JSON.stringify(report));
    expect(report.violations, `seed ${seed}`).toEqual([]);
    erased += report.erased;
    answered += report.answered;
  }
  expect(erased).toBeGreaterThan(0);
  expect(answered).toBeGreaterThan(100 * SEEDS);
});
