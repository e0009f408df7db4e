/** `quorate import`: the lines of an export into a cluster. */

import { createReadStream } from 'node:fs';
import { type Command, Option } from 'commander';
import type { BucketDocument } from '../client/cluster-documents.ts';
import type { NodeClient } from '../client/http-client.ts';
import { QuorateError } from '../kernel/errors.ts';
import { type BucketLine, parseLine } from './exchange-line.ts';
import { asChange, EXIT, messageOf } from './exit.ts';
import { importKeys, type KeyOutcome, type NumberedKey } from './import-keys.ts';
import { numberedLines } from './import-lines.ts';
import { addJsonOption, type JsonFlag, printAs } from './json-option.ts';
import { addNodeOption, type NodeOption, withClient } from './node-option.ts';
import { wholeNumber } from './option-values.ts';
import { startProgress } from './progress.ts';
import { tableText } from './table-text.ts';

interface ImportFlags extends NodeOption, JsonFlag {
  readonly bucket?: string;
  readonly overwrite?: true;
  readonly fromLine: number;
}

interface ImportTally {
  /** Of the text, skipped ones among them. */
  lines: number;
  imported: number;
  present: number;
  conflict: number;
  expired: number;
  bad: number;
  /** That may have been imported, or not. */
  unknown: number;
  /** The first of those that are bad, in conflict or unknown. */
  readonly problems: { readonly line: number; readonly problem: string }[];
}

const PATIENCE_MS = 30_000;
const KEYS_AT_ONCE = 200;
const CHARACTERS_AT_ONCE = 8 * 1024 * 1024;
const PROBLEMS_TOLD_MAX = 100;
const LINE_MAX = 1_000_000_000;

export function addImportCommand(program: Command): void {
  addJsonOption(addNodeOption(program.command('import [file]')), 'print the outcome as JSON')
    .description('store the lines of quorate export, of FILE or standard input; may be run again')
    .option('--bucket <name>', 'into this bucket, whichever the lines name')
    .option('--overwrite', 'replace what keys have that is not in their line')
    .addOption(
      new Option('--from-line <n>', 'skip the lines before it')
        .argParser(wholeNumber('lines', 1, LINE_MAX))
        .default(1),
    )
    .action(importFile);
}

async function importFile(path: string | undefined, flags: ImportFlags): Promise<void> {
  const input = path === undefined || path === '-' ? process.stdin : createReadStream(path);
  const counts = { lines: 0, imported: 0, present: 0, conflict: 0, expired: 0, bad: 0, unknown: 0 };
  const tally: ImportTally = { ...counts, problems: [] };
  const stop = startProgress(() => `${tally.lines} lines, ${tally.imported} keys imported`);
  try {
    await withClient(flags, (client) => new Importing(client, flags, tally).run(input));
  } finally {
    stop();
  }
  for (const { line, problem } of tally.problems) {
    process.stderr.write(`line ${line}: ${problem}\n`);
  }
  printAs(flags, tally, tallyText);
  if (tally.unknown > 0) process.exitCode = EXIT.undecided;
  else if (tally.bad > 0 || tally.conflict > 0) process.exitCode = EXIT.failed;
}

class Importing {
  readonly #client: NodeClient;
  readonly #flags: ImportFlags;
  readonly #tally: ImportTally;
  readonly #buckets = new Map<string, BucketDocument>();
  /** By bucket and key: two lines of one key are not for the same moment. */
  #waiting = new Map<string, NumberedKey>();
  #characters = 0;

  constructor(client: NodeClient, flags: ImportFlags, tally: ImportTally) {
    this.#client = client;
    this.#flags = flags;
    this.#tally = tally;
  }

  async run(input: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const [number, text] of numberedLines(input)) {
      this.#tally.lines = number;
      if (number < this.#flags.fromLine || text.trim() === '') continue;
      try {
        await this.#take(number, text);
      } catch (error) {
        if (!(error instanceof BadLine)) throw error;
        this.#note('bad', number, error.message);
      }
    }
    await this.#flush();
  }

  async #take(number: number, text: string): Promise<void> {
    const line = orBadLine(() => parseLine(text));
    const name = this.#flags.bucket ?? line.bucket;
    if ('settings' in line) {
      await this.#create(name, line);
      return;
    }
    const bucket = await this.#bucket(name);
    const place = JSON.stringify([name, 'key' in line ? line.key : { base64: line.keyBase64 }]);
    if (this.#waiting.has(place)) await this.#flush();
    this.#waiting.set(place, { number, line, bucket });
    this.#characters += text.length;
    const isFull = this.#waiting.size === KEYS_AT_ONCE || this.#characters > CHARACTERS_AT_ONCE;
    if (isFull) await this.#flush();
  }

  /** A bucket that is there stays as it is. */
  async #create(name: string, { settings }: BucketLine): Promise<void> {
    try {
      this.#buckets.set(name, await this.#client.bucket(name));
    } catch (error) {
      if (!(error instanceof QuorateError && error.code === 'no_such_bucket')) throw error;
      await this.#make(name, settings);
    }
  }

  async #bucket(name: string): Promise<BucketDocument> {
    if (!this.#buckets.has(name)) await this.#create(name, { bucket: name, settings: {} });
    return this.#buckets.get(name) as BucketDocument;
  }

  async #make(name: string, settings: BucketLine['settings']): Promise<void> {
    try {
      this.#buckets.set(name, (await asChange(this.#client.putBucket(name, settings))).bucket);
    } catch (error) {
      if (!(error instanceof QuorateError && error.status === 400)) throw error;
      throw new BadLine(`bucket ${name} cannot be made: ${error.message}`);
    }
  }

  async #flush(): Promise<void> {
    const keys = [...this.#waiting.values()];
    this.#waiting = new Map();
    this.#characters = 0;
    const options = {
      client: this.#client,
      overwrite: this.#flags.overwrite === true,
      patienceMs: PATIENCE_MS,
    };
    const outcomes = await importKeys(options, keys);
    for (const [at, { number }] of keys.entries()) this.#count(number, outcomes[at] as KeyOutcome);
  }

  #count(number: number, outcome: KeyOutcome): void {
    if (typeof outcome === 'object') {
      this.#note(outcome.isDefinite ? 'bad' : 'unknown', number, outcome.problem);
    } else if (outcome === 'conflict') {
      this.#note('conflict', number, 'the key has other values already: --overwrite replaces them');
    } else this.#tally[outcome]++;
  }

  #note(kind: 'bad' | 'conflict' | 'unknown', line: number, problem: string): void {
    this.#tally[kind]++;
    if (this.#tally.problems.length < PROBLEMS_TOLD_MAX) {
      this.#tally.problems.push({ line, problem });
    }
  }
}

class BadLine extends Error {}

function orBadLine<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw new BadLine(messageOf(error));
  }
}

function tallyText(tally: ImportTally): string {
  const rows: readonly (readonly [string, number, string])[] = [
    ['imported', tally.imported, ''],
    ['already there', tally.present, 'with just these values'],
    ['conflict', tally.conflict, 'left as they are'],
    ['expired', tally.expired, 'since they were exported'],
    ['bad', tally.bad, 'not imported'],
    ['unknown', tally.unknown, 'imported or not: import them again'],
  ];
  return tableText(
    [`${tally.lines} lines`, 'keys', ''],
    rows.map(([what, count, note]) => [what, String(count), count === 0 ? '' : note]),
  );
}
