/** One line of a scenario: the name of a command, and what is given to it. */

import { Arguments } from './arguments.ts';

export type Commands<Stage> = Readonly<Record<string, (stage: Stage, given: Arguments) => void>>;

/** Throws when the line is no command. */
export function runFrom<Stage>(commands: Commands<Stage>, stage: Stage, line: string): void {
  const [name = '', ...words] = line.split(/\s+/);
  const command = commands[name];
  if (command === undefined) throw new Error(`no command: ${line}`);
  const given = new Arguments(line, words);
  command(stage, given);
  if (!given.isEmpty) throw new Error(`too much is given: ${line}`);
}
