/** The checks notice each rule that is broken; else a run of green seeds would mean little. */

import { describe, expect, it } from 'vitest';
import { brokenRaft } from './broken-copy.ts';
import { BROKEN_DISKS, BROKEN_RULES } from './broken-rules.ts';
import { type RunOptions, runGroup } from './run-group.ts';

/** A change of the machine moves what a seed does, so there is room to look further. */
const SEEDS_MAX = 10_000;
const TIMEOUT_MS = 300_000;

/** @returns the first seed that shows a violation */
function firstCaught(options: RunOptions, firstSeed = 1): number | undefined {
  for (let seed = firstSeed; seed < firstSeed + SEEDS_MAX; seed++) {
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

  it.each(BROKEN_RULES.map((broken) => [broken.rule, broken] as const))(
    '%s',
    async (_, { mutation, leases, firstSeed }) => {
      const makeRaft = await brokenRaft(mutation);
      const options = leases === undefined ? { makeRaft } : { makeRaft, leases };
      expect(firstCaught(options, firstSeed)).toBeDefined();
    },
    TIMEOUT_MS,
  );
});
