/** An open loop of requests that are kept one by one, so that it can be told when which failed. */

import { isDefinite, isExpected, QuorateError } from '../../src/kernel/errors.ts';
import { poissonSchedule } from '../throughput/open-loop.ts';
import type { Sample } from './recovery.ts';

/** Longer than any of these loops lasts. */
const SCHEDULE_MS = 600_000;

export interface Asked {
  /** The first of the key's list. */
  readonly preferred: string;
  readonly isPut: boolean;
  readonly answer: Promise<unknown>;
}

export class SteadyLoad {
  readonly #ask: (n: number) => Asked;
  readonly #schedule: Float64Array;
  readonly #startedAt = performance.now();
  readonly #samples: Sample[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #sent = 0;

  /** Begins at once; `ask` sends request number n. */
  constructor(rate: number, ask: (n: number) => Asked) {
    this.#ask = ask;
    this.#schedule = poissonSchedule(rate, SCHEDULE_MS);
    this.#timer = setInterval(() => this.#advance(), 1);
  }

  /** Resolves with all of them when the last one was answered. */
  async end(): Promise<readonly Sample[]> {
    clearInterval(this.#timer);
    await Promise.all(this.#running);
    return this.#samples;
  }

  #advance(): void {
    const now = performance.now();
    for (;;) {
      const intendedAt = this.#startedAt + (this.#schedule[this.#sent] ?? Number.NaN);
      if (!(intendedAt <= now)) return;
      const running = this.#one(intendedAt, this.#ask(this.#sent++)).finally(() =>
        this.#running.delete(running),
      );
      this.#running.add(running);
    }
  }

  async #one(intendedAt: number, { preferred, isPut, answer }: Asked): Promise<void> {
    const { fault, isUnknown } = await answer.then(() => SUCCESS, faultOf);
    const answeredAt = performance.now();
    const isLost = isPut && isUnknown;
    this.#samples.push({ preferred, isPut, intendedAt, answeredAt, fault, isUnknown: isLost });
  }
}

interface Ending {
  readonly fault: string | undefined;
  readonly isUnknown: boolean;
}

const SUCCESS: Ending = { fault: undefined, isUnknown: false };

function faultOf(error: unknown): Ending {
  if (!isExpected(error)) throw error;
  const fault = error instanceof QuorateError ? error.code : error.failure;
  return { fault, isUnknown: !isDefinite(error) };
}
