/**
 * `quorate watch`: the changes of a raft bucket, one a line, until it is interrupted.
 *
 * Lines for people show what a terminal can; programs take `--json`, which tells everything.
 * What happens to the connection goes to standard error.
 */

import type { Command } from 'commander';
import type { WatchChange, WatchNews } from '../client/watch.ts';
import { bufferOf, textOf } from '../kernel/bytes.ts';
import { addNodeOption, type NodeOption, withClient } from './node-option.ts';
import { revision } from './option-values.ts';
import { shown } from './siblings-text.ts';
import { visible } from './terminal-text.ts';
import { untilInterrupted } from './until-interrupted.ts';

export function addWatchCommand(program: Command): void {
  addNodeOption(program.command('watch <bucket>'))
    .description('print the changes of a raft bucket as they happen, until Ctrl-C')
    .option('--prefix <prefix>', 'only of keys that begin with this')
    .option(
      '--after <revision>',
      'begin with the change that follows this one (default: from now on)',
      revision,
    )
    .option('--json', 'print each change as a JSON object')
    .action(watch);
}

interface WatchFlags extends NodeOption {
  readonly prefix?: string;
  readonly after?: number;
  readonly json?: true;
}

async function watch(bucket: string, { prefix, after, json, ...flags }: WatchFlags) {
  const textOfChange = json === true ? changeDocument : changeText;
  const signal = untilInterrupted();
  await withClient(flags, async (client) => {
    for await (const news of client.watch(bucket, { prefix, after, signal })) {
      switch (news.type) {
        case 'connected':
        case 'lost':
          process.stderr.write(`${connectionText(bucket, news)}\n`);
          break;
        default:
          process.stdout.write(`${textOfChange(news)}\n`);
      }
    }
  });
}

function connectionText(bucket: string, news: Exclude<WatchNews, WatchChange>): string {
  const where = `revision ${news.revision}`;
  return news.type === 'connected'
    ? `watching ${visible(bucket)} after ${where}`
    : `the connection was lost: ${visible(news.reason)}; trying again from ${where}`;
}

function changeText(change: WatchChange): string {
  switch (change.type) {
    case 'put': {
      const { key, value, lease } = change;
      const owner = lease === undefined ? '' : ` (lease ${lease})`;
      return `${change.revision} put ${shown(key)} = ${shown(value)}${owner}`;
    }
    case 'delete':
      return `${change.revision} delete ${shown(change.key)}`;
    case 'bucket_deleted':
      return `${change.revision} the bucket was deleted`;
  }
}

/** Names are those of the HTTP API. */
function changeDocument(change: WatchChange): string {
  switch (change.type) {
    case 'put': {
      const { type, key, value, ...rest } = change;
      return JSON.stringify({ type, ...named('key', key), ...named('value', value), ...rest });
    }
    case 'delete': {
      const { type, key, ...rest } = change;
      return JSON.stringify({ type, ...named('key', key), ...rest });
    }
    case 'bucket_deleted':
      return JSON.stringify(change);
  }
}

function named(name: 'key' | 'value', bytes: Uint8Array) {
  const text = textOf(bytes);
  return text === undefined
    ? { [`${name}Base64`]: bufferOf(bytes).toString('base64') }
    : { [name]: text };
}
