/** An experiment at its least size, as `npm run lab` would run it. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Experiment, Findings } from '../../../bench/lab/experiment.ts';
import type { AskedLevels } from '../../../bench/lab/levels.ts';

/** @param levels of those that the experiment takes */
export async function runTiny(experiment: Experiment, levels: AskedLevels = {}): Promise<Findings> {
  const dataDirectory = await mkdtemp(join(tmpdir(), `quorate-smoke-${experiment.id}-`));
  try {
    return await experiment.run({
      ...levels,
      seed: 1,
      scale: 'tiny',
      nodes: experiment.nodes,
      durationMs: undefined,
      dataDirectory,
      progress: { at: () => {}, note: () => {} },
      signal: new AbortController().signal,
    });
  } finally {
    await rm(dataDirectory, { recursive: true, force: true });
  }
}

/** What theory says and was not so; empty of a good run. */
export function refuted({ claims }: Findings): readonly string[] {
  return claims.filter(({ holds }) => !holds).map(({ text, evidence }) => `${text}: ${evidence}`);
}
