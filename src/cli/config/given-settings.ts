/** What is given by flags, by the environment and by a file, as text, with where it stands. */

import { quoted, visible } from '../terminal-text.ts';
import { flagOf, keyOf, variableOf } from './config-option.ts';
import { OPTION_NAMES, type OptionName, START_OPTIONS } from './start-options.ts';

export type Origin =
  | { readonly source: 'flag' | 'environment' | 'directory' | 'default' }
  | {
      readonly source: 'file';
      /** `FILE:LINE`, or the file alone. */
      readonly place: string;
    };

export interface Given {
  /** One, but for options that repeat; of a switch `true` or `false`. */
  readonly texts: readonly string[];
  readonly origin: Origin;
}

export type GivenSettings = ReadonlyMap<OptionName, Given>;

/** As commander has parsed the flags that `addStartOptions` declares. */
export type RawFlags = Readonly<Record<string, string | readonly string[] | true | undefined>>;

export type Environment = Readonly<Record<string, string | undefined>>;

export const CONFIG_VARIABLE = 'QUORATE_CONFIG';

export function givenByFlags(flags: RawFlags): GivenSettings {
  const origin: Origin = { source: 'flag' };
  return mapped((name) => {
    const raw = flags[name];
    if (raw === undefined) return undefined;
    return { texts: Array.isArray(raw) ? raw : [String(raw)], origin };
  });
}

/** A variable that is set to nothing is not given. */
export function givenByEnvironment(environment: Environment): GivenSettings {
  const origin: Origin = { source: 'environment' };
  return mapped((name) => {
    const text = environment[variableOf(name)];
    if (text === undefined || text === '') return undefined;
    const isList = 'repeats' in START_OPTIONS[name];
    return { texts: isList ? text.split(',').map((item) => item.trim()) : [text], origin };
  });
}

function mapped(givenOf: (name: OptionName) => Given | undefined): GivenSettings {
  const found = OPTION_NAMES.map((name) => [name, givenOf(name)] as const);
  return new Map(found.filter((entry): entry is [OptionName, Given] => entry[1] !== undefined));
}

/** An option with its value as it was written, where it was written. */
export function spelled(name: OptionName, { texts, origin }: Given): string {
  const text = visible(texts.join(','));
  switch (origin.source) {
    case 'environment':
      return `${variableOf(name)}=${quoted(text)}`;
    case 'file':
      return `${keyOf(name)} = ${quoted(text)} (${origin.place})`;
    case 'directory':
      return `${keyOf(name)} ${quoted(text)}, as the data directory remembers,`;
    default:
      return isSwitch(name) ? flagOf(name) : `${flagOf(name)} ${quoted(text)}`;
  }
}

export function isSwitch(name: OptionName): boolean {
  return !('takes' in START_OPTIONS[name]);
}
