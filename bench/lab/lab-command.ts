/**
 * The command line of the laboratory: of `npm run lab --` and of `quorate lab`. Experiments
 * are loaded when one is asked for, since they have clusters and checkers with them.
 */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { count } from '../command-line.ts';
import type { AskedLevels } from './levels.ts';
import { SCALES, type Scale } from './scale.ts';

export interface LabOptions extends AskedLevels {
  /** Left out: as many as each experiment has. */
  readonly nodes?: number;
  readonly seed: number;
  /** Milliseconds. */
  readonly duration?: number;
  readonly scale: Scale;
  readonly out: string;
  readonly again?: true;
}

/** In place of a name: every experiment. */
export const ALL = 'all';

const DEFAULT_SEED = 1;
const NODES_MAX = 9;
const DURATION_UNITS = { s: 1_000, m: 60_000 } as const;

/** Takes `[experiments...]` as its arguments; without any it lists what there is. */
export function describeLab(command: Command, version: string): Command {
  return command
    .description('run experiments on what consistency costs and promises; without any, list them')
    .argument('[experiments...]', `such as E3, or ${ALL}`)
    .option('--nodes <n>', 'of the cluster; each experiment has its own number', upToNine)
    .option('--n <n>', 'replicas of each key, of dynamo buckets', upToNine)
    .option('--r <r>', 'of these, how many answer a read', upToNine)
    .option('--w <w>', 'of these, how many acknowledge a write', upToNine)
    .option('--seed <n>', 'of all that is left to chance', seedOf, DEFAULT_SEED)
    .option('--duration <time>', 'of the part that is repeated: 30s, 2m', durationOf)
    .addOption(
      new Option('--scale <scale>', 'how much is repeated').choices(SCALES).default('small'),
    )
    .option('--out <dir>', 'where each run has a folder', 'lab-runs')
    .option('--again', 'also what is there already, complete')
    .action(async (ids: readonly string[], options: LabOptions) => {
      const { listing, runLab } = await import('./run-lab.ts');
      const { EXPERIMENTS } = await import('./catalog.ts');
      if (ids.length === 0) {
        process.stdout.write(`${listing(EXPERIMENTS, calledAs(command))}\n`);
        return;
      }
      await runLab(ids, options, { version, experiments: EXPERIMENTS });
      // Ending by itself, Node once waited for ever for a handle that clients of etcd had left.
      process.exit();
    });
}

/** `quorate lab`, or what has no command above it. */
function calledAs(command: Command): string {
  return [command.parent?.name(), command.name()].filter((name) => name !== undefined).join(' ');
}

/** Of nodes, and of replicas. */
function upToNine(text: string): number {
  const number = count(text);
  if (number <= NODES_MAX) return number;
  throw new InvalidArgumentError(`must be from 1 to ${NODES_MAX}.`);
}

function seedOf(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(seed)) return seed;
  throw new InvalidArgumentError('must be a whole number from 0 on.');
}

/** In milliseconds. */
function durationOf(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(s|m)$/.exec(text) ?? [];
  if (number === undefined || Number(number) === 0) {
    throw new InvalidArgumentError('must be a time such as 30s or 2m.');
  }
  return Number(number) * DURATION_UNITS[unit as keyof typeof DURATION_UNITS];
}
