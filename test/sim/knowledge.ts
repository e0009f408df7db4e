/** What a client of the workload knows of a key, and how it comes to know more. */

export interface Knowledge {
  readonly contexts: readonly string[];
  /** Values that came with these contexts: a write with them replaces these. */
  readonly shown: ReadonlySet<string>;
}

export const NOTHING: Knowledge = { contexts: [], shown: new Set() };

/** A context carries at most 16 single writes, and each of these may name one. */
const CONTEXTS_MAX = 8;

/** The newer alone where both together would be too many. */
export function joined(older: Knowledge, newer: Knowledge): Knowledge {
  if (older.contexts.length + newer.contexts.length > CONTEXTS_MAX) return newer;
  return {
    contexts: [...older.contexts, ...newer.contexts],
    shown: new Set([...older.shown, ...newer.shown]),
  };
}

/** Of whoever wrote the value, or deleted, with what was sent. */
export function knowledgeAfter(
  value: string | undefined,
  sent: Knowledge,
  context: string,
): Knowledge {
  return { contexts: [context], shown: value === undefined ? sent.shown : new Set([value]) };
}
