/**
 * Lost and resurrected writes of a store that keeps siblings.
 *
 * A write *replaces* the values its writer had seen. Where quorums overlap, a read must account
 * for every value promised to it: the value is in the answer, or a write replaced it whose own
 * value the answer accounts for in turn. Nothing else may make a value disappear.
 *
 * Overlap is promised among replicas only, so of each answer those are counted that came from
 * replicas. What fallbacks kept is promised to the final reads, when they have handed it over.
 *
 * What a read without repair told, and nobody acknowledged, is promised to reads of the same
 * nodes alone. While a partition moves there are two lists of replicas: a write in doubt may be
 * on the disks of one of them, which all reads of the other miss until the move is over.
 */

import { addTo } from './groups.ts';
import { type History, valuesFound } from './history.ts';
import { type Change, Lineage } from './lineage.ts';
import { Accounts, type Answer } from './loss-accounts.ts';
import { type Placed, placedByKey, siblingKeys } from './operations-of-keys.ts';
import { majorityOf, Overlap, primariesOf } from './quorum-overlap.ts';
import type { Violation } from './violation.ts';

/** From a moment on, so many replicas (`copies`) keep this write, or what replaced it. */
interface Guarantee {
  readonly write: Change;
  readonly copies: number;
  /** So many nodes do, fallbacks included. */
  readonly kept: number;
  /** Where it is not known which replicas do, only that they are among these. */
  readonly among?: readonly string[];
  readonly sinceMs: number;
}

type Fault = Omit<Violation, 'check' | 'key'>;

/** Throws `UncheckableError` where a value was written twice. */
export function checkLosses({ operations, faults }: History): readonly Violation[] {
  const overlap = new Overlap(faults);
  const keys = siblingKeys(operations);
  return [...placedByKey(operations)].flatMap(([key, placed]) => {
    if (!keys.has(key)) return [];
    const found = new KeyCheck(placed, overlap).faults();
    return found.map((fault) => ({ check: 'losses' as const, key, ...fault }));
  });
}

class KeyCheck {
  readonly #overlap: Overlap;
  readonly #lineage: Lineage;
  /** In the order in which they ended. */
  readonly #answers: readonly Answer[];
  /** By the moment from which on they hold. */
  readonly #guarantees: readonly Guarantee[];
  /** That a write is lost, or back, is told once. */
  readonly #told = new Set<string>();

  constructor(placed: readonly Placed[], overlap: Overlap) {
    this.#overlap = overlap;
    this.#lineage = new Lineage(placed, overlap);
    const n = Math.max(0, ...placed.map(({ operation }) => operation.quorum?.n ?? 0));
    this.#answers = placed
      .flatMap((one) => answerOf(one, n, this.#lineage))
      .sort((a, b) => a.endedMs - b.endedMs);
    const guarantees = [
      ...this.#lineage.changes.flatMap(guaranteeOfWrite),
      ...this.#answers.flatMap(guaranteesOfAnswer),
    ];
    this.#guarantees = withoutWeaker(guarantees.sort((a, b) => a.sinceMs - b.sinceMs));
  }

  faults(): readonly Fault[] {
    const accounts = new Accounts(this.#lineage);
    return this.#answers.flatMap((answer) => [
      ...madeUp(answer),
      ...this.#contradictions(answer),
      ...this.#missed(answer, accounts),
    ]);
  }

  /** Whatever was asked and lost: a value is never beside one whose writer had seen it. */
  #contradictions({ at, found }: Answer): readonly Fault[] {
    return found.flatMap((by) =>
      found
        .filter(({ number }) => this.#lineage.replacedBy(by)?.has(number))
        .map((other) => ({
          operations: [other.at, by.at, at],
          text: `${nameOf(other)} is beside ${nameOf(by)}, which replaced it`,
        })),
    );
  }

  /** Values that the quorums promised and that are gone, or that they replaced and that are back. */
  #missed(answer: Answer, accounts: Accounts): readonly Fault[] {
    const accounted = accounts.of(answer);
    const faults: Fault[] = [];
    for (const guarantee of this.#guarantees) {
      if (guarantee.sinceMs >= answer.beganMs) break;
      const { write } = guarantee;
      const isLost = write.value !== undefined && !accounted.has(write.number);
      const back = answer.found.filter((other) => this.#lineage.surelyReplaced(write, other));
      if ((!isLost && back.length === 0) || !this.#meets(answer, guarantee)) continue;
      if (isLost) faults.push(...this.#lost(write, answer));
      for (const other of back) faults.push(...this.#back(other, write, answer));
    }
    return faults;
  }

  #lost(write: Change, { at }: Answer): readonly Fault[] {
    if (this.#wasTold(`${write.number} lost`)) return [];
    const text = `${nameOf(write)} is lost: it was durable and nobody replaced it`;
    return [{ operations: [write.at, at], text }];
  }

  #back(other: Change, by: Change, { at }: Answer): readonly Fault[] {
    if (this.#wasTold(`${other.number} back`)) return [];
    const text = `${nameOf(other)} is back: ${nameOf(by)} had replaced it durably`;
    return [{ operations: [other.at, by.at, at], text }];
  }

  #wasTold(what: string): boolean {
    const known = this.#told.has(what);
    this.#told.add(what);
    return known;
  }

  /** Whether somebody who was counted for the answer keeps what was promised. */
  #meets(answer: Answer, { copies, kept, among = [] }: Guarantee): boolean {
    const { n, primaries, reached, endedMs, isFinal } = answer;
    if (isFinal && this.#overlap.isSure(n, n, kept, endedMs)) return true;
    if (!among.every((node) => reached.includes(node))) return false;
    return this.#overlap.isSure(n, primaries, copies, endedMs);
  }
}

/** A delete for which there was nothing to delete has read a majority, and found nothing. */
function answerOf({ at, operation }: Placed, n: number, lineage: Lineage): readonly Answer[] {
  const { op, outcome, invoke, complete, quorum, output } = operation;
  const isAbsence = op === 'delete' && output?.applied === false;
  const values = op === 'read' ? valuesFound(operation) : [];
  if (outcome !== 'ok' || values === undefined || (op !== 'read' && !isAbsence)) return [];
  const majority = quorum?.strict ? majorityOf(quorum.n) : 0;
  return [
    {
      at,
      beganMs: invoke,
      endedMs: complete as number,
      n: quorum?.n ?? n,
      needed: quorum?.needed ?? 0,
      primaries: isAbsence ? majority : primariesOf(operation),
      reached: isAbsence ? [] : (quorum?.reached ?? []),
      isBlocking: quorum?.blocking === true,
      isFinal: op === 'read' && operation.final === true,
      values,
      found: values.flatMap((value) => lineage.writerOf(value) ?? []),
    },
  ];
}

/** Values that cannot have been there. */
function madeUp({ at, endedMs, values, found }: Answer): readonly Fault[] {
  const strange = values.filter((value) => !found.some((change) => change.value === value));
  return [
    ...strange.map((value) => ({
      operations: [at],
      text: `${JSON.stringify(value)} was never written`,
    })),
    ...found.flatMap((change) => {
      const { outcome, invoke } = change.operation;
      const operations = [change.at, at];
      if (invoke > endedMs) {
        return [{ operations, text: `${nameOf(change)} was not yet written` }];
      }
      if (outcome !== 'fail') return [];
      return [{ operations, text: `${nameOf(change)} was reported as definitely not written` }];
    }),
  ];
}

function nameOf({ value }: Change): string {
  return value === undefined ? 'a delete' : JSON.stringify(value);
}

function guaranteeOfWrite(write: Change): readonly Guarantee[] {
  const { operation, endedMs } = write;
  if (operation.outcome !== 'ok') return [];
  const kept = operation.quorum?.needed ?? 1;
  return [{ write, copies: primariesOf(operation), kept, sinceMs: endedMs }];
}

/**
 * What was told is on the disk that told it, which is a replica's where only replicas answered;
 * after blocking repair, on those of as many replicas as were asked for answers.
 */
function guaranteesOfAnswer(answer: Answer): readonly Guarantee[] {
  const { isBlocking, found, needed, reached, primaries, endedMs } = answer;
  const told = primaries >= needed && reached.length > 0 ? 1 : 0;
  const promise = isBlocking
    ? { copies: needed, kept: needed }
    : { copies: told, kept: 1, among: reached };
  return found.map((write) => ({ write, ...promise, sinceMs: endedMs }));
}

/** Of those that hold later those that promise no more than one before. */
function withoutWeaker(guarantees: readonly Guarantee[]): readonly Guarantee[] {
  const best = new Map<Change, Guarantee[]>();
  return guarantees.filter((guarantee) => {
    const { write, copies, kept } = guarantee;
    const isWeaker = best
      .get(write)
      ?.some((one) => one.copies >= copies && one.kept >= kept && one.among === undefined);
    if (isWeaker) return false;
    addTo(best, write, guarantee);
    return true;
  });
}
