/** `quorate transfers`: partitions on their way from node to node, with progress, and how fast. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { TransfersDocument } from '../client/ring-documents.ts';
import { addNodeOption, type NodeOption, withClient } from './node-option.ts';
import { wholeNumber } from './option-values.ts';
import { transfersText } from './transfers-text.ts';

interface TransfersFlags extends NodeOption {
  readonly watch?: true;
  readonly rate?: number | 'none';
  readonly json?: true;
}

const LOOK_EVERY_MS = 500;
const RATE_MAX = 1_000_000;

export function addTransfersCommand(program: Command): void {
  addNodeOption(program.command('transfers'))
    .description('print the partitions that are on their way from node to node')
    .option('--watch', 'until all have arrived')
    .option(
      '--rate <mib>',
      'each node takes in at most so many MiB a second from now on, or none',
      rate,
    )
    .option('--json', 'print it as JSON')
    .action(transfers);
}

function rate(text: string): number | 'none' {
  return text === 'none' ? text : wholeNumber('MiB a second', 1, RATE_MAX)(text);
}

async function transfers(flags: TransfersFlags): Promise<void> {
  await withClient(flags, async (client) => {
    if (flags.rate !== undefined) {
      await client.setTransferRate(flags.rate === 'none' ? null : flags.rate * 1024 * 1024);
    }
    let found = await client.transfers();
    if (flags.watch === true) {
      const began = { atMs: performance.now(), bytes: found.bytesMoved };
      while (found.moves.length > 0 || found.movesLeft > 0) {
        if (process.stdout.isTTY) process.stdout.write('\u001b[2J\u001b[H');
        process.stdout.write(`${transfersText(found, rateSince(began, found))}\n`);
        await sleep(LOOK_EVERY_MS);
        found = await client.transfers();
      }
    }
    const text =
      flags.json === true ? JSON.stringify(found, null, 2) : transfersText(found, undefined);
    process.stdout.write(`${text}\n`);
  });
}

function rateSince(began: { atMs: number; bytes: number }, { bytesMoved }: TransfersDocument) {
  const seconds = (performance.now() - began.atMs) / 1_000;
  return seconds < 1 ? undefined : Math.max(0, bytesMoved - began.bytes) / seconds;
}
