/**
 * The bytes that one request makes this node hold, until it is answered or given up by its
 * client: of its body, and of the values in its answer.
 *
 * Small requests cost nothing here. How many there can be is bounded, and with it what they
 * hold together.
 */

import type { ServerResponse } from 'node:http';
import type { QuorateNode } from '../node/index.ts';
import type { AppContext } from './app.ts';

/** Less is not counted. */
export const COUNTED_FROM_BYTES = 16 * 1024;

export class HeldRequest {
  readonly #node: QuorateNode;
  readonly #outgoing: Pick<ServerResponse, 'once' | 'destroyed'>;
  #bytes = 0;
  #taken = 0;

  constructor(c: AppContext, node: QuorateNode) {
    this.#node = node;
    this.#outgoing = c.env.outgoing;
  }

  /** Throws `overloaded` where this node holds too much; what was added before stays held. */
  add(bytes: number): void {
    const held = this.#bytes + bytes;
    // Whoever has gone is told nothing, and no event would come any more.
    if (held >= COUNTED_FROM_BYTES && !this.#outgoing.destroyed) this.#take(held - this.#taken);
    this.#bytes = held;
  }

  #take(bytes: number): void {
    this.#node.heldBytes.take(bytes);
    if (this.#taken === 0) {
      this.#outgoing.once('close', () => this.#node.heldBytes.giveBack(this.#taken));
    }
    this.#taken += bytes;
  }
}

/** Of an answer with values, before it is put together. Throws `overloaded`. */
export function holdAnswer(
  c: AppContext,
  node: QuorateNode,
  values: readonly { readonly value: Uint8Array }[],
): void {
  let bytes = 0;
  for (const { value } of values) bytes += value.length;
  if (bytes >= COUNTED_FROM_BYTES) new HeldRequest(c, node).add(bytes);
}
