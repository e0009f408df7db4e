/**
 * Reads that wait for proof that this member is still the leader (thesis, section 6.4).
 *
 * A read may be answered from state that has applied the commit index of its arrival, once a
 * quorum has answered a heartbeat that was sent after its arrival: then no later leader had
 * been elected, so nothing newer can have been committed before it came. All reads of one
 * turn share a round, and a round stands for all rounds before it.
 *
 * The lease (section 6.4.1) turns that around: who answered a round helps to elect nobody for
 * `electionTicks`, counted here from the *sending* of the round, which was earlier.
 */

import type { ReadReady } from './effects.ts';

interface Waiting extends ReadReady {
  /** 0: it goes with the next round. */
  round: number;
}

/** The first round of a tick. */
interface Beat {
  readonly round: number;
  readonly tick: number;
}

export class ReadQueue {
  #round = 0;
  #confirmed = 0;
  #ticks = 0;
  /** Rounds whose tick may still be asked for; at most one for each tick of a lease. */
  #beats: Beat[] = [];
  /** Came before this leader had committed anything of its term. */
  #early: number[] = [];
  /** Bounded by what the host lets in: it holds a request open for each. */
  #waiting: Waiting[] = [];

  /** The latest round that was begun. */
  get round(): number {
    return this.#round;
  }

  get needsRound(): boolean {
    return this.#waiting.at(-1)?.round === 0;
  }

  addEarly(id: number): void {
    this.#early.push(id);
  }

  add(id: number, index: number): void {
    this.#waiting.push({ id, index, round: 0 });
  }

  /** Those that came early, in order; from now on there are none. */
  takeEarly(): readonly number[] {
    const early = this.#early;
    this.#early = [];
    return early;
  }

  tick(leaseTicks: number): void {
    this.#ticks++;
    this.#beats = this.#beats.filter((beat) => this.#ticks - beat.tick <= leaseTicks);
  }

  /** @returns the number of the round, which all reads that wait without one go with */
  beginRound(): number {
    this.#round++;
    if (this.#beats.at(-1)?.tick !== this.#ticks) {
      this.#beats.push({ round: this.#round, tick: this.#ticks });
    }
    for (const read of this.#waiting) if (read.round === 0) read.round = this.#round;
    return this.#round;
  }

  /** A quorum has answered the round or a later one. @returns the reads that waited for it */
  confirm(round: number): readonly ReadReady[] {
    this.#confirmed = Math.max(this.#confirmed, Math.min(round, this.#round));
    const ready = this.#waiting.filter((read) => read.round > 0 && read.round <= this.#confirmed);
    if (ready.length > 0) this.#waiting = this.#waiting.slice(ready.length);
    return ready.map(({ id, index }) => ({ id, index }));
  }

  /** Whether a round that was sent less than so many ticks ago is confirmed. */
  holdsLease(leaseTicks: number): boolean {
    const beat = this.#beats.findLast((one) => one.round <= this.#confirmed);
    return beat !== undefined && this.#ticks - beat.tick < leaseTicks;
  }

  /** Leadership is lost. @returns the ids of all reads that wait */
  drain(): readonly number[] {
    const lost = [...this.#waiting.map((read) => read.id), ...this.#early];
    this.#waiting = [];
    this.#early = [];
    return lost;
  }
}
