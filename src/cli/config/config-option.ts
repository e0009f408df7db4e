/**
 * What an option of a node is, wherever it is given. Its name in the table is its only name:
 * `peerPort` is `--peer-port` on the command line, QUORATE_PEER_PORT in the environment and
 * `peer-port` in a file.
 */

import { InvalidArgumentError } from 'commander';
import type { DirectoryRecord } from '../../adapters/data-directory.ts';

export interface ConfigOption<Value> {
  /** What it takes, as help shows it: `<port>`. A switch takes nothing. */
  readonly takes?: string;
  /** Which values are good, with their unit, for people. */
  readonly values: string;
  /** All that there are, for completion, where they are few. */
  readonly words?: readonly string[];
  /** May be given more than once, in a variable with commas, in a file as a list. */
  readonly repeats?: true;
  /** Names a file or a directory; in a configuration file it is seen from there. */
  readonly isPath?: true;
  /** Throws `InvalidArgumentError`, which says what would be right. */
  readonly parse: (texts: readonly string[]) => Value;
  readonly default: Default<Value>;
  /** What the data directory has of an earlier start; `isGiven` tells what is given now. */
  readonly remembered?: (
    record: DirectoryRecord,
    isGiven: (name: keyof Earlier) => boolean,
  ) => Value | undefined;
  readonly description: string;
}

/** Options that defaults of later ones follow from. */
export interface Earlier {
  readonly data: string;
  readonly host: string;
  readonly port: number;
}

export type Default<Value> =
  | { readonly value: Value }
  | {
      /** What it is, for people. */
      readonly text: string;
      /** Throws `UsageError` where there is none, and one has to be given. */
      readonly of: (earlier: Earlier) => Value;
    };

export type ConfigTable = Readonly<Record<string, ConfigOption<unknown>>>;

export function keyOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export function flagOf(name: string): string {
  return `--${keyOf(name)}`;
}

export function variableOf(name: string): string {
  return `QUORATE_${keyOf(name).replaceAll('-', '_').toUpperCase()}`;
}

/** For options that take one value. */
export function one<Value>(parse: (text: string) => Value): (texts: readonly string[]) => Value {
  return (texts) => {
    const [text] = texts;
    if (text === undefined || texts.length > 1) {
      throw new InvalidArgumentError('Give one value, not a list.');
    }
    return parse(text);
  };
}

/** With a separator, each text may be a list itself. */
export function each<Value>(
  parse: (text: string) => Value,
  separator?: string,
): (texts: readonly string[]) => readonly Value[] {
  return (texts) => {
    const items = separator === undefined ? texts : texts.flatMap((text) => text.split(separator));
    return items.map((item) => parse(item));
  };
}

export const isOn = one((text) => {
  if (text === 'true') return true;
  if (text === 'false') return false;
  throw new InvalidArgumentError('Give true or false.');
});

export function oneOf<Word extends string>(words: readonly Word[]): (text: string) => Word {
  return (text) => {
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    throw new InvalidArgumentError(`Give one of ${words.join(', ')}.`);
  };
}

export function someText(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('Give something that is not empty.');
}
