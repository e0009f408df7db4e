/** The lines of an export on their way into a cluster, some hundred at a time. */

import type { BucketDocument } from '../client/cluster-documents.ts';
import type { NodeClient } from '../client/http-client.ts';
import { QuorateError } from '../kernel/errors.ts';
import { type BucketLine, parseLine } from './exchange-line.ts';
import { asChange, messageOf } from './exit.ts';
import { importKeys, type KeyOutcome, type NumberedKey } from './import-keys.ts';
import { numberedLines } from './import-lines.ts';
import type { ImportReport } from './import-report.ts';

export type ImportClient = Pick<NodeClient, 'batch' | 'bucket' | 'putBucket'>;

export interface ImportRunOptions {
  /** Whichever the lines name. */
  readonly bucket: string | undefined;
  /** Those before are skipped. */
  readonly fromLine: number;
  readonly overwrite: boolean;
  readonly patienceMs: number;
}

const KEYS_AT_ONCE = 200;
const CHARACTERS_AT_ONCE = 8 * 1024 * 1024;

export class ImportRun {
  readonly #client: ImportClient;
  readonly #options: ImportRunOptions;
  readonly #report: ImportReport;
  readonly #buckets = new Map<string, BucketDocument>();
  /** By bucket and key: two lines of one key are not for the same moment. */
  #waiting = new Map<string, NumberedKey>();
  #characters = 0;
  /** That was not taken yet; undefined: all were. */
  #next: number | undefined;

  constructor(client: ImportClient, options: ImportRunOptions, report: ImportReport) {
    this.#client = client;
    this.#options = options;
    this.#report = report;
  }

  /** Throws what ends it before its time; the report tells with which line it goes on. */
  async run(input: AsyncIterable<Uint8Array>): Promise<void> {
    const { tally } = this.#report;
    try {
      await this.#takeAll(input);
    } catch (error) {
      const untried = [...this.#waiting.values()].map(({ number }) => number);
      if (this.#next !== undefined) untried.push(this.#next);
      if (untried.length > 0)
        tally.goOnFrom = Math.min(...untried, tally.goOnFrom ?? Number.POSITIVE_INFINITY);
      throw error;
    }
  }

  async #takeAll(input: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const [number, text] of numberedLines(input)) {
      this.#next = number;
      this.#report.tally.lines = number;
      if (number < this.#options.fromLine || text.trim() === '') continue;
      try {
        await this.#take(number, text);
      } catch (error) {
        if (!(error instanceof BadLine)) throw error;
        this.#report.note('bad', number, error.message);
      }
    }
    this.#next = undefined;
    await this.#flush();
  }

  async #take(number: number, text: string): Promise<void> {
    const line = orBadLine(() => parseLine(text));
    const name = this.#options.bucket ?? line.bucket;
    if ('settings' in line) {
      await this.#create(name, line);
      return;
    }
    const bucket = await this.#bucket(name);
    const place = JSON.stringify([name, 'key' in line ? line.key : { base64: line.keyBase64 }]);
    if (this.#waiting.has(place)) await this.#flush();
    this.#waiting.set(place, { number, line, bucket });
    this.#next = number + 1;
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
      overwrite: this.#options.overwrite,
      patienceMs: this.#options.patienceMs,
    };
    const { outcomes, failure } = await importKeys(options, keys);
    for (const [at, { number }] of keys.entries()) this.#count(number, outcomes[at] as KeyOutcome);
    if (failure !== undefined) throw failure;
  }

  #count(number: number, outcome: KeyOutcome): void {
    const { tally } = this.#report;
    if (outcome === 'conflict') {
      const problem = 'the key has other values already: --overwrite replaces them';
      this.#report.note('conflict', number, problem);
    } else if (typeof outcome === 'string') tally[outcome]++;
    else if (outcome.outcome === 'untried') {
      tally.goOnFrom = Math.min(number, tally.goOnFrom ?? number);
    } else {
      const trouble = outcome.outcome === 'unknown' ? 'unknown' : 'bad';
      this.#report.note(trouble, number, outcome.problem);
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
