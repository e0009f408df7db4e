/**
 * Keys of an export on their way into a cluster. What is there already decides:
 *
 * - nothing: all values of the line are put, siblings as siblings;
 * - some of the values of the line and no others, as after an import that was cut short: the
 *   missing ones are put beside them;
 * - anything else: the key is left as it is, unless it is to be overwritten.
 *
 * So an import may be run again, and adds nothing the second time. In buckets with versions a value
 * is put only where there is none, or over the version that was seen, in one step; in dynamo
 * buckets a write that comes between the look and the put stays as a sibling.
 *
 * A put of which nobody knows what became of it is sent again where that is safe: in buckets with
 * versions, under the id that it had, and where the last write wins. Where siblings are kept there
 * could be two of it, so the key is only looked at again, for as long as there is patience; what is
 * not seen by then is told as unknown.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchResult } from '../client/batch-result.ts';
import type { ExportedValue } from './exchange-line.ts';
import { type BatchClient, isPassing, NO_ANSWER, sendOperations } from './import-batches.ts';
import {
  addressOf,
  isThere,
  type KeyInBucket,
  livingValues,
  type Operation,
  type Put,
  putsFor,
} from './import-puts.ts';

export interface NumberedKey extends KeyInBucket {
  readonly number: number;
}

export interface ImportOptions {
  readonly client: BatchClient;
  readonly overwrite: boolean;
  /** For nodes that cannot take it for a moment. */
  readonly patienceMs: number;
}

export type KeyOutcome =
  | 'imported'
  | 'present'
  | 'conflict'
  | 'expired'
  | {
      /**
       * `refused`: certainly not imported, or not all of its values. `unknown`: imported or not.
       * `untried`: as `refused`, since no node answered any more.
       */
      readonly outcome: 'refused' | 'unknown' | 'untried';
      readonly problem: string;
    };

export interface ImportedKeys {
  /** In the order of the keys. */
  readonly outcomes: readonly KeyOutcome[];
  /** Why nothing more can be imported for now; undefined: it can. */
  readonly failure: unknown;
}

const PAUSE_MS = 250;

class PendingKey {
  readonly key: NumberedKey;
  readonly at: number;
  /** Those that are to be there. */
  readonly values: readonly ExportedValue[];
  /** Of which a put may have been done, or not. */
  readonly inDoubt = new Set<ExportedValue>();
  /** In doubt, and to be sent again as it is. */
  repeated: Put | undefined;
  hasWritten = false;

  constructor(key: NumberedKey, at: number, values: readonly ExportedValue[]) {
    this.key = key;
    this.at = at;
    this.values = values;
  }

  /** What a put came to. */
  note(put: Put, { problem }: BatchResult): void {
    if (problem === undefined || tellsOutcome(problem)) {
      this.inDoubt.delete(put.value);
      this.repeated = undefined;
      this.hasWritten ||= problem === undefined;
    } else if (problem.definite === false) {
      this.inDoubt.add(put.value);
      if (this.key.bucket.mode !== 'dynamo') this.repeated = put;
    }
  }

  /** Without those that there could be two of then. */
  sendable(puts: readonly Put[]): readonly Put[] {
    if (this.key.bucket.conflict === 'lww') return puts;
    return puts.filter(({ value }) => !this.inDoubt.has(value));
  }
}

/** It says what became of the change, also where that was sent before. */
function tellsOutcome({ code }: NonNullable<BatchResult['problem']>): boolean {
  return code === 'condition_failed';
}

export function importKeys(
  options: ImportOptions,
  keys: readonly NumberedKey[],
): Promise<ImportedKeys> {
  return new KeyImport(options, keys).run();
}

class KeyImport {
  readonly #options: ImportOptions;
  readonly #outcomes: KeyOutcome[];
  #waiting: readonly PendingKey[];
  #again: PendingKey[] = [];
  #isLast = false;
  #failure: unknown;

  constructor(options: ImportOptions, keys: readonly NumberedKey[]) {
    this.#options = options;
    this.#outcomes = new Array(keys.length);
    this.#waiting = keys.flatMap((key, at) => {
      const values = livingValues(key);
      if (typeof values !== 'string') return [new PendingKey(key, at, values)];
      this.#outcomes[at] = values === 'expired' ? values : { outcome: 'refused', problem: values };
      return [];
    });
  }

  async run(): Promise<ImportedKeys> {
    const until = performance.now() + this.#options.patienceMs;
    while (this.#waiting.length > 0) {
      this.#isLast = performance.now() >= until;
      this.#again = [];
      await this.#put(await this.#look());
      this.#waiting = this.#again;
      if (this.#waiting.length > 0) await sleep(PAUSE_MS);
    }
    return { outcomes: this.#outcomes, failure: this.#failure };
  }

  /** What is to be put for whom. */
  async #look(): Promise<ReadonlyMap<PendingKey, readonly Put[]>> {
    const puts = new Map<PendingKey, readonly Put[]>();
    const looked = this.#waiting.filter((pending) => {
      if (pending.repeated === undefined) return true;
      puts.set(pending, [pending.repeated]);
      return false;
    });
    const gets = looked.map(({ key }) => ({ op: 'get', ...addressOf(key.line, key.bucket) }));
    const found = await this.#send(gets);
    for (const [i, pending] of looked.entries()) {
      const result = found[i] as BatchResult;
      // One answer holds only so many values: the others are asked for again.
      if (result.problem?.code === 'value_too_large' && i > 0) this.#again.push(pending);
      else if (result.problem !== undefined) this.#fail(pending, result.problem);
      else {
        const sent = this.#judge(pending, result);
        if (sent.length > 0) puts.set(pending, sent);
      }
    }
    return puts;
  }

  /** By what was found. */
  #judge(pending: PendingKey, found: BatchResult): readonly Put[] {
    const { key, values, inDoubt } = pending;
    for (const value of inDoubt) {
      if (!isThere(value, found)) continue;
      inDoubt.delete(value);
      pending.hasWritten = true;
    }
    const needed = putsFor({ ...key, values, found, overwrite: this.#options.overwrite });
    if (needed === 'conflict' || needed.length === 0) {
      const isWritten = pending.hasWritten && values.every((value) => isThere(value, found));
      if (isWritten) this.#outcomes[pending.at] = 'imported';
      else if (inDoubt.size > 0) this.#wait(pending);
      else this.#outcomes[pending.at] = needed === 'conflict' ? needed : 'present';
      return [];
    }
    const sent = pending.sendable(needed);
    if (sent.length === 0) this.#wait(pending);
    return sent;
  }

  async #put(puts: ReadonlyMap<PendingKey, readonly Put[]>): Promise<void> {
    const all = [...puts].flatMap(([pending, some]) => some.map((put) => ({ pending, put })));
    const results = await this.#send(all.map(({ put }) => put.operation));
    const failures = new Map<PendingKey, NonNullable<BatchResult['problem']>>();
    for (const [i, { pending, put }] of all.entries()) {
      const result = results[i] as BatchResult;
      pending.note(put, result);
      if (result.problem !== undefined) failures.set(pending, result.problem);
    }
    for (const pending of puts.keys()) {
      const failure = failures.get(pending);
      if (failure !== undefined) this.#fail(pending, failure);
      else if (pending.inDoubt.size > 0) this.#wait(pending);
      else this.#outcomes[pending.at] = 'imported';
    }
  }

  /** A failure that does not pass, or comes when there is no patience left, ends the import. */
  async #send(operations: readonly Operation[]): Promise<readonly BatchResult[]> {
    const { results, failure } = await sendOperations(this.#options.client, operations);
    if (failure === undefined) return results;
    this.#isLast ||= !isPassing(failure);
    if (this.#isLast) this.#failure ??= failure;
    return results;
  }

  /** It may show up yet. */
  #wait(pending: PendingKey): void {
    const problem = 'what was put is not seen, and may show up yet';
    if (this.#isLast) this.#outcomes[pending.at] = { outcome: 'unknown', problem };
    else this.#again.push(pending);
  }

  #fail(pending: PendingKey, problem: NonNullable<BatchResult['problem']>): void {
    const { code, detail, definite, retry } = problem;
    const isOver = this.#isLast || !(retry === true || definite === false || tellsOutcome(problem));
    if (!isOver) {
      this.#again.push(pending);
      return;
    }
    const told = code === NO_ANSWER ? detail : `${detail} (${code})`;
    this.#outcomes[pending.at] = { outcome: endOf(pending, code), problem: told };
  }
}

function endOf({ inDoubt }: PendingKey, code: string) {
  if (inDoubt.size > 0) return 'unknown';
  return code === NO_ANSWER ? 'untried' : 'refused';
}
