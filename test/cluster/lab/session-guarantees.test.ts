import { expect, test } from 'vitest';
import { sessionGuarantees } from '../../../bench/lab/session-guarantees/session-guarantees.ts';
import { refuted, runTiny } from './smoke.ts';

interface VariantFigures {
  readonly name: string;
  readonly promises: readonly string[];
  readonly violations: Readonly<Record<string, number>>;
}

test('E7: each guarantee is kept where a session asks for it, and violated where none does', async () => {
  const findings = await runTiny(sessionGuarantees);
  expect(refuted(findings)).toEqual([]);
  const variants = findings.figures.variants as readonly VariantFigures[];
  for (const { promises, violations } of variants) {
    for (const check of promises) expect(violations[check]).toBe(0);
  }
  const off = variants.find(({ name }) => name === 'off')?.violations ?? {};
  for (const check of ['ryw', 'mr', 'mw', 'wfr', 'causal']) expect(off[check]).toBeGreaterThan(0);
}, 120_000);
