/** The programme of `npm run test:nemesis`, briefly: nothing is lost on five real nodes. */

import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { workloads } from '../../bench/workloads/workloads.ts';
import { runCampaign } from '../nemesis/campaign.ts';
import { reportOf, reportTable } from '../nemesis/report.ts';

const SECONDS = Number(process.env.NEMESIS_SECONDS ?? 30);
const SEED = Number(process.env.FIRST_SEED ?? randomInt(1, 2 ** 31));

it(`${SECONDS} s of every workload under a nemesis, seed ${SEED}`, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'quorate-nemesis-'));
  onTestFinished(({ task }) =>
    task.result?.state === 'fail' ? undefined : rm(directory, { recursive: true, force: true }),
  );
  const campaign = await runCampaign({
    workloads,
    nemesis: 'random-mixture',
    nodes: 5,
    durationMs: SECONDS * 1_000,
    seed: SEED,
    directory,
    print: console.log,
  });
  const report = await reportOf(campaign, {
    facts: { seed: SEED },
    directory: join(directory, 'histories'),
    keepAll: false,
  });
  console.log(reportTable(report.rows));
  expect(campaign.surprises).toEqual([]);
  expect(report.bad).toEqual([]);
  for (const { acknowledged } of report.rows) expect(acknowledged).toBeGreaterThan(0);
});
