/**
 * The one format of recorded histories: what clients asked of a store and what they heard.
 * Simulator, tests with real processes and laboratory all write it; every checker reads it.
 *
 * A history is a text of JSON lines (history-codec.ts): one operation a line, in any order;
 * one line for each fault; and before them, if the recorder has any, one line of facts. Every
 * key is absent when a history begins: an absent text is empty, an absent count 0, an absent
 * set has no elements.
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
 * the index of a log does, and so do numbers with dots between them, as the ballot `17.3.2.5`,
 * the first of which weighs most; other texts (an opaque ETag) are only told apart.
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

export interface History {
  readonly facts: Facts;
  readonly operations: readonly Operation[];
  readonly faults: readonly FaultWindow[];
}

/** What else there is to know of a history: its workload, its seed, how the cluster was made. */
export interface Facts {
  /** Checks that it is meant to pass (checks.ts); where they are left out, all that apply. */
  readonly checks?: readonly string[];
  readonly [name: string]: Json | undefined;
}

/** Something that was done to the cluster while the history was recorded. */
export interface FaultWindow {
  /** For a person: `partition n1 | n2 n3`. */
  readonly fault: string;
  /** Milliseconds of the clock of the operations; `until` is null where it was never undone. */
  readonly from: number;
  readonly until: number | null;
  /** Whom it struck. */
  readonly nodes?: readonly string[];
  /** At `from` these nodes lost all that they had stored. */
  readonly wiped?: readonly string[];
}

interface Recorded {
  /** Who asked: a whole number, a lane of the picture. It does one operation at a time. */
  readonly process: number;
  /** The session it belongs to, where sessions are checked. */
  readonly session?: string;
  /** The node that was asked. */
  readonly at?: string;
  readonly key: string;
  /**
   * When it was sent, in milliseconds of one clock for the whole history. What begins in the
   * very millisecond another ends counts as concurrent: use fractions where a clock is coarse.
   */
  readonly invoke: number;
  /** When the answer came or waiting ended, same clock; null if it was still open at the end. */
  readonly complete: number | null;
  readonly outcome: Outcome;
  /** Where levels can be chosen. */
  readonly quorum?: Quorum;
  /** Only of `ok`. */
  readonly output?: Output;
  /** For a person; no check looks at it. */
  readonly info?: { readonly [name: string]: Json };
}

/** What an operation asked of the replicas, and who was counted for its answer. */
export interface Quorum {
  /** How many replicas the key has. */
  readonly n: number;
  /** How many had to answer: R or W, or PR or PW where that is more. */
  readonly needed: number;
  /** Only replicas could be counted. */
  readonly strict: boolean;
  /** Of a read: what it showed was durable on `needed` nodes first. */
  readonly blocking?: true;
  /**
   * Of those counted: replicas, at least so many of each list while the partition moves; and
   * nodes that stood in for one. Only known when there was an answer.
   */
  readonly primaries?: number;
  readonly fallbacks?: number;
  /** The names of those counted. */
  readonly reached?: readonly string[];
}

/** The name of one write: `actor:counter`, counters from 1 on. */
export type Dot = string;

/** The greatest counter known by actor: it covers every dot up to that. */
export type Clock = Readonly<Record<string, number>>;

/** A value that shows beside those that were written at the same time. */
export interface ShownValue {
  readonly dot: Dot;
  readonly value: StoredValue;
}

/** What a write or delete takes the place of, as far as that is known. */
export interface Replaced {
  /** All that the contexts cover that it was sent with, or that its answer told of. */
  readonly clock?: Clock;
  /** Single writes beside the clock. */
  readonly dots?: readonly Dot[];
  /**
   * Values that were shown with these contexts. Known from clients alone: where only these are
   * given, what disappears though nobody was ever shown it is found to be lost. Beside a clock
   * they tell of writes whose dots nobody was told.
   */
  readonly values?: readonly StoredValue[];
}

/** A read tells one of `value`, `values` and `siblings`. */
export interface Output {
  /**
   * What a read found; the total that an increment made; of a condition that did not hold: what
   * it found instead, if it was told.
   */
  readonly value?: Value;
  /** What a read found where there may be several: the elements of a set, or siblings. */
  readonly values?: readonly StoredValue[];
  /** The same with the dot of each. */
  readonly siblings?: readonly ShownValue[];
  /** Of the context that came with what a read found. */
  readonly clock?: Clock;
  /** Its own, of a write or delete. */
  readonly dot?: Dot;
  /** Of what a read found, what a write or delete made, or what a condition found; null: absent. */
  readonly version?: Version | null;
  /**
   * False: its condition did not hold, so it changed nothing. The condition of a plain delete
   * is that there is something to delete, of an increment that there is a number or nothing.
   * True where it is left out.
   */
  readonly applied?: boolean;
}

export interface Read extends Recorded {
  readonly op: 'read';
  /**
   * Nobody changes the key any more, everything works again, and whoever kept something for
   * another has handed it over: it must show all that was acknowledged, wherever it is asked.
   */
  readonly final?: true;
}

/** At most one of these. */
export interface Conditions {
  /** Only if this is the current version (If-Match). */
  readonly ifVersion?: Version;
  /** Only if the key is absent (If-None-Match: *). */
  readonly ifAbsent?: true;
  /** Only if it is not (If-Match: *). */
  readonly ifPresent?: true;
}

export interface Write extends Recorded, Conditions {
  readonly op: 'write';
  readonly value: StoredValue;
  /**
   * It is to end so much later, with all that is added to it. No check looks at when: clocks
   * may stand wrong, so it may become absent at any time from `invoke` on, or never.
   */
  readonly ttlMs?: number;
  /** Given where siblings are kept: `{}` where its writer had seen nothing. */
  readonly replaces?: Replaced;
}

/** Compare by value and set. */
export interface Cas extends Recorded {
  readonly op: 'cas';
  readonly expected: Value;
  readonly value: StoredValue;
}

export interface Delete extends Recorded, Conditions {
  readonly op: 'delete';
  /** Given where siblings are kept; left out: it deleted what it found at a majority itself. */
  readonly replaces?: Replaced;
}

export interface Append extends Recorded, Conditions {
  readonly op: 'append';
  /** Put behind what is there. */
  readonly value: string;
}

export interface Increment extends Recorded, Conditions {
  readonly op: 'increment';
  /** A whole number, which may be negative. */
  readonly by: number;
}

/** Puts an element into a set. */
export interface Add extends Recorded {
  readonly op: 'add';
  readonly value: StoredValue;
}

export type Operation = Read | Write | Cas | Delete | Append | Increment | Add;

export type OperationName = Operation['op'];

/** What a read found where there may be several values; undefined of one that told nothing. */
export function valuesFound({ output }: Operation): readonly StoredValue[] | undefined {
  if (output?.siblings !== undefined) return output.siblings.map(({ value }) => value);
  if (output?.values !== undefined || output?.value === undefined) return output?.values;
  return output.value === null ? [] : [output.value];
}

/** Whether it answered that its condition did not hold. */
export function isMismatch(operation: Operation): boolean {
  return operation.output?.applied === false;
}

/** Every field that says what to do, whichever operation has it. */
interface Input extends Conditions {
  readonly op: OperationName;
  readonly value?: StoredValue;
  readonly ttlMs?: number;
  readonly expected?: Value;
  readonly by?: number;
}

/** That it was asked under, whichever it is. */
export function conditionsOf(operation: Operation): Conditions {
  const { ifVersion, ifAbsent, ifPresent }: Input = operation;
  return {
    ...(ifVersion !== undefined && { ifVersion }),
    ...(ifAbsent && { ifAbsent }),
    ...(ifPresent && { ifPresent }),
  };
}

/** The same for operations that do the same when their outcome is unknown. */
export function effectOf(operation: Operation): string {
  const { op, value, ttlMs, expected, by }: Input = operation;
  return JSON.stringify([op, value, ttlMs, expected, by, conditionsOf(operation)]);
}
