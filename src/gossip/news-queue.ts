/**
 * News that is to be sent on (SWIM, section 4.1; memberlist's `TransmitLimitedQueue`): each
 * item so many times, those that were sent least first.
 *
 * Invariant: about one member there is one item, the newest; the size is bounded.
 */

import type { MemberNo, News } from './message.ts';

interface Item {
  readonly news: News;
  /** Rises: of those sent equally often the newest goes first. */
  readonly order: number;
  sent: number;
}

export class NewsQueue {
  readonly #max: number;
  readonly #items = new Map<MemberNo, Item>();
  #order = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#items.size;
  }

  has(member: MemberNo): boolean {
    return this.#items.has(member);
  }

  /** @returns whether something else, sent more often, had to go for it */
  put(news: News): boolean {
    this.#items.set(news.member, { news, order: this.#order++, sent: 0 });
    if (this.#items.size <= this.#max) return false;
    const last = this.#inOrder().at(-1);
    if (last !== undefined) this.#items.delete(last.news.member);
    return true;
  }

  forget(member: MemberNo): void {
    this.#items.delete(member);
  }

  /** @param sendsMax what was sent so often is not sent again */
  take(count: number, sendsMax: number): readonly News[] {
    if (this.#items.size === 0) return [];
    const taken = this.#inOrder().slice(0, count);
    for (const item of taken) {
      item.sent += 1;
      if (item.sent >= sendsMax) this.#items.delete(item.news.member);
    }
    return taken.map(({ news }) => news);
  }

  #inOrder(): readonly Item[] {
    return [...this.#items.values()].sort((a, b) => a.sent - b.sent || b.order - a.order);
  }
}

/** lambda log n (SWIM, section 4.1), as memberlist has it. */
export function sendsMax(retransmitMult: number, members: number): number {
  return retransmitMult * Math.ceil(Math.log10(members + 1));
}
