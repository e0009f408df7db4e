/** How long a node took lately, and when an answer is late by that. */

/** So many of the last answers are looked at. */
const WINDOW = 256;
/** Before so many are known, nothing is known. */
const SAMPLES_MIN = 32;
/** The percentile is taken anew after so many answers: often at first, for it costs a sort. */
const RENEWED_EVERY = 128;
const LATE_QUANTILE = 0.95;

/** Where nothing is known. */
const LATE_AFTER_UNKNOWN_MS = 50;
/** Timers are no finer, and a hedge sooner than that would cost more than it saves. */
const LATE_AFTER_MS_MIN = 2;

export class Latencies {
  readonly #window = new Float64Array(WINDOW);
  #count = 0;
  #lateAfterMs = LATE_AFTER_UNKNOWN_MS;

  add(ms: number): void {
    this.#window[this.#count++ % WINDOW] = ms;
    if (this.#count === SAMPLES_MIN || this.#count % RENEWED_EVERY === 0) this.#renew();
  }

  /** The 95th percentile, in whole milliseconds. */
  get lateAfterMs(): number {
    return this.#lateAfterMs;
  }

  #renew(): void {
    const known = this.#window.slice(0, Math.min(this.#count, WINDOW)).sort();
    const late = known[Math.floor(known.length * LATE_QUANTILE)] ?? LATE_AFTER_UNKNOWN_MS;
    this.#lateAfterMs = Math.max(LATE_AFTER_MS_MIN, Math.ceil(late));
  }
}
