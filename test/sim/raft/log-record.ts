/**
 * Log matching (Raft, section 5.3): entries of one index and term are one entry, and all
 * before them are the same too. Kept over everything that any member ever wrote: each entry
 * remembers the term of the one before it, so that by induction whole logs need no comparing.
 */

import type { Entry } from '../../../src/raft/entry.ts';
import { must } from './violation.ts';

interface Seen {
  readonly entry: Entry;
  readonly previousTerm: number;
}

const TERMS_MAX = 1 << 20;

export class LogRecord {
  readonly #seen = new Map<number, Seen>();

  /** A member writes these entries after one of `previousTerm`. */
  written(entries: readonly Entry[], previousTerm: number | undefined): void {
    let previous = previousTerm;
    for (const entry of entries) {
      must(previous !== undefined, () => `${positionText(entry)} follows nothing`);
      this.#one(entry, previous);
      previous = entry.term;
    }
  }

  /** The entry is the one that was written at its index in its term. */
  known(entry: Entry): boolean {
    const seen = this.#seen.get(entry.index * TERMS_MAX + entry.term);
    return seen !== undefined && same(seen.entry, entry);
  }

  #one(entry: Entry, previousTerm: number): void {
    must(previousTerm <= entry.term, () => `${positionText(entry)} follows term ${previousTerm}`);
    const key = entry.index * TERMS_MAX + entry.term;
    const seen = this.#seen.get(key);
    if (seen === undefined) {
      this.#seen.set(key, { entry, previousTerm });
      return;
    }
    must(same(seen.entry, entry), () => `two entries at ${positionText(entry)}`);
    must(
      seen.previousTerm === previousTerm,
      () => `${positionText(entry)} follows terms ${seen.previousTerm} and ${previousTerm}`,
    );
  }
}

export function positionText(position: { index: number; term: number }): string {
  return `${position.index}@${position.term}`;
}

function same(a: Entry, b: Entry): boolean {
  return a === b || contentOf(a) === contentOf(b);
}

function contentOf(entry: Entry): string {
  if (entry.type === 'command') return `command ${String.fromCharCode(...entry.data)}`;
  if (entry.type === 'empty') return 'empty';
  return `configuration ${JSON.stringify(entry.configuration)}`;
}
