/**
 * Adopts the reap numbers of the metadata group, in the turn in which this node hears of them:
 * from then on it refuses what was read under lower ones, and what it reads bears the new ones.
 */

import { StoreError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Store, StoreRange } from '../ports/store.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import type { Hints } from './hints.ts';
import type { ReapMarks } from './reap-marks.ts';
import type { ReapNumbers } from './reap-numbers.ts';
import { bucketRange, partitionRest } from './store-keys.ts';

export interface ReapAdoptionPorts {
  readonly self: NodeId;
  readonly view: ClusterView;
  readonly store: Store;
  readonly hints: Hints;
  readonly reaps: ReapNumbers;
  readonly marks: ReapMarks;
  readonly onFatal: (error: unknown) => void;
}

const EVERY_KEY = new Uint8Array(0);

export class ReapAdoption {
  readonly #ports: ReapAdoptionPorts;
  /** By partition, how often it is held. */
  readonly #held = new Map<number, number>();
  #followed: readonly number[] | undefined;
  #closed = false;

  constructor(ports: ReapAdoptionPorts) {
    this.#ports = ports;
  }

  /** From here on nothing is written. */
  close(): void {
    this.#closed = true;
  }

  /** To be called in every turn in which the view may have changed, before anybody acts on it. */
  follow(): void {
    const { view, reaps, marks, onFatal } = this.#ports;
    const numbers = view.reapNumbers();
    if (this.#closed || numbers === this.#followed) return;
    this.#followed = numbers;
    const adoptions = numbers.flatMap((number, partition) =>
      number > reaps.of(partition)
        ? [{ partition, number, heldNothing: this.#knowsWhatItHeld && !this.holds(partition) }]
        : [],
    );
    if (adoptions.length === 0) return;
    const written = [
      reaps.adopt(adoptions),
      ...adoptions.map(({ partition }) => marks.releasePartition(partition)),
    ];
    Promise.all(written).catch((error: unknown) => {
      // A store that failed has stopped the node already.
      if (!(error instanceof StoreError)) onFatal(error);
    });
  }

  /**
   * A hint for some other node is here, or an object of which this node is no replica, or one that
   * is being restored by way of this node.
   */
  holds(partition: number): boolean {
    if (this.#held.has(partition)) return true;
    return this.#ports.hints.hasAnyIn(partition) || this.#holdsLeftover(partition);
  }

  /**
   * From this turn on, and until what is returned is called, this node holds something of these
   * partitions: it may read that under whatever number it adopts.
   */
  hold(partitions: Iterable<number>): () => void {
    const held = new Set(partitions);
    for (const partition of held) {
      this.#held.set(partition, (this.#held.get(partition) ?? 0) + 1);
    }
    return () => {
      for (const partition of held) {
        const times = (this.#held.get(partition) ?? 0) - 1;
        if (times > 0) this.#held.set(partition, times);
        else this.#held.delete(partition);
      }
    };
  }

  /**
   * Until this start is registered its log tells of what an earlier run may have heard of: that
   * may have sent a hint under the number, and have ended before either was on disk.
   */
  get #knowsWhatItHeld(): boolean {
    return this.#ports.view.counted;
  }

  #holdsLeftover(partition: number): boolean {
    const { self, view } = this.#ports;
    const place = view.ring().replicas[partition]?.indexOf(self) ?? -1;
    if (place === -1) return this.#hasAny(partitionRest(partition, 0));
    for (const { n, number } of view.buckets()) {
      if (n > place) continue;
      if (this.#hasAny(bucketRange(partition, number, EVERY_KEY, undefined))) return true;
    }
    return false;
  }

  #hasAny(range: StoreRange): boolean {
    for (const _ of this.#ports.store.range(range)) return true;
    return false;
  }
}
