/** Variables of the environment that look like settings and are none. */

import { closestName } from './closest-name.ts';
import { variableOf } from './config-option.ts';
import { CONFIG_VARIABLE, type Environment } from './given-settings.ts';
import { OPTION_NAMES } from './start-options.ts';

const PREFIX = 'QUORATE_';

/** The node that commands ask. */
export const NODE_VARIABLE = 'QUORATE_NODE';

/** The file of the authority that commands trust. */
export const CA_VARIABLE = 'QUORATE_CA';

/** The file of the token that commands show it. */
export const TOKEN_FILE_VARIABLE = 'QUORATE_TOKEN_FILE';

/** Others may have variables that begin alike, so one far from all of ours is not mentioned. */
export function misspelledVariables(environment: Environment): readonly string[] {
  const ofCommands = [NODE_VARIABLE, CA_VARIABLE, TOKEN_FILE_VARIABLE];
  const known = [...OPTION_NAMES.map(variableOf), CONFIG_VARIABLE, ...ofCommands];
  const ends = known.map((name) => name.slice(PREFIX.length));
  return Object.keys(environment).flatMap((name) => {
    if (!name.startsWith(PREFIX) || known.includes(name)) return [];
    const meant = closestName(name.slice(PREFIX.length), ends);
    return meant === undefined ? [] : [`${name} is no setting; did you mean ${PREFIX}${meant}?`];
  });
}

/** For a process that is to be started as its arguments say, and in no other way. */
export function withoutSettings(environment: Environment): Environment {
  const settings = new Set([...OPTION_NAMES.map(variableOf), CONFIG_VARIABLE]);
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !settings.has(name)));
}
