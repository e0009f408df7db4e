/**
 * Trees whose exchange with a peer failed again and again, a record that cannot be stored
 * there for example: they are left alone for longer and longer, the others are not.
 */

import type { NodeId } from '../kernel/names.ts';
import type { TreeName } from './exchange-messages.ts';

/** In rounds: how long a tree is left alone, at most. */
const REST_ROUNDS_MAX = 128;

interface Rest {
  readonly failures: number;
  readonly roundsLeft: number;
}

export class RestingTrees {
  readonly #byPeer = new Map<NodeId, Map<string, Rest>>();

  /** Those that are to be compared in this round. */
  awake(peer: NodeId, trees: readonly TreeName[]): readonly TreeName[] {
    const rests = this.#byPeer.get(peer);
    if (rests === undefined) return trees;
    return trees.filter((tree) => (rests.get(nameOf(tree))?.roundsLeft ?? 0) === 0);
  }

  passRound(peer: NodeId): void {
    const rests = this.#byPeer.get(peer);
    for (const [name, { failures, roundsLeft }] of rests ?? []) {
      rests?.set(name, { failures, roundsLeft: Math.max(0, roundsLeft - 1) });
    }
  }

  /** What became of the trees that were compared. */
  note(peer: NodeId, compared: readonly TreeName[], unfinished: readonly TreeName[]): void {
    const rests = this.#byPeer.get(peer) ?? new Map<string, Rest>();
    const failed = new Set(unfinished.map(nameOf));
    for (const name of compared.map(nameOf)) {
      const failures = (rests.get(name)?.failures ?? 0) + 1;
      if (failed.has(name)) {
        rests.set(name, {
          failures,
          roundsLeft: Math.min(REST_ROUNDS_MAX, 2 ** (failures - 1)) - 1,
        });
      } else rests.delete(name);
    }
    if (rests.size === 0) this.#byPeer.delete(peer);
    else this.#byPeer.set(peer, rests);
  }

  wake(peer: NodeId): void {
    this.#byPeer.delete(peer);
  }
}

function nameOf({ partition, n }: TreeName): string {
  return `${partition} ${n}`;
}
