/**
 * `quorate top`: what the nodes of a cluster are doing, anew each second. In a terminal the
 * table stays in its place; elsewhere each look is some lines, or with --json one.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { addJsonOption, type JsonFlag } from './json-option.ts';
import { addNodeOption, type NodeOption, withClient } from './node-option.ts';
import { wholeNumber } from './option-values.ts';
import { ClusterWatch } from './top/cluster-look.ts';
import { type TopDocument, topText } from './top/top-text.ts';
import { untilInterrupted } from './until-interrupted.ts';

interface TopFlags extends NodeOption, JsonFlag {
  readonly once?: true;
  /** Milliseconds. */
  readonly every: number;
}

const DEFAULT_EVERY_MS = 1_000;
const EVERY_MS_MIN = 200;
const EVERY_MS_MAX = 60_000;

const CLEAR_SCREEN = '\u001b[2J\u001b[H';

export function addTopCommand(program: Command): void {
  addJsonOption(addNodeOption(program.command('top')), 'print each look as a JSON object')
    .description('print what all nodes do, anew each second: requests, latencies, hints, transfers')
    .option('--once', 'look for one interval and end')
    .option(
      '--every <ms>',
      'from one look to the next, in milliseconds',
      wholeNumber('milliseconds', EVERY_MS_MIN, EVERY_MS_MAX),
      DEFAULT_EVERY_MS,
    )
    .action(top);
}

async function top(flags: TopFlags): Promise<void> {
  const signal = untilInterrupted();
  await withClient(flags, async (contact) => {
    const watch = new ClusterWatch(flags, contact);
    try {
      // Rates are between two looks, so the first one is not shown.
      await watch.next();
      do {
        await sleep(flags.every, undefined, { signal }).catch(() => {});
        if (signal.aborted) return;
        show(await watch.next(), flags);
      } while (flags.once !== true);
    } finally {
      await watch.close();
    }
  });
}

function show(document: TopDocument, { json, once }: TopFlags): void {
  if (json === true) {
    process.stdout.write(`${JSON.stringify(document)}\n`);
    return;
  }
  const isLive = process.stdout.isTTY && once !== true;
  process.stdout.write(`${isLive ? CLEAR_SCREEN : ''}${topText(document)}\n`);
  if (!isLive && once !== true) process.stdout.write('\n');
}
