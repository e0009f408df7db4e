/** `quorate completion`: a script with which a shell completes this command line. */

import { Argument, type Command } from 'commander';
import { bashScript } from './completion/bash-script.ts';
import { type CompletedCommand, completedCommand } from './completion/command-tree.ts';
import { fishScript } from './completion/fish-script.ts';
import { zshScript } from './completion/zsh-script.ts';

const SCRIPTS: Readonly<Record<string, (root: CompletedCommand) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('print a script with which your shell completes commands and flags')
    .addArgument(
      new Argument('<shell>', 'source <(quorate completion bash)').choices(Object.keys(SCRIPTS)),
    )
    .action((shell: keyof typeof SCRIPTS) => {
      process.stdout.write(SCRIPTS[shell]?.(completedCommand(program)) ?? '');
    });
}
