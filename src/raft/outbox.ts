/**
 * Messages by what must be on disk before they may leave.
 *
 * - at once: they tell of nothing that is not on disk, as appends and heartbeats of a leader.
 * - after the term: they bear a term that this member may have learnt just now.
 * - after all writes: they tell of a vote, or of entries.
 */

import type { Envelope } from './effects.ts';
import type { MemberNo } from './entry.ts';
import type { Message } from './message.ts';

export interface Outgoing {
  readonly atOnce: readonly Envelope[];
  readonly afterWrite: readonly Envelope[];
}

export class Outbox {
  #atOnce: Envelope[] = [];
  #afterTerm: Envelope[] = [];
  #afterWrites: Envelope[] = [];

  get isEmpty(): boolean {
    return this.#atOnce.length + this.#afterTerm.length + this.#afterWrites.length === 0;
  }

  atOnce(to: MemberNo, message: Message): void {
    this.#atOnce.push({ to, message });
  }

  afterTerm(to: MemberNo, message: Message): void {
    this.#afterTerm.push({ to, message });
  }

  afterWrites(to: MemberNo, message: Message): void {
    this.#afterWrites.push({ to, message });
  }

  take(isTermDurable: boolean, isAllDurable: boolean): Outgoing {
    const atOnce = this.#atOnce;
    const afterWrite: Envelope[] = [];
    (isTermDurable ? atOnce : afterWrite).push(...this.#afterTerm);
    (isAllDurable ? atOnce : afterWrite).push(...this.#afterWrites);
    this.#atOnce = [];
    this.#afterTerm = [];
    this.#afterWrites = [];
    return { atOnce, afterWrite };
  }
}
