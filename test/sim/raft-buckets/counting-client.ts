/**
 * A client that counts in a raft bucket, under a key of its own, and knows at every moment how
 * far: it asks again under the same request id until it knows that an increment has happened, and
 * now and then though it knows.
 */

import { QuorateError, TransportError } from '../../../src/kernel/errors.ts';
import { mintRequestId } from '../../../src/paxos/request-id.ts';
import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { addCounts } from '../counts.ts';

/** Throws `QuorateError` and `TransportError`. */
export interface CounterAccess {
  readonly at: string;
  /** By 1; what it came to. */
  increment(key: string, requestId: Uint8Array): Promise<number>;
}

const NOTHING_COUNTED = {
  increments: 0,
  /** Increments whose outcome was in doubt until they were asked for again. */
  doubtsResolved: 0,
  /** Answers to what had been answered before. */
  answersRepeated: 0,
};

export type CountingCounts = typeof NOTHING_COUNTED;

/** Of all of them together. */
export function sumOfCounts(clients: readonly CountingClient[]): CountingCounts {
  const sum = { ...NOTHING_COUNTED };
  for (const { counts } of clients) addCounts(sum, counts);
  return sum;
}

/** The count is another one than it must be. */
export class MiscountError extends Error {
  override readonly name = 'MiscountError';
}

const REPEAT_CHANCE = 0.3;
const DROP_CHANCE = 0.5;

export class CountingClient {
  readonly key: string;
  readonly counts = { ...NOTHING_COUNTED };
  readonly #random: SeededRandom;
  readonly #wallTime: () => number;
  /** The id of each increment that is known to have happened. */
  readonly #done: Uint8Array[] = [];
  #pending: { readonly id: Uint8Array; inDoubt: boolean } | undefined;

  constructor(key: string, random: SeededRandom, wallTime: () => number) {
    this.key = key;
    this.#random = random;
    this.#wallTime = wallTime;
  }

  get count(): number {
    return this.#done.length;
  }

  /** Whether it is known by now what became of everything that was asked for. */
  get isCertain(): boolean {
    return this.#pending === undefined;
  }

  /** One request; whether it was answered. Throws `MiscountError`. */
  async step(access: CounterAccess): Promise<boolean> {
    const repeats = this.#pending === undefined && this.#random.chance(REPEAT_CHANCE);
    return repeats && this.count > 0 ? this.#askAgain(access) : this.goOn(access);
  }

  /** Likewise, only for an increment that has not happened yet as far as is known. */
  async goOn(access: CounterAccess): Promise<boolean> {
    this.#pending ??= {
      id: mintRequestId({ wallTime: this.#wallTime }, this.#random),
      inDoubt: false,
    };
    const pending = this.#pending;
    const answer = await this.#ask(access, pending.id, this.count + 1);
    if (answer === 'answered') {
      this.counts[pending.inDoubt ? 'doubtsResolved' : 'increments']++;
      this.#done.push(pending.id);
      this.#pending = undefined;
    } else if (answer === 'in doubt') {
      pending.inDoubt = true;
    } else if (!pending.inDoubt && this.#random.chance(DROP_CHANCE)) {
      // It certainly never happened, so that another one may be begun.
      this.#pending = undefined;
    }
    return answer === 'answered';
  }

  async #askAgain(access: CounterAccess): Promise<boolean> {
    const at = this.#random.pick([...this.#done.keys()]);
    const answer = await this.#ask(access, this.#done[at] as Uint8Array, at + 1);
    if (answer === 'answered') this.counts.answersRepeated++;
    return answer === 'answered';
  }

  async #ask(
    access: CounterAccess,
    id: Uint8Array,
    expected: number,
  ): Promise<'answered' | 'in doubt' | 'refused'> {
    try {
      const result = await access.increment(this.key, id);
      if (result === expected) return 'answered';
      throw new MiscountError(
        `${this.key} at ${access.at}: increment ${expected} came to ${result}`,
      );
    } catch (error) {
      if (error instanceof TransportError) return error.neverSent ? 'refused' : 'in doubt';
      // So few ids are given here that none of them is forgotten.
      const isTrouble = error instanceof QuorateError && error.status === 503;
      if (!isTrouble || error.code === 'outcome_unknown') throw error;
      return error.definite ? 'refused' : 'in doubt';
    }
  }
}
