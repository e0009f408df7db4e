/** What can be typed after `quorate`, as commander has it: what completion of every shell is made from. */

import type { Argument, Command, Option } from 'commander';

export interface CompletedCommand {
  /** All words that lead to it: `quorate bucket create`. */
  readonly path: string;
  readonly description: string;
  readonly options: readonly CompletedOption[];
  /** Words that its arguments may be, beside those that nobody knows beforehand. */
  readonly words: readonly string[];
  /** Its first argument is a file. */
  readonly takesFile: boolean;
  readonly commands: readonly CompletedCommand[];
}

export interface CompletedOption {
  readonly flag: string;
  readonly description: string;
  readonly value: CompletedValue;
}

export type CompletedValue =
  | { readonly kind: 'none' | 'file' | 'directory' | 'anything' }
  | { readonly kind: 'word'; readonly words: readonly string[] };

export function completedCommand(
  command: Command,
  before: readonly string[] = [],
): CompletedCommand {
  const words = [...before, command.name()];
  const help = command.createHelp();
  const [first] = command.registeredArguments;
  return {
    path: words.join(' '),
    description: command.description(),
    options: help.visibleOptions(command).map(completedOption),
    words: command.registeredArguments.flatMap(({ argChoices = [] }: Argument) => argChoices),
    takesFile: first?.name() === 'file',
    commands: help.visibleCommands(command).map((sub) => completedCommand(sub, words)),
  };
}

/** The command and all below it. */
export function everyCommand(command: CompletedCommand): readonly CompletedCommand[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

function completedOption(option: Option): CompletedOption {
  const flag = option.long ?? option.short ?? '';
  return { flag, description: option.description, value: valueTaken(option) };
}

/** Its placeholder says what a value is. */
function valueTaken({ flags, argChoices }: Option): CompletedValue {
  const [, placeholder] = /[<[](.+?)[>\]]/.exec(flags) ?? [];
  if (placeholder === undefined) return { kind: 'none' };
  if (argChoices !== undefined) return { kind: 'word', words: argChoices };
  if (placeholder === 'file' || placeholder === 'out') return { kind: 'file' };
  return { kind: placeholder === 'dir' ? 'directory' : 'anything' };
}
