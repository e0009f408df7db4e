/** Completion for bash, from version 3.2 on. */

import { quoted } from '../terminal-text.ts';
import { type CompletedCommand, type CompletedValue, everyCommand } from './command-tree.ts';

export function bashScript(root: CompletedCommand): string {
  const commands = everyCommand(root);
  const paths = commands.slice(1).map(({ path }) => quoted(path));
  const values = commands.flatMap(({ path, options }) =>
    options
      .filter(({ value }) => value.kind !== 'none')
      .map(({ flag, value }) => `    ${quoted(`${path} ${flag}`)}) ${offered(value)}; return ;;`),
  );
  const words = commands.map((command) => `    ${quoted(command.path)}) ${wordsOf(command)} ;;`);
  return `\
# Completion of ${root.path} for bash: source <(${root.path} completion bash)
_${root.path}_files() {
  local IFS=$'\\n'
  compopt -o filenames 2> /dev/null
  COMPREPLY=($(compgen "$1" -- "$2"))
}

_${root.path}() {
  local word=\${COMP_WORDS[COMP_CWORD]} at=${root.path} words='' files='' i IFS=$' \\t\\n'
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
      ${paths.join(' | ')}) at="$at \${COMP_WORDS[i]}" ;;
    esac
  done
  COMPREPLY=()
  case "$at \${COMP_WORDS[COMP_CWORD - 1]}" in
${values.join('\n')}
  esac
  case "$at" in
${words.join('\n')}
  esac
  if [[ $files && $word != -* ]]; then _${root.path}_files -f "$word"; return; fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}

complete -F _${root.path} ${root.path}
`;
}

function offered(value: CompletedValue): string {
  switch (value.kind) {
    case 'word':
      return `COMPREPLY=($(compgen -W ${quoted(value.words.join(' '))} -- "$word"))`;
    case 'file':
      return '_quorate_files -f "$word"';
    case 'directory':
      return '_quorate_files -d "$word"';
    default:
      return ':';
  }
}

/** Flags are offered where a word may stand, too: one learns of them. */
function wordsOf({ commands, words, options, takesFile }: CompletedCommand): string {
  const names = commands.map(({ path }) => path.slice(path.lastIndexOf(' ') + 1));
  const all = [...names, ...words, ...options.map(({ flag }) => flag)];
  return `words=${quoted(all.join(' '))}${takesFile ? ' files=yes' : ''}`;
}
