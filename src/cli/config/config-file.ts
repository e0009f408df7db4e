/**
 * A configuration file: TOML, all keys at its top, named as in the table. What it says is only
 * read here; whether the values are good is judged with those of flags and variables.
 */

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { messageOf } from '../exit.ts';
import { visible } from '../terminal-text.ts';
import { closestName } from './closest-name.ts';
import { keyOf } from './config-option.ts';
import { type Given, type GivenSettings, isSwitch } from './given-settings.ts';
import { OPTION_NAMES, type OptionName, START_OPTIONS } from './start-options.ts';

export interface ConfigFile {
  readonly given: GivenSettings;
  /** In the order of the file, each with its place. */
  readonly problems: readonly string[];
}

const NAMES: ReadonlyMap<string, OptionName> = new Map(
  OPTION_NAMES.map((name) => [keyOf(name), name]),
);

export function readConfigFile(file: string): ConfigFile {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return failed(`${visible(file)} cannot be read: ${messageOf(error)}`);
  }
  try {
    return settingsIn(file, text, parse(text));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [what = ''] = error.message.split('\n');
    return failed(`${visible(file)}:${error.line}:${error.column}: ${what}`);
  }
}

function failed(problem: string): ConfigFile {
  return { given: new Map(), problems: [problem] };
}

function settingsIn(
  file: string,
  text: string,
  content: Readonly<Record<string, unknown>>,
): ConfigFile {
  const given = new Map<OptionName, Given>();
  const problems: string[] = [];
  for (const [key, value] of Object.entries(content)) {
    const place = placeOf(key, file, text);
    const name = NAMES.get(key);
    const texts = name === undefined ? undefined : textsOf(name, value);
    if (name === undefined) {
      problems.push(`${place}: unknown key ${visible(key)}${suggestionFor(key)}`);
    } else if (texts === undefined) {
      problems.push(`${place}: ${key} has to be ${formOf(name)}`);
    } else {
      const seen = 'isPath' in START_OPTIONS[name] ? texts.map(fromHere(file)) : texts;
      given.set(name, { texts: seen, origin: { source: 'file', place } });
    }
  }
  return { given, problems };
}

function suggestionFor(key: string): string {
  const name = closestName(key, [...NAMES.keys()]);
  return name === undefined ? '' : `; did you mean ${name}?`;
}

/** So that the file means the same whatever directory a node is started in. */
function fromHere(file: string): (path: string) => string {
  return (path) => (path === '' ? path : resolve(dirname(file), path));
}

/** Undefined: not of the form that the option has in a file. */
function textsOf(name: OptionName, value: unknown): readonly string[] | undefined {
  if (isSwitch(name)) return typeof value === 'boolean' ? [String(value)] : undefined;
  const values = 'repeats' in START_OPTIONS[name] && Array.isArray(value) ? value : [value];
  const isText = (item: unknown) => typeof item === 'string' || typeof item === 'number';
  return values.every(isText) ? values.map(String) : undefined;
}

function formOf(name: OptionName): string {
  if (isSwitch(name)) return 'true or false';
  const { values } = START_OPTIONS[name];
  return 'repeats' in START_OPTIONS[name] ? `a list of texts (${values})` : `one value (${values})`;
}

/** `FILE:LINE`; the file alone where the key is written in an unusual way. */
function placeOf(key: string, file: string, text: string): string {
  const escaped = key.replaceAll(/[^A-Za-z0-9_-]/g, '.');
  const pattern = new RegExp(`^\\s*\\[*\\s*["']?${escaped}["']?\\s*[=.\\]]`);
  const index = text.split('\n').findIndex((line) => pattern.test(line));
  return index === -1 ? visible(file) : `${visible(file)}:${index + 1}`;
}
