/** A counterexample as a reader follows it: what was done, and the state after it, by number. */

import type { Exploration } from './explorer.ts';

export function printCounterexample({ model, violation, trace, states }: Exploration): string {
  if (violation === undefined) return `${model}: no counterexample among ${states} states`;
  const width = Math.max(...trace.map(({ step }) => step.length));
  const lines = trace.map(
    ({ step, state }, at) => `${String(at + 1).padStart(3)}. ${step.padEnd(width)}  ${state}`,
  );
  return [`${model}: ${violation}`, ...lines].join('\n');
}

/** What was explored, in a line. */
export function summarize({ model, states, transitions, violation, trace }: Exploration): string {
  const outcome = violation === undefined ? 'safe' : `${violation} after ${trace.length} steps`;
  return `${model}: ${states} states, ${transitions} transitions: ${outcome}`;
}
