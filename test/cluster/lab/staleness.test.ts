/** E1 and E2, as small as they can be: what theory demands is seen. */

import { expect, it } from 'vitest';
import type { Findings } from '../../../bench/lab/experiment.ts';
import { latency } from '../../../bench/lab/staleness/latency.ts';
import { visibility } from '../../../bench/lab/staleness/visibility.ts';
import { checkLosses } from '../../../src/checkers/losses.ts';
import { refuted, runTiny } from './smoke.ts';

it('E1: stale reads where quorums need not overlap, as many as predicted, and none elsewhere', async () => {
  const findings = await runTiny(visibility);

  expect(refuted(findings)).toEqual([]);
  const [{ rows }] = findings.tables as [Findings['tables'][number]];
  const staleAt = (level: string) =>
    rows.filter(([, name]) => name === level).map(([, , , stale]) => Number(stale));
  expect(staleAt('R=1, W=1')[0]).toBeGreaterThan(50);
  expect(staleAt('R=2, W=2')).toEqual([0, 0]);
  const found = findings.histories.map(({ history, expected }) => [
    expected,
    checkLosses(history).length,
  ]);
  expect(found[0]).toEqual(['ok', 0]);
  expect(found[1]?.[1]).toBeGreaterThan(0);
});

it('E2: what freshness costs', async () => {
  const findings = await runTiny(latency);

  expect(refuted(findings)).toEqual([]);
  const levels = findings.figures.disk as readonly {
    r: number;
    w: number;
    write: { measuredMs: number[] };
  }[];
  const writeMs = (w: number) => levels.find((one) => one.r === 1 && one.w === w)?.write.measuredMs;
  const [one, two, three] = [1, 2, 3].map((w) => writeMs(w)?.[0] ?? 0);
  expect(one).toBeLessThan(two ?? 0);
  expect(two).toBeLessThan(three ?? 0);
});
