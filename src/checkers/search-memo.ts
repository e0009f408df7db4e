/**
 * The configurations that a search has met: the set of placed calls and the state after them.
 *
 * One that differs from an earlier one only in that it has used up more optional calls is no
 * better than that: what completes it completes the earlier one. So it does not count as new.
 *
 * Comparison is exact, not by hash, for a mistaken hit could turn a correct history into a
 * violation. Sets are kept short instead: all calls before the first unplaced one are placed,
 * and none that was invoked after the first open return, so only the window between counts.
 */

/** What a text in a list, and an entry of a Map with such a list, take beside their characters. */
const TEXT_BYTES = 24;
const ENTRY_BYTES = 112;
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
  /** By required calls and state: the sets of optional calls of which none contains another. */
  readonly #met = new Map<string, readonly string[]>();
  #bytes = 0;

  /** An estimate. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether the configuration is new, and better than each of those met. */
  add({ state, required, from, to, optional, optionalTo }: Configuration): boolean {
    const key =
      numberText(state) +
      numberText(from) +
      numberText(to) +
      wordsText(required.words, from >>> 4, to);
    const used = wordsText(optional.words, 0, optionalTo);
    const met = this.#met.get(key);
    if (met === undefined) {
      this.#met.set(key, [used]);
      this.#bytes += ENTRY_BYTES + 2 * key.length + TEXT_BYTES + 2 * used.length;
      return true;
    }
    if (met.some((less) => isWithin(less, used))) return false;
    const kept = met.filter((more) => !isWithin(used, more));
    this.#met.set(key, [...kept, used]);
    this.#bytes += (kept.length + 1 - met.length) * (TEXT_BYTES + 2 * used.length);
    return true;
  }
}

/** Whether all bits of the one text are in the other, which is as long. */
function isWithin(part: string, whole: string): boolean {
  for (let at = 0; at < part.length; at += 1) {
    if ((part.charCodeAt(at) & ~whole.charCodeAt(at)) !== 0) return false;
  }
  return true;
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
