/**
 * A token bucket that keeps extra requests a share of the others, so that a cluster in trouble
 * is not given more work by those that try to help themselves.
 *
 * Invariant: so many requests as were spent never exceed `share` times those that were earned
 * for, plus what the bucket held at first.
 */
export class Budget {
  readonly #share: number;
  readonly #capacity: number;
  #tokens: number;

  /**
   * @param share of all requests, 0.1 is one in ten
   * @param capacity how many may be saved up
   * @param tokens there at first
   */
  constructor(share: number, capacity: number, tokens: number) {
    this.#share = share;
    this.#capacity = capacity;
    this.#tokens = tokens;
  }

  /** For each request. */
  earn(): void {
    this.#tokens = Math.min(this.#capacity, this.#tokens + this.#share);
  }

  /** False: there must be no extra request now. */
  spend(): boolean {
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
