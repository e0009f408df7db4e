/** A set of small numbers. */

const WORD_BITS = 32;

export class BitSet {
  readonly #words: Uint32Array;

  /** @param size of numbers from 0 on */
  constructor(size: number) {
    this.#words = new Uint32Array(Math.ceil(size / WORD_BITS));
  }

  has(number: number): boolean {
    const word = this.#words[Math.floor(number / WORD_BITS)] as number;
    return ((word >>> (number % WORD_BITS)) & 1) === 1;
  }

  add(number: number): void {
    const at = Math.floor(number / WORD_BITS);
    this.#words[at] = (this.#words[at] as number) | (1 << (number % WORD_BITS));
  }

  /** Of the same size. */
  addAll(other: BitSet): void {
    const words = other.#words;
    for (let at = 0; at < words.length; at++) {
      this.#words[at] = (this.#words[at] as number) | (words[at] as number);
    }
  }
}
