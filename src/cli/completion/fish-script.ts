/** Completion for fish, from version 3 on. */

import { type CompletedCommand, type CompletedOption, everyCommand } from './command-tree.ts';

export function fishScript(root: CompletedCommand): string {
  const commands = everyCommand(root);
  const paths = commands.slice(1).map(({ path }) => fishQuoted(path));
  return `\
# Completion of ${root.path} for fish: ${root.path} completion fish | source
set -g __${root.path}_paths ${paths.join(' ')}

function __${root.path}_at
  set -l at ${root.path}
  set -l typed (commandline -opc)
  set -e typed[1]
  for word in $typed
    if contains -- "$at $word" $__${root.path}_paths
      set at "$at $word"
    end
  end
  test "$at" = "$argv[1]"
end

complete -c ${root.path} -f
${commands.flatMap((command) => linesOf(root.path, command)).join('\n')}
`;
}

function linesOf(program: string, command: CompletedCommand): readonly string[] {
  const { path, commands, words, options, takesFile } = command;
  const here = `complete -c ${program} -n ${fishQuoted(`__${program}_at "${path}"`)}`;
  return [
    ...commands.map(
      ({ path: sub, description }) =>
        `${here} -a ${fishQuoted(sub.slice(path.length + 1))} -d ${fishQuoted(description)}`,
    ),
    ...words.map((word) => `${here} -a ${fishQuoted(word)}`),
    ...options.map((option) => `${here} ${optionText(option)}`),
    ...(takesFile ? [`${here} -F`] : []),
  ];
}

function optionText({ flag, description, value }: CompletedOption): string {
  const name = flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`;
  return `${name} ${VALUES[value.kind]}${wordsText(value)}-d ${fishQuoted(description)}`;
}

const VALUES: Readonly<Record<CompletedOption['value']['kind'], string>> = {
  none: '',
  anything: '-x ',
  word: '-x ',
  file: '-r -F ',
  directory: '-x ',
};

function wordsText(value: CompletedOption['value']): string {
  if (value.kind === 'word') return `-a ${fishQuoted(value.words.join(' '))} `;
  return value.kind === 'directory' ? `-a '(__fish_complete_directories)' ` : '';
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
