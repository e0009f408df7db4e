/** All experiments, in the order in which they are listed and run. */

import type { Experiment } from './experiment.ts';

export const EXPERIMENTS: readonly Experiment[] = [];

/** Undefined where there is none of that name; upper and lower case are the same. */
export function experimentNamed(id: string): Experiment | undefined {
  return EXPERIMENTS.find((experiment) => experiment.id.toLowerCase() === id.toLowerCase());
}
