/**
 * The WARS model of Bailis et al. (VLDB 2012), by trials drawn at random.
 *
 * A trial is one write to all N replicas and one read that begins t after the write was
 * acknowledged. W is when a replica has the write, A how long its acknowledgement takes; R is
 * when a read gets to it, S how long its answer takes. The write is acknowledged at the W-th
 * smallest W+A, the read answered at the R-th smallest R+S. The read is fresh where some replica
 * among those counted had the write when the read came: acknowledged + t + R >= W. (The journal
 * text prints the opposite sign.) So every trial has one least t from which it is fresh, and
 * these are what is kept.
 *
 * Not modelled: failures, and whatever brings replicas up to date beside the write itself (read
 * repair, anti-entropy, hints), which only makes reads fresher.
 */

import type { Float } from './laws.ts';

/** Of one trial, by replica, in milliseconds. */
export interface Trial {
  readonly w: Float64Array;
  readonly a: Float64Array;
  readonly r: Float64Array;
  readonly s: Float64Array;
  /** The replicas in the order in which the read asks them. */
  readonly order: Uint8Array;
}

export interface WarsModel {
  /** Replicas. */
  readonly n: number;
  /** Draws one write and one read. */
  readonly deal: (trial: Trial, float: Float) => void;
  /**
   * Left out: a read asks all replicas at once. Given: it asks R of them, in their order, and one
   * more each time so many milliseconds have gone without R answers.
   */
  readonly oneMoreAfterMs?: number;
}

/** What one trial gives beside the times of the write. */
interface ReadOfTrial {
  readonly latencyMs: number;
  /** The least W - R of those counted. */
  readonly leastMs: number;
}

export class WarsTrials {
  readonly model: WarsModel;
  readonly #float: Float;
  readonly #trial: Trial;
  readonly #size: number;
  #count = 0;
  /** By W - 1 and by R - 1, one time a trial. */
  readonly #writesMs: readonly Float64Array[];
  readonly #readsMs: readonly Float64Array[];
  /** By (R - 1) * N + W - 1: from when on a read is fresh. */
  readonly #freshFromMs: readonly Float64Array[];
  readonly #acknowledgedMs: Float64Array;
  /** Of the read that is looked at: when its answers come, rising, and the W - R of each. */
  readonly #answersMs: Float64Array;
  readonly #leadsMs: Float64Array;

  /** @param size trials, at most */
  constructor(model: WarsModel, float: Float, size: number) {
    const { n } = model;
    const times = () => new Float64Array(n);
    const results = (count: number) => Array.from({ length: count }, () => new Float64Array(size));
    this.model = model;
    this.#float = float;
    this.#size = size;
    this.#trial = { w: times(), a: times(), r: times(), s: times(), order: new Uint8Array(n) };
    this.#acknowledgedMs = times();
    this.#answersMs = times();
    this.#leadsMs = times();
    this.#writesMs = results(n);
    this.#readsMs = results(n);
    this.#freshFromMs = results(n * n);
  }

  get isComplete(): boolean {
    return this.#count === this.#size;
  }

  /** So many more, as far as there is room. */
  run(trials: number): void {
    const until = Math.min(this.#size, this.#count + trials);
    while (this.#count < until) this.#runOne(this.#count++);
  }

  /** Rising, in milliseconds. Precondition: complete. */
  writesMs(w: number): Float64Array {
    return (this.#writesMs[w - 1] as Float64Array).toSorted();
  }

  readsMs(r: number): Float64Array {
    return (this.#readsMs[r - 1] as Float64Array).toSorted();
  }

  /** From when on after its acknowledgement a write is read; below 0: from before. */
  freshFromMs(r: number, w: number): Float64Array {
    return (this.#freshFromMs[(r - 1) * this.model.n + w - 1] as Float64Array).toSorted();
  }

  #runOne(at: number): void {
    const { n, deal } = this.model;
    const { w, a } = this.#trial;
    deal(this.#trial, this.#float);
    for (let i = 0; i < n; i++)
      insert(this.#acknowledgedMs, i, (w[i] as number) + (a[i] as number));
    for (let i = 0; i < n; i++) {
      (this.#writesMs[i] as Float64Array)[at] = this.#acknowledgedMs[i] as number;
    }
    for (let r = 1; r <= n; r++) {
      const { latencyMs, leastMs } = this.#read(r);
      (this.#readsMs[r - 1] as Float64Array)[at] = latencyMs;
      for (let i = 0; i < n; i++) {
        const freshFrom = this.#freshFromMs[(r - 1) * n + i] as Float64Array;
        freshFrom[at] = leastMs - (this.#acknowledgedMs[i] as number);
      }
    }
  }

  #read(needed: number): ReadOfTrial {
    const { n, oneMoreAfterMs } = this.model;
    const answersMs = this.#answersMs;
    let asked = 0;
    while (asked < (oneMoreAfterMs === undefined ? n : needed)) this.#ask(asked++, 0);
    if (oneMoreAfterMs !== undefined) {
      let atMs = oneMoreAfterMs;
      while (asked < n && (answersMs[needed - 1] as number) > atMs) {
        this.#ask(asked++, atMs);
        atMs += oneMoreAfterMs;
      }
    }
    let leastMs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < needed; i++) leastMs = Math.min(leastMs, this.#leadsMs[i] as number);
    return { latencyMs: answersMs[needed - 1] as number, leastMs };
  }

  /** Puts the answer among those of the replicas that were asked before. */
  #ask(asked: number, atMs: number): void {
    const { w, r, s, order } = this.#trial;
    const replica = order[asked] as number;
    const arrivesMs = atMs + (r[replica] as number);
    const answerMs = arrivesMs + (s[replica] as number);
    let place = asked;
    for (; place > 0 && (this.#answersMs[place - 1] as number) > answerMs; place--) {
      this.#answersMs[place] = this.#answersMs[place - 1] as number;
      this.#leadsMs[place] = this.#leadsMs[place - 1] as number;
    }
    this.#answersMs[place] = answerMs;
    this.#leadsMs[place] = (w[replica] as number) - arrivesMs;
  }
}

/** Puts the number among the first ones, which rise. */
function insert(rising: Float64Array, count: number, number: number): void {
  let place = count;
  for (; place > 0 && (rising[place - 1] as number) > number; place--) {
    rising[place] = rising[place - 1] as number;
  }
  rising[place] = number;
}
