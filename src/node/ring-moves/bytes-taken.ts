/**
 * What all nodes have taken in, as far as this one was told: a node that has left, or does not
 * answer, counts with what it said last, and one that was started again begins behind that. So
 * the sum never falls while this node runs.
 */

import type { NodeId } from '../../kernel/names.ts';

interface Told {
  /** In earlier starts of the node. */
  readonly before: number;
  readonly last: number;
}

export class BytesTaken {
  readonly #told = new Map<NodeId, Told>();

  /** `bytes` since the node started. */
  tell(node: NodeId, bytes: number): void {
    const { before, last } = this.#told.get(node) ?? { before: 0, last: 0 };
    this.#told.set(node, { before: bytes < last ? before + last : before, last: bytes });
  }

  get inAll(): number {
    return [...this.#told.values()].reduce((sum, { before, last }) => sum + before + last, 0);
  }
}
