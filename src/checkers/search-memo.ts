/**
 * The configurations that a search has met: the set of placed calls and the state after them.
 *
 * Membership is exact, not by hash, for a mistaken hit could turn a correct history into a
 * violation. Sets are kept short instead: all calls before the first unplaced one are placed,
 * and none that was invoked after the first open return, so only the window between counts.
 */

/** What a Set takes for an entry with a text, beside its characters. */
const ENTRY_BYTES = 64;
const WORD_BITS = 16;

/** A set of small numbers, in words that fit a character. */
export class NumberSet {
  readonly words: Uint16Array;

  constructor(size: number) {
    this.words = new Uint16Array(Math.ceil(size / WORD_BITS));
  }

  has(number: number): boolean {
    return (((this.words[number >>> 4] as number) >>> (number & 15)) & 1) === 1;
  }

  add(number: number): void {
    this.words[number >>> 4] = (this.words[number >>> 4] as number) | (1 << (number & 15));
  }

  delete(number: number): void {
    this.words[number >>> 4] = (this.words[number >>> 4] as number) & ~(1 << (number & 15));
  }
}

export interface Configuration {
  readonly state: number;
  readonly required: NumberSet;
  /** The window of required calls that may be placed or not. */
  readonly from: number;
  readonly to: number;
  readonly optional: NumberSet;
  /** Optional calls from here on are not placed. */
  readonly optionalTo: number;
}

export class SearchMemo {
  readonly #met = new Set<string>();
  #bytes = 0;

  /** An estimate. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether the configuration was new. */
  add(configuration: Configuration): boolean {
    const key = keyOf(configuration);
    const before = this.#met.size;
    this.#met.add(key);
    if (this.#met.size === before) return false;
    this.#bytes += ENTRY_BYTES + 2 * key.length;
    return true;
  }
}

function keyOf({ state, required, from, to, optional, optionalTo }: Configuration): string {
  return (
    numberText(state) +
    numberText(from) +
    numberText(to) +
    wordsText(required.words, from >>> 4, to) +
    wordsText(optional.words, 0, optionalTo)
  );
}

function numberText(number: number): string {
  return String.fromCharCode(number & 0xffff, number >>> 16);
}

function wordsText(words: Uint16Array, first: number, to: number): string {
  let text = '';
  for (let at = first; at * WORD_BITS < to; at += 1) {
    text += String.fromCharCode(words[at] as number);
  }
  return text;
}
