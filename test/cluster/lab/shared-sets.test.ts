import { expect, test } from 'vitest';
import { sharedSets } from '../../../bench/lab/shared-sets/shared-sets.ts';
import { refuted, runTiny } from './smoke.ts';

interface SetFigures {
  readonly policy: string;
  readonly acknowledged: number;
  readonly lost: number;
}

test('E6: siblings lose nothing under any condition; the last write wins at the cost of others', async () => {
  const findings = await runTiny(sharedSets);
  expect(refuted(findings)).toEqual([]);
  const tallies = findings.figures.tallies as readonly SetFigures[];
  for (const { policy, acknowledged, lost } of tallies) {
    expect(acknowledged).toBeGreaterThan(0);
    if (policy === 'siblings') expect(lost).toBe(0);
    else expect(lost).toBeGreaterThan(0);
  }
}, 120_000);
