/** When this node and another replica were last known to have the same, tree by tree. */

import type { NodeId } from '../kernel/names.ts';
import type { Clock } from '../ports/clock.ts';
import type { TreeName } from './exchange-messages.ts';

/** Ages by peer; null: not since this node started. */
export interface PartitionExchanges {
  readonly partition: number;
  readonly peers: readonly { readonly peer: NodeId; readonly agoMs: number | null }[];
}

export class ExchangeTimes {
  readonly #clock: Pick<Clock, 'now'>;
  /** By peer, by partition and n: in `clock.now()`. */
  readonly #times = new Map<NodeId, Map<string, number>>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  note(peer: NodeId, tree: Omit<TreeName, 'epoch'>): void {
    const times = this.#times.get(peer) ?? new Map<string, number>();
    this.#times.set(peer, times);
    times.set(nameOf(tree), this.#clock.now());
  }

  /** How long ago that was for the tree that was compared longest ago; null: never. */
  agoMs(peer: NodeId, partition: number, replicaCounts: readonly number[]): number | null {
    const times = this.#times.get(peer);
    const known = replicaCounts.map((n) => times?.get(nameOf({ partition, n })));
    const oldest = known.reduce((a, b) =>
      a === undefined || b === undefined ? undefined : Math.min(a, b),
    );
    return oldest === undefined ? null : Math.max(0, Math.floor(this.#clock.now() - oldest));
  }
}

function nameOf({ partition, n }: Omit<TreeName, 'epoch'>): string {
  return `${partition}/${n}`;
}
