/** The command line of the simulator. */

import { parseArgs } from 'node:util';
import { idsOf } from './selection.ts';

export interface ReplayOptions {
  readonly seed: number;
  /** Undefined: all. */
  readonly faults: readonly number[] | undefined;
  readonly operations: readonly number[] | undefined;
  readonly simplifications: readonly string[];
  /** The hash that the run must end with. */
  readonly hash: string | undefined;
  /** Files to be written. */
  readonly history: string | undefined;
  readonly trace: string | undefined;
}

export interface CampaignOptions {
  readonly seeds: number;
  readonly firstSeed: number;
  readonly workers: number;
  readonly shrinkSeconds: number;
  /** Fails where a rare path was never taken. */
  readonly demandsCoverage: boolean;
  /** Ends with the first failure. */
  readonly stopsAtOnce: boolean;
}

export const USAGE = `npm run sim -- --seed N [--keep-faults IDS] [--keep-operations IDS] [--simpler NAMES]
             [--hash HASH] [--history FILE] [--trace FILE]
                 runs one scenario again, all of it or the parts that are kept (IDS as 1-3,5)
npm run sim -- --seeds COUNT [--first-seed N] [--workers 2] [--shrink-seconds 60]
             [--demand-coverage] [--stop-at-once]
                 runs many, shrinks what fails, and tells which rare paths were taken`;

/** Throws where the arguments are no such options. */
export function optionsOf(args: readonly string[]): ReplayOptions | CampaignOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      'keep-faults': { type: 'string' },
      'keep-operations': { type: 'string' },
      simpler: { type: 'string' },
      hash: { type: 'string' },
      history: { type: 'string' },
      trace: { type: 'string' },
      seeds: { type: 'string' },
      'first-seed': { type: 'string', default: '1' },
      workers: { type: 'string', default: '2' },
      'shrink-seconds': { type: 'string', default: '60' },
      'demand-coverage': { type: 'boolean', default: false },
      'stop-at-once': { type: 'boolean', default: false },
    },
  });
  if (values.seed !== undefined) {
    return {
      seed: wholeNumber('seed', values.seed),
      faults: values['keep-faults'] === undefined ? undefined : idsOf(values['keep-faults']),
      operations:
        values['keep-operations'] === undefined ? undefined : idsOf(values['keep-operations']),
      simplifications: values.simpler?.split(',') ?? [],
      hash: values.hash,
      history: values.history,
      trace: values.trace,
    };
  }
  return {
    seeds: wholeNumber('seeds', values.seeds ?? ''),
    firstSeed: wholeNumber('first-seed', values['first-seed']),
    workers: Math.max(1, wholeNumber('workers', values.workers)),
    shrinkSeconds: wholeNumber('shrink-seconds', values['shrink-seconds']),
    demandsCoverage: values['demand-coverage'],
    stopsAtOnce: values['stop-at-once'],
  };
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d+$/.test(text))
    throw new RangeError(`--${name} has to be a whole number, not "${text}"`);
  return Number(text);
}
