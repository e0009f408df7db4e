/** The options of the table as flags of a command. They are judged where all sources are. */

import { type Command, Option } from 'commander';
import { type ConfigOption, flagOf } from './config-option.ts';
import { OPTION_NAMES, START_OPTIONS } from './start-options.ts';
import { defaultText } from './value-text.ts';

export function addStartOptions(command: Command): Command {
  command.option('--config <file>', 'read settings that no flag and no variable gives from here');
  for (const name of OPTION_NAMES) command.addOption(flagOption(name, START_OPTIONS[name]));
  return command;
}

function flagOption(name: string, option: ConfigOption<unknown>): Option {
  const { takes, description, repeats, words } = option;
  if (takes === undefined) return new Option(flagOf(name), description);
  const flag = new Option(
    `${flagOf(name)} ${takes}`,
    `${description} (${words ? '' : `${option.values}; `}default: ${defaultText(option) || 'none'})`,
  );
  if (words !== undefined) flag.argChoices = [...words];
  if (repeats !== true) return flag;
  return flag.argParser((text: string, before: readonly string[] = []) => [...before, text]);
}
