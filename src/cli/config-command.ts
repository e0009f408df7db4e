/** `quorate config`: what a node would be started with, and what it can be told. */

import type { Command } from 'commander';
import { flagOf, keyOf, variableOf } from './config/config-option.ts';
import type { Origin } from './config/given-settings.ts';
import { type Settled, type StartFlags, settleAll } from './config/settle.ts';
import { addStartOptions } from './config/start-flags.ts';
import { OPTION_NAMES, type OptionName, START_OPTIONS } from './config/start-options.ts';
import { defaultText, valueText } from './config/value-text.ts';
import { misspelledVariables } from './config/variables.ts';
import { addJsonOption, type JsonFlag, printAs } from './json-option.ts';
import { tableText } from './table-text.ts';
import { visible } from './terminal-text.ts';

export function addConfigCommands(program: Command): void {
  const config = program.command('config').description('the configuration of a node');
  addJsonOption(addStartOptions(config.command('check')))
    .description(
      'check the settings with which quorate start would run, and print them with their sources',
    )
    .action(check);
  addJsonOption(config.command('options'))
    .description('print all options: keys of a file, flags, variables, values, defaults')
    .action((flags: JsonFlag) => printAs(flags, optionDocuments(), optionsText));
}

function check({ json, ...flags }: StartFlags & JsonFlag): void {
  const settled = settleAll(flags, process.env);
  const warnings = misspelledVariables(process.env);
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
  printAs({ json }, settledDocument(settled), () => settledText(settled));
}

function settledDocument({ settings, origins }: Settled) {
  return Object.fromEntries(
    OPTION_NAMES.map((name) => [
      keyOf(name),
      { value: settings[name] ?? null, ...originDocument(name, origins[name]) },
    ]),
  );
}

function originDocument(name: OptionName, origin: Origin) {
  const place = placeText(name, origin);
  return place === undefined ? { source: origin.source } : { source: origin.source, place };
}

function settledText({ settings, origins }: Settled): string {
  const rows = OPTION_NAMES.map((name) => [
    keyOf(name),
    visible(valueText(settings[name])) || '-',
    placeText(name, origins[name]) ?? SOURCES[origins[name].source],
  ]);
  return tableText(['setting', 'value', 'from'], rows);
}

const SOURCES: Readonly<Record<Origin['source'], string>> = {
  flag: 'the command line',
  environment: 'the environment',
  file: 'the file',
  directory: 'the data directory',
  default: 'default',
};

/** Undefined: the source says it all. */
function placeText(name: OptionName, origin: Origin): string | undefined {
  switch (origin.source) {
    case 'flag':
      return flagOf(name);
    case 'environment':
      return variableOf(name);
    case 'file':
      return origin.place;
    default:
      return undefined;
  }
}

function optionDocuments() {
  return OPTION_NAMES.map((name) => {
    const { values, description } = START_OPTIONS[name];
    return {
      key: keyOf(name),
      flag: flagOf(name),
      variable: variableOf(name),
      values,
      default: defaultText(START_OPTIONS[name]) || null,
      description,
    };
  });
}

function optionsText(options: ReturnType<typeof optionDocuments>): string {
  const rows = options.map(({ key, values, description, ...option }) => [
    key,
    values,
    option.default ?? '-',
    description,
  ]);
  return [
    tableText(['key in a file', 'values', 'default', 'what it is'], rows),
    '',
    'As a flag peer-port is --peer-port, as a variable QUORATE_PEER_PORT.',
    'A flag goes before a variable, that before the file (--config, QUORATE_CONFIG), that before what the data directory remembers.',
  ].join('\n');
}
