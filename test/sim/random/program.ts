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

/**
 * Runs it with these arguments.
 * @param built where it is
 * @param onOutput told what it writes, as it writes it
 */
export function runSimulator(
  args: readonly (string | number)[],
  { built = BUILT, onOutput }: { built?: string; onOutput?: (text: string) => void } = {},
): Promise<Ended> {
  const program = `${built}/test/sim/random/main.js`;
  const process_ = spawn(process.execPath, [program, ...args.map(String)]);
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
