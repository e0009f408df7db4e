/** The workload notices each rule that is broken; else a run of green seeds would mean little. */

import { afterEach, describe, expect, it, vi } from 'vitest';
import { BROKEN_RULES, brokenCopying, brokenRounds, mendAll } from './broken-rules.ts';
import { runWorkload } from './workload.ts';

vi.mock('../../../src/repair/id-window.ts', () => import('./id-window.ts'));
vi.mock('../../../src/paxos/rounds.ts', async (original) => brokenRounds(await original()));
vi.mock('../../../src/paxos/copied-register.ts', async (original) =>
  brokenCopying(await original()),
);

/** A change of the program moves what a seed does, so there is room to look further. */
const SEEDS_MAX = 300;
/** A node that stops, or is stuck, is not enough. */
const WRONG = /NOT linearizable/;

afterEach(mendAll);

async function firstViolation(firstSeed: number): Promise<string | undefined> {
  for (let seed = firstSeed; seed < firstSeed + SEEDS_MAX; seed++) {
    const { violation } = await runWorkload(seed);
    if (violation === undefined || !WRONG.test(violation)) continue;
    if (process.env.SHOW_BROKEN !== undefined) console.log(`seed ${seed}: ${violation}`);
    return violation;
  }
  return undefined;
}

describe('the workload notices when it does not hold that', () => {
  it.each(BROKEN_RULES.map((broken) => [broken.rule, broken] as const))(
    '%s',
    async (_, { breakIt, firstSeed }) => {
      breakIt();
      expect(await firstViolation(firstSeed)).toBeDefined();
    },
    600_000,
  );
});
