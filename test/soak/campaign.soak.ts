/**
 * Many seeds of random clusters, workloads and faults. `SEEDS` says how many, `FIRST_SEED` where
 * to begin; what fails is shrunk and printed with the line that runs it again. A large run that
 * never took a rare path fails too: it would prove nothing about it.
 */

import { randomInt } from 'node:crypto';
import { expect, it } from 'vitest';
import { buildSimulator, runSimulator } from '../sim/random/program.ts';

const SEEDS = Number(process.env.SEEDS ?? 2_000);
const FIRST_SEED = Number(process.env.FIRST_SEED ?? randomInt(1, 2 ** 31 - SEEDS));
const WORKERS = 2;
/** From so many seeds on, every path must have been taken. */
const LARGE_RUN = 2_000;

it(`${SEEDS} seeds from ${FIRST_SEED} on keep what they promise`, async () => {
  buildSimulator();
  const args = ['--seeds', SEEDS, '--first-seed', FIRST_SEED, '--workers', WORKERS];
  const onOutput = (text: string) => void process.stdout.write(text);
  const coverage = SEEDS >= LARGE_RUN ? ['--demand-coverage'] : [];
  const { code, output } = await runSimulator([...args, ...coverage], { onOutput });
  expect(code, output).toBe(0);
});
