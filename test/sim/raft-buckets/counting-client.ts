/**
 * A client that counts in a raft bucket, under a key of its own, and knows at every moment how
 * far: it asks again under the same request id until it knows that an increment has happened, and
 * now and then though it knows. Each increment is one operation of its history.
 */

import type { Outcome } from '../../../src/checkers/history.ts';
import type { Recorder } from '../../../src/checkers/recorder.ts';
import { QuorateError } from '../../../src/kernel/errors.ts';
import { mintRequestId } from '../../../src/paxos/request-id.ts';
import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { addCounts } from '../counts.ts';
import { RepeatedRequest } from '../repeated-request.ts';
import { nameOf } from './recording-client.ts';

/** Throws `QuorateError` and `TransportError`. */
export interface CounterAccess {
  readonly at: string;
  readonly bucket: string;
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

export interface CountingWorld {
  readonly recorder: Recorder;
  /** Milliseconds since 1970, for request ids. */
  readonly wallTime: () => number;
}

interface Named {
  readonly id: Uint8Array;
  readonly request: RepeatedRequest;
}

const REPEAT_CHANCE = 0.3;
const DROP_CHANCE = 0.5;

export class CountingClient {
  readonly key: string;
  readonly counts = { ...NOTHING_COUNTED };
  readonly #process: number;
  readonly #world: CountingWorld;
  readonly #random: SeededRandom;
  /** Those that are known to have happened. */
  readonly #done: Named[] = [];
  #pending: Named | undefined;

  constructor(process: number, world: CountingWorld, random: SeededRandom) {
    this.key = `count ${process}`;
    this.#process = process;
    this.#world = world;
    this.#random = random;
  }

  /** Whether it is known by now what became of everything that was asked for. */
  get isCertain(): boolean {
    return this.#pending === undefined;
  }

  /** One request; whether it was answered. Throws `RepeatError`. */
  async step(access: CounterAccess): Promise<boolean> {
    const repeats = this.#pending === undefined && this.#random.chance(REPEAT_CHANCE);
    return repeats && this.#done.length > 0 ? this.#askAgain(access) : this.goOn(access);
  }

  /** Likewise, only for an increment that has not happened yet as far as is known. */
  async goOn(access: CounterAccess): Promise<boolean> {
    this.#pending ??= this.#begin(access);
    const pending = this.#pending;
    const wasInDoubt = pending.request.isInDoubt;
    const outcome = await this.#ask(access, pending);
    if (outcome === 'ok') {
      this.counts[wasInDoubt ? 'doubtsResolved' : 'increments']++;
      this.#done.push(pending);
      this.#pending = undefined;
    } else if (outcome === 'fail' && !wasInDoubt && this.#random.chance(DROP_CHANCE)) {
      // It certainly never happened, so that another one may be begun.
      this.#pending = undefined;
    }
    return outcome === 'ok';
  }

  async #askAgain(access: CounterAccess): Promise<boolean> {
    const outcome = await this.#ask(access, this.#random.pick(this.#done));
    if (outcome === 'ok') this.counts.answersRepeated++;
    return outcome === 'ok';
  }

  #begin(access: CounterAccess): Named {
    const { recorder, wallTime } = this.#world;
    const asked = { process: this.#process, key: nameOf(access, this.key), at: access.at };
    return {
      id: mintRequestId({ wallTime }, this.#random),
      request: new RepeatedRequest(recorder, { ...asked, op: 'increment', by: 1 }),
    };
  }

  #ask(access: CounterAccess, { id, request }: Named): Promise<Outcome> {
    return request.ask(access.at, async () => {
      const value = await access.increment(this.key, id).catch(neverForgotten);
      return { output: { value } };
    });
  }
}

/** So few ids are given here that none of them is forgotten. */
function neverForgotten(error: unknown): never {
  const isForgotten = error instanceof QuorateError && error.code === 'outcome_unknown';
  throw isForgotten ? new Error(`an id was forgotten: ${error.message}`) : error;
}
