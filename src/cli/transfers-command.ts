/** `quorate transfers`: partitions on their way from node to node, with progress, and how fast. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { TransfersDocument } from '../client/ring-documents.ts';
import { asChange } from './exit.ts';
import { addNodeOption, type NodeOption, withClient } from './node-option.ts';
import { wholeNumber } from './option-values.ts';
import { transfersText } from './transfers-text.ts';

interface TransfersFlags extends NodeOption {
  readonly watch?: true;
  readonly rate?: number | 'none';
  readonly json?: true;
}

const LOOK_EVERY_MS = 500;
const CLEAR_SCREEN = '\u001b[2J\u001b[H';
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
      const bytesPerSecond = flags.rate === 'none' ? null : flags.rate * 1024 * 1024;
      await asChange(client.setTransferRate(bytesPerSecond));
    }
    let found = await client.transfers();
    if (flags.watch === true) {
      const began = { atMs: performance.now(), bytes: found.bytesMoved };
      while (!isAtRest(found)) {
        show(found, flags, rateSince(began, found));
        await sleep(LOOK_EVERY_MS);
        found = await client.transfers();
      }
    }
    show(found, flags, undefined);
  });
}

/** Programs that watch get a document a line. */
function show(
  found: TransfersDocument,
  { watch, json }: TransfersFlags,
  bytesPerSecond: number | undefined,
): void {
  if (json === true) {
    process.stdout.write(`${JSON.stringify(found, null, watch === true ? 0 : 2)}\n`);
    return;
  }
  if (watch === true && !isAtRest(found) && process.stdout.isTTY) {
    process.stdout.write(CLEAR_SCREEN);
  }
  process.stdout.write(`${transfersText(found, bytesPerSecond)}\n`);
}

function isAtRest({ moves, movesLeft }: TransfersDocument): boolean {
  return moves.length === 0 && movesLeft === 0;
}

function rateSince(began: { atMs: number; bytes: number }, { bytesMoved }: TransfersDocument) {
  const seconds = (performance.now() - began.atMs) / 1_000;
  return seconds < 1 ? undefined : Math.max(0, bytesMoved - began.bytes) / seconds;
}
