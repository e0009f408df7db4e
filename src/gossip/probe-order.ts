/**
 * Whom to probe next: all in turn, in an order that is shuffled anew for every round, so that
 * each is probed within two rounds at the latest (SWIM, section 4.3). Newcomers enter at a
 * random place: at the end all members would come to them at the same time.
 */

import type { MemberNo } from './message.ts';
import { shuffled } from './sample.ts';

export class ProbeOrder {
  readonly #random: () => number;
  #order: MemberNo[] = [];
  /** Those before it had their turn in this round. */
  #at = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  insert(member: MemberNo): void {
    if (this.#order.includes(member)) return;
    const place = Math.floor(this.#random() * (this.#order.length + 1));
    this.#order.splice(place, 0, member);
    if (place < this.#at) this.#at += 1;
  }

  /** Undefined at the end of a round. */
  next(isProbed: (member: MemberNo) => boolean): MemberNo | undefined {
    while (this.#at < this.#order.length) {
      const member = this.#order[this.#at++] as MemberNo;
      if (isProbed(member)) return member;
    }
    return undefined;
  }

  /** Begins another round, without those who are not probed any more. */
  renew(isProbed: (member: MemberNo) => boolean): void {
    this.#order = [...shuffled(this.#order.filter(isProbed), this.#random)];
    this.#at = 0;
  }
}
