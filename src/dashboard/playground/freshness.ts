/**
 * How old what a read showed is: one measure for what runs now and for recorded histories.
 *
 * A read is stale by so many changes of its key as were acknowledged before it began and cannot
 * have come before what it showed. Writes that ran beside each other may stand in either order, so
 * they are nobody's lateness. It counts too few rather than too many: a count in a log is no proof
 * of what is wrong, `quorate check` is for that.
 */

import { type Operation, type StoredValue, valuesFound } from '../../checkers/history.ts';

export type Verdict =
  /** A change that was acknowledged. */
  | 'acknowledged'
  /** A read that showed all that it had to. */
  | 'fresh'
  | 'stale'
  /** It certainly had no effect; of a read: it brought no answer. */
  | 'refused'
  /** A change that may have come about. */
  | 'unknown';

export interface Judged {
  readonly operation: Operation;
  readonly verdict: Verdict;
  /** Of a stale read: so many acknowledged changes. */
  readonly behind: number;
}

const NEVER = Number.POSITIVE_INFINITY;

interface Change {
  readonly op: Operation['op'];
  /** Absent: it made the key absent. */
  readonly value: StoredValue | undefined;
  readonly from: number;
  acknowledgedAt: number;
}

/** In the order in which they began. */
interface ChangesOfKey {
  readonly inOrder: Change[];
  readonly byValue: Map<StoredValue | undefined, Change[]>;
}

/** Is told of changes when they begin and when they end, and judges reads between. */
export class Freshness {
  readonly #lingers: boolean;
  readonly #keys = new Map<string, ChangesOfKey>();
  readonly #open = new Map<Operation, Change>();

  /**
   * @param lingers whether a change of unknown outcome may come about at any later time, as in a
   * linearizable store; elsewhere it is one of the time at which it was asked for
   */
  constructor(lingers: boolean) {
    this.#lingers = lingers;
  }

  /** A change may be shown from now on. Reads are passed over. */
  begin(operation: Operation): void {
    const { key, op, invoke: from } = operation;
    if (op === 'read' || op === 'increment') return;
    const value = op === 'delete' ? undefined : operation.value;
    const change = { op, value, from, acknowledgedAt: NEVER };
    const { inOrder, byValue } = this.#keys.get(key) ?? this.#newKey(key);
    inOrder.push(change);
    byValue.set(value, [...(byValue.get(value) ?? []), change]);
    this.#open.set(operation, change);
  }

  /** `begun` is what `begin` was told. */
  end(begun: Operation, { outcome, output, complete }: Operation): void {
    const change = this.#open.get(begun);
    this.#open.delete(begun);
    if (change === undefined || outcome !== 'ok' || output?.applied === false) return;
    change.acknowledgedAt = complete ?? NEVER;
  }

  judge(operation: Operation): Judged {
    const { op, outcome } = operation;
    if (outcome === 'unknown' && op !== 'read') return { operation, verdict: 'unknown', behind: 0 };
    if (outcome !== 'ok') return { operation, verdict: 'refused', behind: 0 };
    if (op !== 'read') return { operation, verdict: 'acknowledged', behind: 0 };
    const behind = this.#behind(operation);
    return { operation, verdict: behind > 0 ? 'stale' : 'fresh', behind };
  }

  #newKey(key: string): ChangesOfKey {
    const changes = { inOrder: [], byValue: new Map() };
    this.#keys.set(key, changes);
    return changes;
  }

  #behind(read: Operation): number {
    const changes = this.#keys.get(read.key);
    if (changes === undefined) return 0;
    const found = valuesFound(read) ?? [];
    switch (changes.inOrder[0]?.op) {
      case 'add':
        return missing(changes, read, new Set(found));
      case 'append': {
        const text = found.map(String).join('\n');
        return missing(changes, read, { has: (value) => text.includes(String(value)) });
      }
      default:
        return this.#laterThan(changes, read, found);
    }
  }

  #laterThan({ inOrder, byValue }: ChangesOfKey, read: Operation, found: readonly StoredValue[]) {
    const shown = (found.length === 0 ? [undefined] : found).flatMap((value) => {
      return byValue.get(value) ?? [];
    });
    // Nobody is known to have written what it shows.
    if (shown.length === 0 && found.length > 0) return 0;
    const since = Math.max(Number.NEGATIVE_INFINITY, ...shown.map((change) => this.#endOf(change)));
    let later = 0;
    for (let place = inOrder.length - 1; place >= 0; place--) {
      const change = inOrder[place];
      if (change === undefined || change.from <= since) break;
      if (isDue(change, read)) later++;
    }
    return later;
  }

  /** The last moment at which it can have come about. */
  #endOf({ acknowledgedAt, from }: Change): number {
    return acknowledgedAt < NEVER || this.#lingers ? acknowledgedAt : from;
  }
}

function isDue({ acknowledgedAt }: Change, { invoke }: Operation): boolean {
  return acknowledgedAt < invoke;
}

/** Of what is added to, and nothing replaced. */
function missing(
  { inOrder }: ChangesOfKey,
  read: Operation,
  found: { has(value: StoredValue): boolean },
): number {
  return inOrder.filter((change) => {
    return change.value !== undefined && isDue(change, read) && !found.has(change.value);
  }).length;
}

/** Of a whole history, in the order in which its operations began. */
export function judgeAll(operations: readonly Operation[], lingers: boolean): readonly Judged[] {
  const freshness = new Freshness(lingers);
  const ordered = operations.toSorted((a, b) => a.invoke - b.invoke);
  for (const operation of ordered) freshness.begin(operation);
  for (const operation of ordered) freshness.end(operation, operation);
  return ordered.map((operation) => freshness.judge(operation));
}
