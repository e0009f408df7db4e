/** The compiled program of the simulator, as tests run it. */

import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const TOP = fileURLToPath(new URL('../../../', import.meta.url));
const BUILD = fileURLToPath(new URL('./build.mjs', import.meta.url));
export const BUILT = `${TOP}dist.sim`;

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Throws where it cannot be compiled. */
export function buildSimulator(): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BUILD], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the simulator was not compiled: ${stdout}${stderr}`);
}

interface HowToRun {
  /** Where it is. */
  readonly built?: string;
  /** Below test/sim. */
  readonly program?: string;
  /** After so long it is ended. */
  readonly msMax?: number;
  /** Told what it writes, as it writes it. */
  readonly onOutput?: (text: string) => void;
}

/** Runs it with these arguments. */
export function runSimulator(
  args: readonly (string | number)[],
  { built = BUILT, program = 'random/main.js', msMax, onOutput }: HowToRun = {},
): Promise<Ended> {
  const path = `${built}/test/sim/${program}`;
  const process_ = spawn(process.execPath, [path, ...args.map(String)], { timeout: msMax });
  let output = '';
  const take = (bytes: Buffer) => {
    output += bytes;
    onOutput?.(`${bytes}`);
  };
  process_.stdout.on('data', take);
  process_.stderr.on('data', take);
  return new Promise((resolve, reject) => {
    process_.on('error', reject);
    process_.on('close', (code) => resolve({ code, output }));
  });
}
