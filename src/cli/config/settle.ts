/**
 * From what is given to the settings of a node. A flag goes before a variable, that before the
 * file, that before what the data directory remembers, and that before the default.
 */

import { InvalidArgumentError } from 'commander';
import { type DirectoryRecord, readDataDirectory } from '../../adapters/data-directory.ts';
import { UsageError, UsageErrors } from '../exit.ts';
import { readConfigFile } from './config-file.ts';
import type { ConfigOption, Earlier } from './config-option.ts';
import {
  CONFIG_VARIABLE,
  type Environment,
  type Given,
  type GivenSettings,
  givenByEnvironment,
  givenByFlags,
  type Origin,
  type RawFlags,
  spelled,
} from './given-settings.ts';
import { problemsAmong } from './rules.ts';
import {
  OPTION_NAMES,
  type OptionName,
  START_OPTIONS,
  type StartSettings,
} from './start-options.ts';
import { valueText } from './value-text.ts';

export interface Settled {
  readonly settings: StartSettings;
  readonly origins: Readonly<Record<OptionName, Origin>>;
}

/** `--config` beside the flags of the table. */
export type StartFlags = RawFlags & { readonly config?: string };

/** Throws `UsageErrors`, and what `readDataDirectory` throws. */
export function settleAll(flags: StartFlags, environment: Environment): Settled {
  const path = flags.config ?? (environment[CONFIG_VARIABLE] || undefined);
  const file = path === undefined ? undefined : readConfigFile(path);
  const sources = [givenByFlags(flags), givenByEnvironment(environment), file?.given ?? new Map()];
  return new Settling(sources, file?.problems ?? []).run();
}

/** One pass over the table, in its order: `data` is known before what it remembers is wanted. */
class Settling {
  readonly #sources: readonly GivenSettings[];
  readonly #problems: string[];
  readonly #settings: Partial<Record<OptionName, unknown>> = {};
  readonly #origins: Partial<Record<OptionName, Origin>> = {};
  #record: DirectoryRecord | undefined;

  constructor(sources: readonly GivenSettings[], problems: readonly string[]) {
    this.#sources = sources;
    this.#problems = [...problems];
  }

  run(): Settled {
    for (const name of OPTION_NAMES) {
      this.#collectingProblems(() => this.#settle(name));
    }
    if (this.#problems.length === 0) {
      const settings = this.#settings as StartSettings;
      const asSpelled = (name: OptionName) => spelled(name, this.#shown(name));
      this.#problems.push(...problemsAmong(settings, asSpelled));
    }
    if (this.#problems.length > 0) throw new UsageErrors(this.#problems);
    return {
      settings: this.#settings as StartSettings,
      origins: this.#origins as Settled['origins'],
    };
  }

  #settle(name: OptionName): void {
    const option: ConfigOption<unknown> = START_OPTIONS[name];
    const given = this.#given(name);
    if (given !== undefined) {
      this.#keep(name, parsed(name, option, given), given.origin);
    } else {
      const remembered =
        this.#record && option.remembered?.(this.#record, (other) => !!this.#given(other));
      if (remembered !== undefined) this.#keep(name, remembered, { source: 'directory' });
      else this.#keepDefault(name, option);
    }
    if (name === 'data') this.#record = rememberedIn(this.#settings.data);
  }

  #keepDefault(name: OptionName, { default: fallback }: ConfigOption<unknown>): void {
    const origin: Origin = { source: 'default' };
    if ('value' in fallback) this.#keep(name, fallback.value, origin);
    else if (!this.#misses(name)) {
      this.#keep(name, fallback.of(this.#settings as unknown as Earlier), origin);
    }
  }

  /** Something before it that its default follows from is wrong, which was said already. */
  #misses(name: OptionName): boolean {
    const before = OPTION_NAMES.slice(0, OPTION_NAMES.indexOf(name));
    return (['data', 'host', 'port'] as const).some(
      (other) => before.includes(other) && !(other in this.#settings),
    );
  }

  #keep(name: OptionName, value: unknown, origin: Origin): void {
    this.#settings[name] = value;
    this.#origins[name] = origin;
  }

  #given(name: OptionName): Given | undefined {
    return this.#sources.find((source) => source.has(name))?.get(name);
  }

  #shown(name: OptionName): Given {
    const origin = this.#origins[name] as Origin;
    return this.#given(name) ?? { texts: [valueText(this.#settings[name])], origin };
  }

  #collectingProblems(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      this.#problems.push(error.message);
    }
  }
}

function parsed(name: OptionName, option: ConfigOption<unknown>, given: Given): unknown {
  try {
    return option.parse(given.texts);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new UsageError(`${spelled(name, given)} is wrong. ${error.message}${hintFor(given)}`);
  }
}

/** For whoever runs a service called quorate there. */
function hintFor({ texts: [text = ''], origin }: Given): string {
  if (origin.source !== 'environment' || !text.startsWith('tcp://')) return '';
  return ' Kubernetes sets this variable for its service links: set enableServiceLinks to false.';
}

function rememberedIn(data: unknown): DirectoryRecord | undefined {
  return typeof data === 'string' ? readDataDirectory(data) : undefined;
}
