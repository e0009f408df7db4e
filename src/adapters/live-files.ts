/**
 * Files whose content is in force for as long as the process runs, and is taken anew when they
 * change: certificates, tokens.
 *
 * What is wrong at first is thrown. Later it is logged, and what was in force stays so: a slip
 * of an editor must not shut everybody out. Files may be replaced one after the other (a
 * certificate, then its key) or all at once by a link; what counts is that they are looked at
 * after the last change, which the poll sees to where the system tells of no changes.
 */

import { createHash } from 'node:crypto';
import { type FSWatcher, readFileSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from '../ports/logger.ts';
import { NotPrivateError, readPrivateFile } from './private-files.ts';

const POLL_MS = 2_000;

/** After news of a change: who writes two files is mostly done with both by then. */
const SETTLE_MS = 100;

export interface LiveFile {
  readonly path: string;
  /** Refused where others may read or change it: see private-files.ts. */
  readonly secret: boolean;
}

export interface LiveFilesOptions<Value> {
  /** In logs: `tokens`, `certificate for clients`. */
  readonly what: string;
  readonly files: readonly LiveFile[];
  /** Of their contents, in order. Throws what is wrong, in words for the operator. */
  readonly parse: (contents: readonly Buffer[]) => Value;
  readonly logger: Logger;
}

export class LiveFiles<Value> {
  readonly #options: LiveFilesOptions<Value>;
  readonly #watchers: readonly FSWatcher[];
  readonly #poll: NodeJS.Timeout;
  readonly #listeners = new Set<(value: Value) => void>();
  readonly #judged = new Set<(refused: boolean) => void>();
  #soon: NodeJS.Timeout | undefined;
  /** What was found at the last look, good or bad. */
  #seen: string;
  #current: Value;

  /** Throws what is wrong with the files, in words for the operator. */
  constructor(options: LiveFilesOptions<Value>) {
    this.#options = options;
    const contents = options.files.map(read);
    this.#seen = fingerprint(contents);
    this.#current = options.parse(contents);
    const folders = new Set(options.files.map(({ path }) => dirname(path)));
    this.#watchers = [...folders].flatMap((folder) => this.#watch(folder));
    this.#poll = setInterval(() => this.#look(), POLL_MS).unref();
  }

  get current(): Value {
    return this.#current;
  }

  /** Told of every new value; returns what ends that. */
  onChange(listener: (value: Value) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Told of every change whether it was refused, so that something else is in force. */
  onJudged(listener: (refused: boolean) => void): void {
    this.#judged.add(listener);
  }

  close(): void {
    clearInterval(this.#poll);
    clearTimeout(this.#soon);
    for (const watcher of this.#watchers) watcher.close();
  }

  /** Of the folder: a file that is replaced is another one than was watched. */
  #watch(folder: string): FSWatcher[] {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#lookSoon());
      return [watcher.on('error', () => watcher.close())];
    } catch {
      // There may be no more watches to be had: the poll looks too.
      return [];
    }
  }

  #lookSoon(): void {
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => this.#look(), SETTLE_MS).unref();
  }

  #look(): void {
    const { what, files, parse, logger } = this.#options;
    let seen: string | undefined;
    try {
      const contents = files.map(read);
      seen = fingerprint(contents);
      if (seen === this.#seen) return;
      this.#current = parse(contents);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const found = seen ?? reason;
      if (found !== this.#seen) logger.error('changed file not taken', { what, reason });
      this.#seen = found;
      for (const listener of this.#judged) listener(true);
      return;
    }
    this.#seen = seen;
    logger.info('changed file taken', { what });
    for (const listener of this.#judged) listener(false);
    for (const listener of this.#listeners) listener(this.#current);
  }
}

/** Throws an error that names the file. */
function read({ path, secret }: LiveFile): Buffer {
  try {
    return secret ? readPrivateFile(path) : readFileSync(path);
  } catch (error) {
    if (error instanceof NotPrivateError) throw error;
    throw cannotBeRead(path, error);
  }
}

function cannotBeRead(path: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  return new Error(`${path} cannot be read: ${code ?? message}`, { cause: error });
}

function fingerprint(contents: readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(`${content.length} `).update(content);
  return hash.digest('hex');
}
