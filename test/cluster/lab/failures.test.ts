import { expect, it } from 'vitest';
import type { FailureFigures } from '../../../bench/lab/failures/failure-records.ts';
import { failures } from '../../../bench/lab/failures/failures.ts';
import { refuted, runTiny } from './smoke.ts';

it('E10: a crash and a lost disk lose nothing that two replicas acknowledged', async () => {
  const findings = await runTiny({ ...failures, nodes: 3 });
  expect(refuted(findings)).toEqual([]);
  expect(findings.claims.filter(({ broken }) => broken)).toHaveLength(1);
  expect(findings.faults.some(({ wiped }) => wiped !== undefined)).toBe(true);

  for (const one of findings.figures.failures as readonly FailureFigures[]) {
    expect(one).toMatchObject({ violations: 0 });
    expect(one.acknowledged).toBeGreaterThan(0);
  }
});
