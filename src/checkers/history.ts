/**
 * The one format of recorded histories: what clients asked of a store and what they heard.
 * Simulator, tests with real processes and laboratory all write it; every checker reads it.
 *
 * A history is a text of JSON lines, one operation a line, in any order (history-codec.ts).
 * Every key is absent when a history begins.
 *
 * What an outcome claims (the distinction is that of Jepsen, jepsen.io/consistency):
 * - `ok`: it happened at one moment between `invoke` and `complete`, and `output` is what it
 *   answered. A condition that definitely did not hold is `ok` too, with
 *   `output: { applied: false }`: it changed nothing and it is an observation.
 * - `fail`: it certainly had no effect and never will. It proves nothing.
 * - `unknown`: it may have happened at any moment from `invoke` to the end of the history, or
 *   never. To record such an operation as failed would hide real effects from the checkers.
 */

/** What a key holds: null while it is absent. */
export type Value = string | number | null;

/** What can be stored under a key; to make it absent is a delete. */
export type StoredValue = string | number;

/**
 * What a store calls one state of a key; never given to a key twice. Numbers grow with time, as
 * the index of a log does; texts (an opaque ETag) are only compared.
 */
export type Version = string | number;

export type Outcome = 'ok' | 'fail' | 'unknown';

export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [name: string]: Json };

interface Recorded {
  /** Who asked: a whole number, a lane of the picture. It does one operation at a time. */
  readonly process: number;
  /** The session it belongs to, where sessions are checked. */
  readonly session?: string;
  readonly key: string;
  /**
   * When it was sent, in milliseconds of one clock for the whole history. What begins in the
   * very millisecond another ends counts as concurrent: use fractions where a clock is coarse.
   */
  readonly invoke: number;
  /** When the answer came or waiting ended, same clock; null if it was still open at the end. */
  readonly complete: number | null;
  readonly outcome: Outcome;
  /** Only of `ok`. */
  readonly output?: Output;
  /** What else the recorder knows (node asked, dots, contexts); linearizability needs none of it. */
  readonly info?: { readonly [name: string]: Json };
}

export interface Output {
  /** What a read found; of a condition that did not hold: what it found instead, if it was told. */
  readonly value?: Value;
  /** Of what a read found, what a write or delete made, or what a condition found; null: absent. */
  readonly version?: Version | null;
  /**
   * False: its condition did not hold, so it changed nothing. The condition of a plain delete
   * is that there is something to delete. True where it is left out.
   */
  readonly applied?: boolean;
}

export interface Read extends Recorded {
  readonly op: 'read';
}

export interface Write extends Recorded {
  readonly op: 'write';
  readonly value: StoredValue;
  /** Only if this is the current version (If-Match). */
  readonly ifVersion?: Version;
  /** Only if the key is absent (If-None-Match: *). */
  readonly ifAbsent?: true;
}

/** Compare by value and set. */
export interface Cas extends Recorded {
  readonly op: 'cas';
  readonly expected: Value;
  readonly value: StoredValue;
}

export interface Delete extends Recorded {
  readonly op: 'delete';
  readonly ifVersion?: Version;
}

export interface Append extends Recorded {
  readonly op: 'append';
  /** Put behind what is there. */
  readonly value: string;
}

export type Operation = Read | Write | Cas | Delete | Append;

export type OperationName = Operation['op'];

/** Whether it answered that its condition did not hold. */
export function isMismatch(operation: Operation): boolean {
  return operation.output?.applied === false;
}

/** Every field that says what to do, whichever operation has it. */
interface Input {
  readonly op: OperationName;
  readonly value?: StoredValue;
  readonly expected?: Value;
  readonly ifVersion?: Version;
  readonly ifAbsent?: true;
}

/** The same for operations that do the same when their outcome is unknown. */
export function effectOf(operation: Operation): string {
  const { op, value, expected, ifVersion, ifAbsent }: Input = operation;
  return JSON.stringify([op, value, expected, ifVersion, ifAbsent]);
}
