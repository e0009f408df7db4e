/** What stands on a member's disk, and what a write does to it. Used by scenarios too. */

import type { Persist } from '../../../src/raft/effects.ts';
import { type Entry, type HardState, NOBODY, type SnapshotMeta } from '../../../src/raft/entry.ts';
import type { Recovered } from '../../../src/raft/options.ts';

export class DiskImage {
  hardState: HardState;
  snapshot: SnapshotMeta;
  /** Contiguous. */
  #entries: Entry[] = [];

  constructor(snapshot: SnapshotMeta) {
    this.snapshot = snapshot;
    this.hardState = { term: snapshot.term, vote: NOBODY, commit: snapshot.index };
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  get lastIndex(): number {
    return this.#entries.at(-1)?.index ?? this.snapshot.index;
  }

  entryAt(index: number): Entry | undefined {
    const first = this.#entries[0];
    return first === undefined ? undefined : this.#entries[index - first.index];
  }

  entriesFrom(index: number): readonly Entry[] {
    return this.#entries.filter((entry) => entry.index >= index);
  }

  termAt(index: number): number | undefined {
    if (index === this.snapshot.index) return this.snapshot.term;
    return this.entryAt(index)?.term;
  }

  /** Has this entry, or a snapshot that stands for it. */
  holds(index: number, term: number): boolean {
    return index <= this.snapshot.index || this.termAt(index) === term;
  }

  write(persist: Persist): void {
    if (persist.hardState !== undefined) this.hardState = persist.hardState;
    if (persist.snapshot !== undefined) {
      this.snapshot = persist.snapshot;
      this.#entries = [];
    }
    const first = persist.entries[0];
    if (first === undefined) return;
    if (first.index > this.lastIndex + 1 || first.index <= this.snapshot.index) {
      throw new Error(
        `entries from ${first.index} on do not follow snapshot ${this.snapshot.index} ` +
          `and log up to ${this.lastIndex}`,
      );
    }
    this.#entries.length = Math.max(0, first.index - (this.#entries[0]?.index ?? first.index));
    for (const entry of persist.entries) this.#entries.push(entry);
  }

  compact(meta: SnapshotMeta, firstIndexKept: number): void {
    if (meta.index <= this.snapshot.index) return;
    this.snapshot = meta;
    this.#entries = this.#entries.filter((entry) => entry.index >= firstIndexKept);
  }

  copy(): DiskImage {
    const copy = new DiskImage(this.snapshot);
    copy.hardState = this.hardState;
    copy.#entries = [...this.#entries];
    return copy;
  }

  recovered(): Recovered {
    return {
      hardState: this.hardState,
      snapshot: this.snapshot,
      entries: [...this.#entries],
    };
  }
}
