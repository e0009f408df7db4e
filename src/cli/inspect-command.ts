/** `quorate inspect`: where a key lives, and what each node alone holds of it. */

import type { Command } from 'commander';
import { inspectionText } from './inspect-text.ts';
import { addJsonOption, type JsonFlag, printAs } from './json-option.ts';
import { addNodeOption, type NodeOption, withClient } from './node-option.ts';
import { wholeNumber } from './option-values.ts';

const TIMEOUT_MS_MAX = 60_000;

interface InspectFlags extends NodeOption, JsonFlag {
  readonly timeout?: number;
  /** Of `--no-values`. */
  readonly values: boolean;
}

export function addInspectCommand(program: Command): void {
  const command = addNodeOption(program.command('inspect <bucket> <key>'))
    .description('print where a key lives, and what each node alone holds of it')
    .option(
      '--timeout <ms>',
      'how long nodes may take until they are called silent',
      wholeNumber('milliseconds', 1, TIMEOUT_MS_MAX),
    )
    .option('--no-values', 'leave the values out');
  addJsonOption(command).action(inspect);
}

async function inspect(bucket: string, key: string, flags: InspectFlags): Promise<void> {
  await withClient(flags, async (client) => {
    const { values, timeout } = flags;
    printAs(flags, await client.inspect(bucket, key, { values, timeout }), inspectionText);
  });
}
