import { expect, it } from 'vitest';
import type { AwayFigures } from '../../../bench/lab/replicas-away/away-findings.ts';
import { replicasAway } from '../../../bench/lab/replicas-away/replicas-away.ts';
import { refuted, runTiny } from './smoke.ts';

it('E4: hints keep a sloppy quorum writing, and its reads miss what they hold', async () => {
  const findings = await runTiny(replicasAway);
  expect(refuted(findings)).toEqual([]);
  expect(findings.claims.filter(({ broken }) => broken)).toHaveLength(1);

  const figures = findings.figures.rounds as readonly AwayFigures[];
  const away = Object.fromEntries(
    figures.filter((one) => one.away === 2).map((one) => [one.variant, one]),
  );
  expect(away['sloppy, hints']?.missed).toBeGreaterThan(0);
  expect(away['sloppy, hints']?.hintsMost).toBeGreaterThan(0);
  expect(away.strict).toMatchObject({ acknowledged: 0, missed: 0 });
  expect(away['sloppy, no hints']).toMatchObject({ acknowledged: 0 });
});
