/**
 * What the reads of a set, a text that is added to, or a count must hold: every acknowledged
 * element exactly once, none that nobody put there, and of a count no less than was
 * acknowledged and no more than was asked for.
 *
 * All of it is asked of final reads, and of those whose quorum overlaps that of the addition;
 * of every read only what can be said without. Elements of a key are unique.
 */

import { type History, isMismatch, type Operation } from './history.ts';
import { type Placed, placedByKey } from './operations-of-keys.ts';
import { Overlap, primariesOf } from './quorum-overlap.ts';
import { elementsOf, type Piece, type Pieces, piecesOf } from './read-elements.ts';
import type { Violation } from './violation.ts';

type Fault = Omit<Violation, 'check' | 'key'>;

/** Elements are put into something, or something is counted. */
export function hasContents(history: readonly Operation[]): boolean {
  return history.some(({ op }) => op === 'add' || op === 'append' || op === 'increment');
}

export function checkContents({ operations, faults }: History): readonly Violation[] {
  const overlap = new Overlap(faults);
  return [...placedByKey(operations)].flatMap(([key, placed]) =>
    faultsOfKey(placed, overlap).map((fault) => ({ check: 'contents' as const, key, ...fault })),
  );
}

function faultsOfKey(placed: readonly Placed[], overlap: Overlap): readonly Fault[] {
  const reads = placed.filter(
    ({ operation }) => operation.op === 'read' && operation.outcome === 'ok',
  );
  if (placed.some(({ operation }) => operation.op === 'increment')) {
    return reads.flatMap((read) => miscounted(read, placed));
  }
  if (!hasContents(placed.map(({ operation }) => operation))) return [];
  const pieces = piecesOf(placed);
  const check = new ElementCheck(pieces, overlap);
  return reads
    .sort((a, b) => Number(a.operation.complete) - Number(b.operation.complete))
    .flatMap((read) => check.faultsOf(read));
}

/** Of a final read, where nothing but increments changed the count. */
function miscounted({ at, operation }: Placed, placed: readonly Placed[]): readonly Fault[] {
  const isFinal = operation.op === 'read' && operation.final === true;
  const isSet = placed.some(({ operation: { op } }) => op === 'write' || op === 'delete');
  if (!isFinal || isSet) return [];
  let least = 0;
  let most = 0;
  for (const { operation: other } of placed) {
    if (other.op !== 'increment' || other.outcome === 'fail' || isMismatch(other)) continue;
    const isSure = other.outcome === 'ok';
    if (isSure || other.by < 0) least += other.by;
    if (isSure || other.by > 0) most += other.by;
  }
  const count = operation.output?.value ?? 0;
  if (typeof count === 'number' && count >= least && count <= most) return [];
  const bounds = least === most ? `${least}` : `${least} to ${most}`;
  return [{ operations: [at], text: `the count is ${JSON.stringify(count)}, not ${bounds}` }];
}

class ElementCheck {
  readonly #pieces: Pieces;
  readonly #overlap: Overlap;
  /** That an element is lost is told once. */
  readonly #told = new Set<number>();

  constructor(pieces: Pieces, overlap: Overlap) {
    this.#pieces = pieces;
    this.#overlap = overlap;
  }

  faultsOf(read: Placed): readonly Fault[] {
    const { elements, strange } = elementsOf(read.operation, this.#pieces);
    if (strange !== undefined) {
      return [{ operations: [read.at], text: `nobody put ${JSON.stringify(strange)} there` }];
    }
    const found = new Set<number>();
    const twice = elements.filter(({ at }) => {
      const isFirst = !found.has(at);
      found.add(at);
      return !isFirst;
    });
    const lost = this.#pieces.all.filter(
      (piece) => !found.has(piece.at) && this.#isPromised(piece, read) && !this.#wasTold(piece),
    );
    return [
      ...twice.map((element) => faultOf(element, read, 'is there twice')),
      ...elements.flatMap((element) => this.#impossible(element, read)),
      ...lost.map((element) => faultOf(element, read, 'is lost: it was acknowledged')),
    ];
  }

  /** What cannot be there yet, or not any more. */
  #impossible(element: Piece, read: Placed): readonly Fault[] {
    const { outcome, invoke, complete } = element.operation;
    if (outcome === 'fail') {
      return [faultOf(element, read, 'is there, though it was reported as not done')];
    }
    if (invoke > (read.operation.complete as number)) {
      return [faultOf(element, read, 'is there before anybody put it there')];
    }
    const isOver = this.#pieces.resets.some(
      (reset) =>
        outcome === 'ok' &&
        (complete as number) < reset.operation.invoke &&
        this.#isPromised(reset, read),
    );
    return isOver ? [faultOf(element, read, 'is back: it had been deleted')] : [];
  }

  /** Whether the read has to know of it; and of an element, that nothing can have taken it away. */
  #isPromised({ at, operation }: Placed, { operation: read }: Placed): boolean {
    if (operation.outcome !== 'ok' || (operation.complete as number) >= read.invoke) return false;
    const isTakenAway = this.#pieces.resets.some(
      (reset) =>
        reset.at !== at &&
        reset.operation.outcome !== 'fail' &&
        reset.operation.invoke <= (read.complete as number) &&
        (reset.operation.outcome === 'unknown' ||
          (reset.operation.complete as number) >= operation.invoke),
    );
    if (isTakenAway) return false;
    if (read.op === 'read' && read.final) return true;
    const n = read.quorum?.n;
    if (n === undefined || operation.quorum === undefined) return false;
    const [answers, copies] = [primariesOf(read), primariesOf(operation)];
    return this.#overlap.isSure(n, answers, copies, read.complete as number);
  }

  #wasTold({ at }: Placed): boolean {
    const known = this.#told.has(at);
    this.#told.add(at);
    return known;
  }
}

function faultOf({ at, operation }: Piece, read: Placed, text: string): Fault {
  return { operations: [at, read.at], text: `${JSON.stringify(operation.value)} ${text}` };
}
