/**
 * The log in memory: entries from `firstIndex` on, what is known of those before them, and
 * how far it is committed (Raft, section 5.3).
 *
 * Invariants: entries are contiguous and their terms never fall; `snapshot.index` lies between
 * `firstIndex - 1` and `commit`; what is committed is never truncated. A snapshot of this
 * member's own may leave entries before its index in memory, so that members that are a little
 * behind need no snapshot.
 */

import { invariant } from '../kernel/invariant.ts';
import type { Entry, Position, SnapshotMeta } from './entry.ts';
import { entryBytes } from './entry-size.ts';
import type { Recovered } from './options.ts';

export class RaftLog {
  #entries: Entry[];
  #firstIndex: number;
  /** Of the entry just before the first. Unknown after a restart, unless the snapshot ends there. */
  #termBefore: number | undefined;
  #snapshot: SnapshotMeta;
  #commit: number;

  constructor(recovered: Recovered) {
    const { snapshot, entries, hardState } = recovered;
    this.#snapshot = snapshot;
    this.#entries = [...entries];
    this.#firstIndex = entries[0]?.index ?? snapshot.index + 1;
    this.#termBefore = this.#firstIndex === 1 ? 0 : undefined;
    invariant(this.#firstIndex <= snapshot.index + 1, 'no gap between snapshot and log');
    invariant(this.lastIndex >= snapshot.index, 'the log reaches to the snapshot at least');
    if (this.#firstIndex === snapshot.index + 1) this.#termBefore = snapshot.term;
    else invariant(this.entryAt(snapshot.index)?.term === snapshot.term, 'snapshot and log agree');
    for (const [place, entry] of this.#entries.entries()) this.#checkPlace(entry, place);
    this.#commit = Math.max(hardState.commit, snapshot.index);
    invariant(this.#commit <= this.lastIndex, 'what was committed is in the recovered log');
  }

  #checkPlace(entry: Entry, place: number): void {
    const before = place === 0 ? this.#termBefore : this.#entries[place - 1]?.term;
    invariant(entry.index === this.#firstIndex + place, 'the log is contiguous');
    invariant(entry.term >= (before ?? 0), 'terms never fall along the log');
  }

  get firstIndex(): number {
    return this.#firstIndex;
  }

  /** The first entry that can be sent: the term of the one before it must be known. */
  get firstSendable(): number {
    return this.#termBefore === undefined ? this.#firstIndex + 1 : this.#firstIndex;
  }

  get lastIndex(): number {
    return this.#firstIndex + this.#entries.length - 1;
  }

  get lastTerm(): number {
    return this.#entries.at(-1)?.term ?? this.#snapshot.term;
  }

  get last(): Position {
    return { index: this.lastIndex, term: this.lastTerm };
  }

  get commit(): number {
    return this.#commit;
  }

  get snapshot(): SnapshotMeta {
    return this.#snapshot;
  }

  entryAt(index: number): Entry | undefined {
    return this.#entries[index - this.#firstIndex];
  }

  /** Undefined if it is not known (any more), or there is no such entry. */
  termAt(index: number): number | undefined {
    if (index === this.#snapshot.index) return this.#snapshot.term;
    if (index === this.#firstIndex - 1) return this.#termBefore;
    return this.entryAt(index)?.term;
  }

  /** From the index on, up to `throughIndex` and so many bytes, but at least one if there is one. */
  slice(fromIndex: number, throughIndex: number, bytesMax: number): readonly Entry[] {
    invariant(fromIndex >= this.#firstIndex, 'entries before the first are gone');
    const taken: Entry[] = [];
    let bytes = 0;
    for (let index = fromIndex; index <= throughIndex; index++) {
      const entry = this.entryAt(index);
      if (entry === undefined) break;
      bytes += entryBytes(entry);
      if (taken.length > 0 && bytes > bytesMax) break;
      taken.push(entry);
    }
    return taken;
  }

  /** Whether a log that ends there is at least as good as this one (section 5.4.1). */
  isUpToDate(lastIndex: number, lastTerm: number): boolean {
    if (lastTerm !== this.lastTerm) return lastTerm > this.lastTerm;
    return lastIndex >= this.lastIndex;
  }

  /** Of the entries, those from the first one on that the log does not have as it is. */
  missingOf(entries: readonly Entry[]): readonly Entry[] {
    const first = entries.findIndex((entry) => this.termAt(entry.index) !== entry.term);
    return first === -1 ? [] : entries.slice(first);
  }

  /**
   * The last position at or before `index` whose term is at most `term`: where a log whose
   * last entries are of that term may begin to agree with this one. Both sides use it, and so
   * a repair takes one round trip for a term, not one for each entry (end of section 5.3).
   */
  lastAtMost(index: number, term: number): Position {
    let at = Math.min(index, this.lastIndex);
    while (at >= this.#firstIndex && (this.entryAt(at)?.term ?? 0) > term) at--;
    return { index: at, term: this.termAt(at) ?? 0 };
  }

  /** Appends, first truncating what stands in the place of the entries. */
  append(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    invariant(first.index > this.#commit, 'committed entries are never truncated');
    invariant(first.index <= this.lastIndex + 1, 'the log has no gaps');
    this.#entries.length = first.index - this.#firstIndex;
    for (const entry of entries) {
      this.#entries.push(entry);
      this.#checkPlace(entry, this.#entries.length - 1);
    }
  }

  /** Never goes back; entries must be there. */
  commitTo(index: number): void {
    if (index <= this.#commit) return;
    invariant(index <= this.lastIndex, 'only entries that are in the log are committed');
    this.#commit = index;
  }

  /** A snapshot of this member's own is on disk; entries before `firstIndexKept` are forgotten. */
  compact(snapshot: SnapshotMeta, firstIndexKept: number): void {
    invariant(snapshot.index <= this.#commit, 'a snapshot holds only what is committed');
    invariant(this.termAt(snapshot.index) === snapshot.term, 'snapshot and log agree');
    invariant(firstIndexKept <= snapshot.index + 1, 'the snapshot holds all that is forgotten');
    const first = Math.max(firstIndexKept, this.#firstIndex);
    this.#termBefore = this.termAt(first - 1);
    this.#entries = this.#entries.slice(first - this.#firstIndex);
    this.#firstIndex = first;
    this.#snapshot = snapshot;
  }

  /** A snapshot of the leader takes the place of the whole log. */
  replace(snapshot: SnapshotMeta): void {
    invariant(snapshot.index > this.#commit, 'a snapshot never takes the state back');
    this.#entries = [];
    this.#firstIndex = snapshot.index + 1;
    this.#termBefore = snapshot.term;
    this.#snapshot = snapshot;
    this.#commit = snapshot.index;
  }
}
