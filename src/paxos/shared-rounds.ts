/**
 * One round for all that wait for a key: a round serves whoever was here before it began, so
 * there is never more than one under way for a key, and one more that begins when it ends.
 */

export interface SharedRound {
  /** When it began, in the count of those who wait. */
  readonly asOf: number;
  /** Never rejects for a reason that only concerns who began it. */
  readonly done: Promise<void>;
}

export class SharedRounds {
  readonly #running = new Map<string, SharedRound>();

  /** Resolves once a round has ended that began after `since`; `begin` begins one. */
  async after(key: string, since: number, begin: () => SharedRound): Promise<void> {
    for (;;) {
      const running = this.#running.get(key) ?? this.#begun(key, begin());
      await running.done;
      if (running.asOf > since) return;
    }
  }

  #begun(key: string, { asOf, done }: SharedRound): SharedRound {
    const round = { asOf, done: done.finally(() => this.#running.delete(key)) };
    this.#running.set(key, round);
    return round;
  }
}
