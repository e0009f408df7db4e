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
  it.each(BROKEN_DISKS)('$rule', ({ lies }) => {
    expect(firstCaught(lies === undefined ? {} : { lies })).toBeDefined();
  });

  it.each(BROKEN_RULES)('$rule', async ({ mutation }) => {
    if (mutation === undefined) throw new Error('no mutation');
    const makeRaft = await brokenRaft(mutation);
    expect(firstCaught({ makeRaft })).toBeDefined();
  });
});
