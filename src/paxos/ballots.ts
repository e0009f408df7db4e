/**
 * Where the ballots of this process come from. One counter for all keys, never drawn twice: so
 * a ballot under which something was sent is never used for anything else, whatever was lost,
 * cached or forgotten since.
 */

import type { Ballot } from './ballot.ts';

/** Names this process for ever: no other one draws ballots under both. */
export interface ProposerName {
  readonly nodeNo: number;
  /** Number of the node's start: see replica/node-life.ts. */
  readonly boot: number;
}

/**
 * Whoever was met goes on meanwhile. What is drawn next here must still be above that when it
 * arrives: else a busy proposer keeps all others out for ever.
 */
const LEAP = 64;

export class Ballots {
  readonly #name: ProposerName;
  #counter = 0;

  constructor(name: ProposerName) {
    this.#name = name;
  }

  /** Above all that were drawn or met; of this epoch of a partition. */
  draw(epoch: number): Ballot {
    this.#counter++;
    return { epoch, counter: this.#counter, ...this.#name };
  }

  /** Somebody else has come as far as this; what is drawn from now on is well above it. */
  met({ counter }: Ballot): void {
    this.#counter = Math.max(this.#counter, counter + LEAP);
  }
}
