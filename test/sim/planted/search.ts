/**
 * `search.js SIMULATOR FIRST LAST`: runs one seed after the other until something is wrong. Ends
 * with 1, having told the seed, where it was.
 */

import { SIMULATORS, type SimulatorName } from './simulators.ts';

// Errors are part of every run, and what called what nobody reads here.
Error.stackTraceLimit = 0;

const [name, first, last] = process.argv.slice(2);
const run = SIMULATORS[name as SimulatorName];
for (let seed = Number(first); seed <= Number(last) && process.exitCode === undefined; seed++) {
  const violation = await run(seed);
  if (violation === undefined) continue;
  console.log(`seed ${seed}: ${violation}`);
  process.exitCode = 1;
}
