/**
 * What the leader knows of one member's log, and how fast it may send to it.
 *
 * - probe: it is not known where the logs agree. One message at a time, until it is answered.
 * - replicate: they agree up to `match`; messages follow one another without waiting for
 *   answers (thesis, section 10.2.1), as many as the window allows.
 * - snapshot: the member needs entries that only a snapshot holds. Nothing is sent.
 *
 * Invariant: `match < next`, and `match` only grows within a term.
 */

import { invariant } from '../kernel/invariant.ts';

export type ProgressState = 'probe' | 'replicate' | 'snapshot';

export interface Window {
  readonly inflightAppendsMax: number;
  readonly inflightBytesMax: number;
}

interface InFlight {
  readonly lastIndex: number;
  readonly bytes: number;
}

export class Progress {
  /** The logs agree up to here, and the member has it on disk. */
  match = 0;
  /** The next entry to send. */
  next: number;
  state: ProgressState = 'probe';
  /** Ticks since anything of this term was heard of the member. */
  silentTicks = 0;
  /** The latest heartbeat round that the member has answered. */
  confirmedRound = 0;
  /** What the member will know to be committed when all that was sent has come. */
  commitSent = 0;
  /** Send an append although there is nothing new in it: an answer is needed. */
  nudged = false;
  /** Probe: a message is out, and nothing more goes before an answer of some kind. */
  #waiting = false;
  readonly #window: Window;
  #inFlight: InFlight[] = [];
  #inFlightBytes = 0;

  constructor(next: number, window: Window) {
    this.next = next;
    this.#window = window;
  }

  get inFlight(): number {
    return this.#inFlight.length;
  }

  get isFull(): boolean {
    return (
      this.#inFlight.length >= this.#window.inflightAppendsMax ||
      this.#inFlightBytes >= this.#window.inflightBytesMax
    );
  }

  /** Whether there is anything that should be sent now, and may. */
  wantsAppend(lastIndex: number, commit: number): boolean {
    switch (this.state) {
      case 'snapshot':
        return false;
      case 'probe':
        return !this.#waiting;
      case 'replicate':
        return (
          this.nudged ||
          (this.next <= lastIndex && !this.isFull) ||
          Math.min(commit, this.next - 1) > this.commitSent
        );
    }
  }

  /** An append left, that ends at `lastIndex` and bears `commit`. */
  sent(lastIndex: number, bytes: number, commit: number): void {
    this.nudged = false;
    this.commitSent = Math.min(commit, lastIndex);
    if (this.state === 'probe') {
      this.#waiting = true;
      return;
    }
    invariant(this.state === 'replicate', 'nothing is sent while a snapshot is awaited');
    if (lastIndex < this.next) return;
    this.next = lastIndex + 1;
    this.#inFlight.push({ lastIndex, bytes });
    this.#inFlightBytes += bytes;
  }

  /**
   * The member has everything up to `match`.
   * @param firstSendable of the leader's log: a member that has come so far needs no snapshot
   * @returns whether that is news
   */
  accept(match: number, firstSendable: number): boolean {
    const isNews = match > this.match;
    if (isNews) {
      this.match = match;
      this.next = Math.max(this.next, match + 1);
    }
    if (this.state === 'probe' && match >= this.match) this.#becomeReplicate();
    if (this.state === 'snapshot' && this.match + 1 >= firstSendable) this.#becomeReplicate();
    this.#freeThrough(match);
    return isNews;
  }

  /**
   * The member has not what the append that followed `prevIndex` builds on.
   * @param hint where the logs may agree
   * @returns whether the answer is to what was sent last, and not an old one
   */
  reject(prevIndex: number, hint: number): boolean {
    if (this.state === 'snapshot') return false;
    if (this.state === 'replicate') {
      if (prevIndex <= this.match) return false;
      this.becomeProbe(this.match + 1);
      return true;
    }
    if (this.next - 1 !== prevIndex) return false;
    this.next = Math.max(Math.min(prevIndex, hint + 1), this.match + 1);
    this.#waiting = false;
    return true;
  }

  /** A heartbeat was answered: the member is there, so what it has not answered may be lost. */
  answeredHeartbeat(lastIndex: number): void {
    this.#waiting = false;
    if (this.state === 'replicate' && this.match < lastIndex) this.nudged = true;
  }

  becomeProbe(next: number): void {
    this.#enter('probe');
    this.next = Math.max(next, this.match + 1);
    this.commitSent = 0;
  }

  becomeSnapshot(): void {
    this.#enter('snapshot');
  }

  /** Nothing more before the next heartbeat is answered: what was sent may have been lost. */
  pause(): void {
    this.#waiting = true;
  }

  #becomeReplicate(): void {
    this.#enter('replicate');
    this.next = this.match + 1;
  }

  #enter(state: ProgressState): void {
    this.state = state;
    this.nudged = false;
    this.#waiting = false;
    this.#inFlight = [];
    this.#inFlightBytes = 0;
  }

  #freeThrough(index: number): void {
    let freed = 0;
    for (const { lastIndex, bytes } of this.#inFlight) {
      if (lastIndex > index) break;
      this.#inFlightBytes -= bytes;
      freed++;
    }
    this.#inFlight.splice(0, freed);
  }
}
