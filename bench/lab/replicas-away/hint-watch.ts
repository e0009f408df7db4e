/** Counts the hints of all nodes every so often. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeClient } from '../../../src/client/http-client.ts';
import { hintsWaiting } from '../../handoff/drain-watch.ts';

export interface HintSample {
  readonly atMs: number;
  readonly hints: number;
}

const LOOK_EVERY_MS = 50;

export class HintWatch {
  readonly samples: HintSample[] = [];
  readonly #clients: readonly NodeClient[];
  readonly #now: () => number;
  readonly #watching: Promise<void>;
  #ended = false;

  constructor(clients: readonly NodeClient[], now: () => number) {
    this.#clients = clients;
    this.#now = now;
    this.#watching = this.#watch();
  }

  /** The last sample is of a time after this was called. */
  async end(): Promise<readonly HintSample[]> {
    this.#ended = true;
    await this.#watching;
    return this.samples;
  }

  async #watch(): Promise<void> {
    for (let isLast = false; !isLast; ) {
      isLast = this.#ended;
      const hints = await hintsWaiting(this.#clients);
      this.samples.push({ atMs: this.#now(), hints });
      if (!this.#ended) await sleep(LOOK_EVERY_MS);
    }
  }
}
