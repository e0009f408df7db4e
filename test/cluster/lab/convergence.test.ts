import { expect, it } from 'vitest';
import { convergence } from '../../../bench/lab/convergence/convergence.ts';
import type { ConvergenceFigures } from '../../../bench/lab/convergence/convergence-findings.ts';
import { refuted, runTiny } from './smoke.ts';

it('E5: what a replica missed is mended by hints, by reads, and by nothing where both are off', async () => {
  const findings = await runTiny(convergence);
  expect(refuted(findings)).toEqual([]);
  expect(findings.claims.filter(({ broken }) => broken)).toHaveLength(1);

  const figures = findings.figures.variants as readonly ConvergenceFigures[];
  const of = (mechanisms: string) => figures.find((one) => one.mechanisms === mechanisms);
  const keys = of('none')?.keys ?? 0;
  expect(keys).toBeGreaterThan(0);
  expect(of('none')).toMatchObject({ left: keys, t50Ms: null });
  expect(of('read repair')?.left).toBeLessThan(keys);
  expect(of('hints')).toMatchObject({ left: 0 });
});
