/** What a client of the workload knows of a key, and how it comes to know more. */

import type { RecordedWrite } from './history-check.ts';

export interface Knowledge {
  readonly contexts: readonly string[];
  /** Values that a write with these contexts replaces. */
  readonly seen: ReadonlySet<string>;
}

export const NOTHING: Knowledge = { contexts: [], seen: new Set() };

/** A context carries at most 16 single writes, and each of these may name one. */
const CONTEXTS_MAX = 8;

/** The newer alone where both together would be too many. */
export function joined(older: Knowledge, newer: Knowledge): Knowledge {
  if (older.contexts.length + newer.contexts.length > CONTEXTS_MAX) return newer;
  return {
    contexts: [...older.contexts, ...newer.contexts],
    seen: new Set([...older.seen, ...newer.seen]),
  };
}

/** Whoever saw a value saw, through its writer, what that writer had seen. */
export function seenThrough(
  values: readonly string[],
  writes: readonly RecordedWrite[],
): ReadonlySet<string> {
  const seen = new Set(values);
  for (const { value, replaces } of writes) {
    if (value === undefined || !values.includes(value)) continue;
    if (replaces !== 'what a majority knows') for (const older of replaces) seen.add(older);
  }
  return seen;
}
