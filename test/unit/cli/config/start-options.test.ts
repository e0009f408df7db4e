import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import {
  type ConfigOption,
  flagOf,
  keyOf,
  variableOf,
} from '../../../../src/cli/config/config-option.ts';
import { addStartOptions } from '../../../../src/cli/config/start-flags.ts';
import { OPTION_NAMES, START_OPTIONS } from '../../../../src/cli/config/start-options.ts';
import { optionsTable } from './options-table.ts';

const README = new URL('../../../../README.md', import.meta.url);

it('one name is that of a key, a flag and a variable', () => {
  expect(keyOf('peerPort')).toBe('peer-port');
  expect(flagOf('peerPort')).toBe('--peer-port');
  expect(variableOf('peerPort')).toBe('QUORATE_PEER_PORT');
  for (const name of OPTION_NAMES) expect(keyOf(name)).toMatch(/^[a-z]+(-[a-z]+)*$/);
});

it("README's table equals the code's", () => {
  const [head = ''] = optionsTable().split('\n');
  const [, table = ''] = readFileSync(README, 'utf8').split(`\n\n${head}\n`);
  expect(`${head}\n${table.split('\n\n')[0]}`).toBe(optionsTable());
});

it('every option is a flag of the command, and there are no others but --config', () => {
  const flags = addStartOptions(new Command('start')).options.map(({ long }) => long);
  expect(flags).toEqual(['--config', ...OPTION_NAMES.map(flagOf)]);
});

it('commander calls a flag as the table does', () => {
  const command = addStartOptions(new Command('start'));
  expect(command.options.slice(1).map((option) => option.attributeName())).toEqual(OPTION_NAMES);
});

describe.each(OPTION_NAMES)('%s', (name) => {
  const option: ConfigOption<unknown> = START_OPTIONS[name];

  it('takes its own default', () => {
    const fallback = option.default;
    if (!('value' in fallback) || fallback.value === undefined) return;
    expect(option.parse([String(fallback.value)])).toEqual(fallback.value);
  });

  it('says in one line what would be right', () => {
    const wrong = option.repeats === true ? ['?'] : ['a', 'b'];
    expect(() => option.parse(wrong)).toThrow(/^Give [^\n]+\.$/);
    expect(option.description).not.toMatch(/\n|\.$|\|/);
  });
});
