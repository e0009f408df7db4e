/**
 * A set that grows by elements, is read as a whole, and can be deleted. An absent one is empty.
 *
 * Elements are numbered in each key as they are met, so that a state is a row of bits: it takes
 * little room and is compared as a text. The numbers belong to one check.
 */

import { effectOf, isMismatch, type Operation, type StoredValue, valuesFound } from './history.ts';
import type { Model } from './model.ts';
import { keyOfValue } from './register-model.ts';

/** Of an element; each character of the row has as many bits. */
const WORD_BITS = 16;
/** Of the elements of a state: enough to see what it is. */
const SHOWN_MAX = 20;

interface SetState {
  readonly key: string;
  /** Without zeros at the end, so that equal sets are equal texts. */
  readonly row: string;
}

export function setModel(): Model<SetState, Operation> {
  const elements = new Elements();
  return {
    initial: { key: '', row: '' },
    step: (state, operation) => elements.step(state, operation),
    keyOf: ({ row }) => row,
    observes: (operation) => operation.op === 'read' || isMismatch(operation),
    effectOf,
    describe: (state) => elements.describe(state),
  };
}

class Elements {
  readonly #numbers = new Map<string, Map<string | number, number>>();
  /** By key, in the order of their numbers. */
  readonly #values = new Map<string, StoredValue[]>();
  readonly #rows = new Map<Operation, string>();

  step({ row }: SetState, operation: Operation): SetState | undefined {
    const { key } = operation;
    switch (operation.op) {
      case 'read':
        return this.#rowOf(operation) === row ? { key, row } : undefined;
      case 'add':
        return { key, row: withBit(row, this.#numberOf(key, operation.value)) };
      case 'delete':
        if (isMismatch(operation)) return row === '' ? { key, row } : undefined;
        return { key, row: '' };
      default:
        return undefined;
    }
  }

  describe({ key, row }: SetState): string {
    const held = (this.#values.get(key) ?? []).filter((_, number) => hasBit(row, number));
    const texts = held.slice(0, SHOWN_MAX).map((value) => JSON.stringify(value));
    const more = held.length > SHOWN_MAX ? `, and ${held.length - SHOWN_MAX} more` : '';
    return `{${texts.join(', ')}${more}}`;
  }

  #rowOf(read: Operation): string {
    const known = this.#rows.get(read);
    if (known !== undefined) return known;
    let row = '';
    for (const value of valuesFound(read) ?? []) {
      row = withBit(row, this.#numberOf(read.key, value));
    }
    this.#rows.set(read, row);
    return row;
  }

  #numberOf(key: string, value: StoredValue): number {
    const name = keyOfValue(value);
    const numbers = this.#numbers.get(key) ?? new Map<string | number, number>();
    this.#numbers.set(key, numbers);
    const known = numbers.get(name);
    if (known !== undefined) return known;
    const values = this.#values.get(key) ?? [];
    this.#values.set(key, values);
    values.push(value);
    numbers.set(name, numbers.size);
    return numbers.size - 1;
  }
}

function hasBit(row: string, number: number): boolean {
  const at = Math.floor(number / WORD_BITS);
  return at < row.length && ((row.charCodeAt(at) >>> (number % WORD_BITS)) & 1) === 1;
}

function withBit(row: string, number: number): string {
  const at = Math.floor(number / WORD_BITS);
  const padded = row.padEnd(at + 1, '\0');
  const word = padded.charCodeAt(at) | (1 << (number % WORD_BITS));
  return padded.slice(0, at) + String.fromCharCode(word) + padded.slice(at + 1);
}
