/**
 * What was written under one key, and what took the place of what.
 *
 * Values are unique, so a value names its write. A write replaces the values that its writer
 * had seen, and what those had replaced. Of a write that does not tell what was shown to its
 * writer, the clock it was sent with counts instead.
 */

import { BitSet } from './bit-set.ts';
import type { Operation, Replaced, StoredValue } from './history.ts';
import { UncheckableError } from './history-error.ts';
import type { Placed } from './operations-of-keys.ts';
import { majorityOf, type Overlap, primariesOf } from './quorum-overlap.ts';
import { keyOfValue } from './register-model.ts';
import { Seen, type WriteName, writeName } from './session-history.ts';

type ChangeOperation = Extract<Operation, { op: 'write' | 'delete' }>;

export interface Change {
  /** Its place in the history. */
  readonly at: number;
  readonly operation: ChangeOperation;
  /** Undefined of a delete. */
  readonly value: StoredValue | undefined;
  /** Infinity while the outcome is unknown: it may still happen. */
  readonly endedMs: number;
  /** Its number here. */
  readonly number: number;
}

export class Lineage {
  /** In the order of invocation. */
  readonly changes: readonly Change[];
  readonly #overlap: Overlap;
  readonly #byValue = new Map<string | number, Change>();
  readonly #dots = new Map<Change, WriteName>();
  /** By number: what it surely took the place of, as its writer or its clock tell. */
  readonly #replaced: readonly BitSet[];

  /** Of one key. Throws `UncheckableError` where a value was written twice. */
  constructor(history: readonly Placed[], overlap: Overlap) {
    this.#overlap = overlap;
    this.changes = changesOf(history);
    for (const change of this.changes) this.#name(change);
    for (const { operation } of history) this.#learnDots(operation);
    this.#replaced = this.#lineages();
  }

  writerOf(value: StoredValue): Change | undefined {
    return this.#byValue.get(keyOfValue(value));
  }

  newSet(): BitSet {
    return new BitSet(this.changes.length);
  }

  /** All that it took the place of; undefined: what it found itself, at a majority. */
  replacedBy({ number, operation }: Change): BitSet | undefined {
    return isBlind(operation) ? undefined : this.#replaced[number];
  }

  /** Whether the one surely took the place of the other. */
  surelyReplaced(by: Change, other: Change): boolean {
    const replaced = this.replacedBy(by);
    if (replaced !== undefined) return replaced.has(other.number);
    const { quorum, invoke } = by.operation;
    const wasKnown = other.operation.outcome === 'ok' && other.endedMs < invoke;
    if (!wasKnown || quorum === undefined || !quorum.strict) return false;
    const { n } = quorum;
    return this.#overlap.isSure(n, majorityOf(n), primariesOf(other.operation), by.endedMs);
  }

  #name(change: Change): void {
    const { value } = change;
    if (value === undefined) return;
    const name = keyOfValue(value);
    if (this.#byValue.has(name)) {
      const key = JSON.stringify(change.operation.key);
      throw new UncheckableError(
        `${JSON.stringify(value)} was written twice to the key ${key}: losses are only found where each value is written once`,
      );
    }
    this.#byValue.set(name, change);
  }

  #learnDots({ output }: Operation): void {
    for (const { dot, value } of output?.siblings ?? []) {
      const writer = this.writerOf(value);
      if (writer !== undefined) this.#dots.set(writer, writeName(dot));
    }
  }

  /** Whoever saw a value saw, through its writer, what that writer had seen. */
  #lineages(): readonly BitSet[] {
    const lineages: BitSet[] = [];
    for (const change of this.changes) {
      const lineage = this.newSet();
      for (const seen of this.#seenBy(change.operation.replaces ?? {})) {
        lineage.add(seen.number);
        const further = lineages[seen.number];
        if (further !== undefined) lineage.addAll(further);
      }
      lineages.push(lineage);
    }
    return lineages;
  }

  #seenBy({ values, clock, dots }: Replaced): readonly Change[] {
    const shown = (values ?? []).flatMap((value) => this.writerOf(value) ?? []);
    if (clock === undefined && dots === undefined) return shown;
    const seen = new Seen(clock ?? {}, dots);
    const covered = this.changes.filter((change) => {
      const dot = this.#dotOf(change);
      return dot !== undefined && seen.covers(dot);
    });
    return [...shown, ...covered];
  }

  #dotOf(change: Change): WriteName | undefined {
    const { dot } = change.operation.output ?? {};
    return dot === undefined ? this.#dots.get(change) : writeName(dot);
  }
}

function changesOf(history: readonly Placed[]): readonly Change[] {
  return history
    .flatMap(({ at, operation }) => (isChange(operation) ? [{ at, operation }] : []))
    .sort((a, b) => a.operation.invoke - b.operation.invoke)
    .map(({ at, operation }, number) => {
      const { op, outcome, complete } = operation;
      const value = op === 'write' ? operation.value : undefined;
      const endedMs = outcome === 'unknown' ? Number.POSITIVE_INFINITY : Number(complete);
      return { at, operation, value, endedMs, number };
    });
}

/** One that did not apply changed nothing, and what it found is not promised. */
function isChange(operation: Operation): operation is ChangeOperation {
  if (operation.op !== 'write' && operation.op !== 'delete') return false;
  return operation.output?.applied !== false;
}

function isBlind({ op, replaces }: ChangeOperation): boolean {
  return op === 'delete' && replaces === undefined;
}
