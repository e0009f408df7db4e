/**
 * Time as the machine counts it: the host's, less the stretches in which the own process stood
 * still. Acknowledgements that came meanwhile wait unread behind the pause, and others must
 * not be accused for it.
 *
 * Invariant: it never falls.
 */

export class OwnTime {
  readonly #stallMs: number;
  #hostMs = 0;
  #stalledMs = 0;

  constructor(stallMs: number) {
    this.#stallMs = stallMs;
  }

  /** By the host's clock, unlike all else. */
  get hostMs(): number {
    return this.#hostMs;
  }

  get nowMs(): number {
    return this.#hostMs - this.#stalledMs;
  }

  toHostMs(ownMs: number): number {
    return ownMs + this.#stalledMs;
  }

  /**
   * @param dueMs own time at which the machine wanted to be woken; asked for after a gap alone
   * @returns whether the process stood still since the last input
   */
  advance(hostMs: number, dueMs: () => number): boolean {
    const beforeMs = this.#hostMs;
    this.#hostMs = Math.max(beforeMs, hostMs);
    const gapMs = this.#hostMs - beforeMs;
    if (gapMs <= this.#stallMs || this.nowMs - dueMs() <= this.#stallMs) return false;
    this.#stalledMs += gapMs;
    return true;
  }
}
