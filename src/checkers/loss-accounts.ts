/** Which writes the answer of a read accounts for: by showing them, or what took their place. */

import type { BitSet } from './bit-set.ts';
import type { StoredValue } from './history.ts';
import type { Change, Lineage } from './lineage.ts';

/** What a read of one key found, and of whom. */
export interface Answer {
  /** Its place in the history. */
  readonly at: number;
  readonly beganMs: number;
  readonly endedMs: number;
  /** Replicas of the key; 0 where nobody tells. */
  readonly n: number;
  readonly needed: number;
  /** Of those counted, replicas. */
  readonly primaries: number;
  readonly reached: readonly string[];
  readonly isBlocking: boolean;
  readonly isFinal: boolean;
  readonly values: readonly StoredValue[];
  /** The writes of these values, as far as there are any. */
  readonly found: readonly Change[];
}

/** For the answers of one key, in the order in which they ended. */
export class Accounts {
  readonly #lineage: Lineage;
  readonly #deletes: readonly Change[];
  #begun = 0;
  readonly #deleted: BitSet;
  /** What was written up to then a delete may have found. */
  #deletedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(lineage: Lineage) {
    this.#lineage = lineage;
    this.#deleted = lineage.newSet();
    this.#deletes = lineage.changes.filter(
      ({ value, operation }) => value === undefined && operation.outcome !== 'fail',
    );
  }

  /** By the numbers of the changes. */
  of({ found, endedMs }: Answer): BitSet {
    this.#deleteUntil(endedMs);
    const accounted = this.#lineage.newSet();
    accounted.addAll(this.#deleted);
    for (const change of found) {
      const { outcome, invoke } = change.operation;
      accounted.add(change.number);
      const replaced = this.#lineage.replacedBy(change);
      if (outcome !== 'fail' && invoke <= endedMs && replaced) accounted.addAll(replaced);
    }
    for (const { operation, number } of this.#lineage.changes) {
      if (operation.invoke > this.#deletedUntilMs) break;
      accounted.add(number);
    }
    return accounted;
  }

  #deleteUntil(endedMs: number): void {
    for (; this.#begun < this.#deletes.length; this.#begun++) {
      const change = this.#deletes[this.#begun] as Change;
      if (change.operation.invoke > endedMs) return;
      const replaced = this.#lineage.replacedBy(change);
      if (replaced !== undefined) this.#deleted.addAll(replaced);
      else this.#deletedUntilMs = Math.max(this.#deletedUntilMs, change.endedMs);
    }
  }
}
