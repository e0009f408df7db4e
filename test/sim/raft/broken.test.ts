/** The checks notice each rule that is broken; else a run of green seeds would mean little. */

import { describe, expect, it } from 'vitest';
import { brokenRaft } from './broken-copy.ts';
import { BROKEN_DISKS, BROKEN_RULES } from './broken-rules.ts';
import { type RunOptions, runGroup } from './run-group.ts';

/** Found much earlier today; what takes more is not really checked. */
const SEEDS_MAX = 2_000;

/** @returns the first seed that shows a violation */
function firstCaught(options: RunOptions): number | undefined {
  for (let seed = 1; seed <= SEEDS_MAX; seed++) {
    const { violation } = runGroup(seed, options);
    if (violation === undefined) continue;
    if (process.env.SHOW_BROKEN !== undefined) console.log(violation.slice(0, 300));
    return seed;
  }
  return undefined;
}

describe('the simulator notices when it does not hold that', () => {
  it.each(BROKEN_DISKS.map((broken) => [broken.rule, broken.lies] as const))('%s', (_, lies) => {
    expect(firstCaught({ lies })).toBeDefined();
  });

  it.each(BROKEN_RULES.map((broken) => [broken.rule, broken.mutation] as const))(
    '%s',
    async (_, mutation) => {
      expect(firstCaught({ makeRaft: await brokenRaft(mutation) })).toBeDefined();
    },
  );
});
