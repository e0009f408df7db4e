/**
 * How well a member thinks it is itself (Lifeguard, section IV-A: local health multiplier):
 * 0 is well. Who is unwell, because it is starved of CPU or its links are bad, probes more
 * slowly and so accuses others less.
 */

export class Awareness {
  readonly #max: number;
  #score = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get score(): number {
    return this.#score;
  }

  add(delta: number): void {
    this.#score = Math.max(0, Math.min(this.#max, this.#score + delta));
  }

  scale(timeMs: number): number {
    return timeMs * (this.#score + 1);
  }
}
