/**
 * The elements that a read found: of a set as it told them; of a text that is added to, the
 * texts of which it is put together.
 */

import { isMismatch, type Operation, type StoredValue, valuesFound } from './history.ts';
import type { Placed } from './operations-of-keys.ts';
import { keyOfValue } from './register-model.ts';

type Putting = Extract<Operation, { op: 'add' | 'append' | 'write' }>;

export interface Piece extends Placed {
  readonly operation: Putting;
}

/** What was done to one key. */
export interface Pieces {
  /** What put an element there. */
  readonly all: readonly Piece[];
  readonly byName: ReadonlyMap<string | number, Piece>;
  /** What took everything else away. */
  readonly resets: readonly Placed[];
  /** The key is a text, put together from these. */
  readonly isText: boolean;
  readonly parts: ReadonlySet<string>;
  /** Of the parts, the longest first. */
  readonly lengths: readonly number[];
}

export function piecesOf(placed: readonly Placed[]): Pieces {
  const all = placed.filter((one): one is Piece => {
    const { op } = one.operation;
    return (op === 'add' || op === 'append' || op === 'write') && !isMismatch(one.operation);
  });
  const parts = new Set(all.map(({ operation }) => String(operation.value)));
  parts.delete('');
  const lengths = new Set([...parts].map(({ length }) => length));
  return {
    all,
    parts,
    lengths: [...lengths].sort((a, b) => b - a),
    byName: new Map(all.map((piece) => [keyOfValue(piece.operation.value), piece])),
    resets: placed.filter(
      ({ operation }) =>
        operation.op === 'delete' || (operation.op === 'write' && !isMismatch(operation)),
    ),
    isText: all.some(({ operation }) => operation.op === 'append'),
  };
}

export interface FoundElements {
  readonly elements: readonly Piece[];
  /** What no element explains; undefined: all is explained. */
  readonly strange: StoredValue | undefined;
}

export function elementsOf(read: Operation, pieces: Pieces): FoundElements {
  const text = pieces.isText ? String(read.output?.value ?? '') : undefined;
  const values = text === undefined ? valuesFound(read) : partsOf(text, pieces);
  const elements: Piece[] = [];
  for (const value of values ?? []) {
    const piece = pieces.byName.get(keyOfValue(value));
    if (piece === undefined) return { elements: [], strange: value };
    elements.push(piece);
  }
  return { elements, strange: values === undefined ? text : undefined };
}

/** The first way to put the text together, longer parts tried first; undefined: there is none. */
function partsOf(text: string, { parts, lengths }: Pieces): readonly string[] | undefined {
  /** Where the parts begin, and how many lengths were tried there. */
  const taken: { readonly at: number; tried: number }[] = [{ at: 0, tried: 0 }];
  const dead = new Set<number>();
  for (let top = taken.at(-1); top !== undefined && top.at < text.length; top = taken.at(-1)) {
    const { at } = top;
    const fits = (length: number) => parts.has(text.slice(at, at + length));
    while (top.tried < lengths.length && !fits(lengths[top.tried] as number)) top.tried++;
    const length = lengths[top.tried];
    if (length === undefined) {
      dead.add(at);
      taken.pop();
      continue;
    }
    top.tried++;
    if (at + length <= text.length && !dead.has(at + length)) {
      taken.push({ at: at + length, tried: 0 });
    }
  }
  if (taken.length === 0) return undefined;
  return taken.slice(1).map(({ at }, i) => text.slice(taken[i]?.at, at));
}
