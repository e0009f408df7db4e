/** Completion for zsh: its own menus with descriptions. */

import { quoted } from '../terminal-text.ts';
import { type CompletedCommand, type CompletedValue, everyCommand } from './command-tree.ts';

export function zshScript(root: CompletedCommand): string {
  const commands = everyCommand(root);
  const paths = commands.slice(1).map(({ path }) => quoted(path));
  const values = commands.flatMap(({ path, options }) =>
    options
      .filter(({ value }) => value.kind !== 'none')
      .map(({ flag, value }) => `    ${quoted(`${path} ${flag}`)}) ${offered(value)}; return ;;`),
  );
  return `\
#compdef ${root.path}
# Completion of ${root.path} for zsh: source <(${root.path} completion zsh)
_${root.path}() {
  local at=${root.path} files='' i
  local -a commands flags
  for ((i = 2; i < CURRENT; i++)); do
    case "$at \${words[i]}" in
      ${paths.join(' | ')}) at="$at \${words[i]}" ;;
    esac
  done
  case "$at \${words[CURRENT - 1]}" in
${values.join('\n')}
  esac
  case "$at" in
${commands.map(listed).join('\n')}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then
    _describe -o option flags
  elif [[ -n $files ]]; then
    _files
  else
    _describe command commands
  fi
}

if [[ $funcstack[1] == _${root.path} ]]; then _${root.path} "$@"; else compdef _${root.path} ${root.path}; fi
`;
}

function offered(value: CompletedValue): string {
  switch (value.kind) {
    case 'word':
      return `compadd -- ${value.words.map(quoted).join(' ')}`;
    case 'file':
      return '_files';
    case 'directory':
      return '_files -/';
    default:
      return ':';
  }
}

function listed({ path, commands, words, options, takesFile }: CompletedCommand): string {
  const names = commands.map(({ path: sub, description }) => [lastWord(sub), description] as const);
  const choices = words.map((word) => [word, ''] as const);
  const flags = options.map(({ flag, description }) => [flag, description] as const);
  const items = (entries: readonly (readonly [string, string])[]) =>
    entries.map(([name, description]) => quoted(`${name}:${description}`)).join(' ');
  return [
    `    ${quoted(path)})`,
    `      commands=(${items([...names, ...choices])})`,
    `      flags=(${items(flags)})`,
    ...(takesFile ? ['      files=yes'] : []),
    '      ;;',
  ].join('\n');
}

function lastWord(path: string): string {
  return path.slice(path.lastIndexOf(' ') + 1);
}
