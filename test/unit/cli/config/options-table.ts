/** The table of README.md, from the table of the code. */

import { flagOf, keyOf, variableOf } from '../../../../src/cli/config/config-option.ts';
import { OPTION_NAMES, START_OPTIONS } from '../../../../src/cli/config/start-options.ts';
import { defaultText } from '../../../../src/cli/config/value-text.ts';

export function optionsTable(): string {
  const rows = OPTION_NAMES.map((name) => {
    const { values, description } = START_OPTIONS[name];
    const names = [keyOf(name), flagOf(name), variableOf(name)].map((text) => `\`${text}\``);
    return [...names, values, defaultText(START_OPTIONS[name]) || '—', description];
  });
  const head = ['key in a file', 'flag', 'variable', 'values', 'default', 'what it is'];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
