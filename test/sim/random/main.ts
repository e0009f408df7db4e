/** The program of the simulator: see `USAGE`. Ends with 1 where something was wrong, 2 where the arguments were. */

import { runCampaign } from './campaign.ts';
import { optionsOf, USAGE } from './options.ts';
import { replay } from './replay.ts';

function readOptions() {
  try {
    return optionsOf(process.argv.slice(2));
  } catch (error) {
    console.error(`${String(error)}\n${USAGE}`);
    return process.exit(2);
  }
}

const options = readOptions();
const isWell = 'seed' in options ? await replay(options) : await runCampaign(options);
process.exitCode = isWell ? 0 : 1;
