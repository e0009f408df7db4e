/**
 * Which keys could be reaped, of the partitions in whose replica lists this node comes first:
 * it is the one that begins their rounds. Tombstones, and keys whose values have expired.
 *
 * Kept in memory, from what is written and, where that is not all, from scans: after a start,
 * when values that are kept for a time have expired, and when there were too many to remember.
 */

import { expiredBefore } from '../causality/answer.ts';
import type { SiblingObject } from '../causality/sibling-object.ts';
import { mapKeyOf } from '../kernel/bytes.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Clock } from '../ports/clock.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import type { Address } from './store-keys.ts';

/**
 * For so long after its time an expired value stays, by the clock of each replica: a node whose
 * clock is behind by less still finds it, and shows it.
 */
export const EXPIRY_DRIFT_MS = 60_000;

/** Of all partitions; more are found by a scan when these are gone. */
const KEYS_MAX = 100_000;

/** A partition is read for expired values so often, at most. */
const SCAN_EVERY_MS_MIN = 300_000;

export interface ReapablePorts {
  readonly self: NodeId;
  readonly view: ClusterView;
  readonly clock: Pick<Clock, 'now' | 'wallTime'>;
}

/** A key that could be reaped when it was last looked at. */
export interface ReapableKey {
  readonly storedKey: Uint8Array;
  /** In `clock.now()`: when it was first found. */
  readonly foundAt: number;
}

interface Partition {
  readonly keys: Map<string, ReapableKey>;
  /** By the wall clock: when it is to be read for those that are not known. */
  scanAt: number;
}

export class ReapableKeys {
  readonly #ports: ReapablePorts;
  readonly #partitions = new Map<number, Partition>();
  #count = 0;

  constructor(ports: ReapablePorts) {
    this.#ports = ports;
  }

  /** In all partitions. */
  get count(): number {
    return this.#count;
  }

  hasAnyIn(partition: number): boolean {
    return (this.#partitions.get(partition)?.keys.size ?? 0) > 0;
  }

  in(partition: number): readonly ReapableKey[] {
    return [...(this.#partitions.get(partition)?.keys.values() ?? [])];
  }

  /** An object was written, or met by a scan. */
  note(
    { partition }: Pick<Address, 'partition'>,
    storedKey: Uint8Array,
    object: SiblingObject,
  ): void {
    if (!this.#begins(partition)) {
      this.#forgetPartition(partition);
      return;
    }
    const known = this.#known(partition);
    if (this.isReapable(object)) this.#add(known, storedKey);
    else {
      this.#remove(known, storedKey);
      const goneAt = expiryOf(object) + EXPIRY_DRIFT_MS;
      if (goneAt < known.scanAt) {
        const earliest = this.#ports.clock.wallTime() + SCAN_EVERY_MS_MIN;
        known.scanAt = Math.min(known.scanAt, Math.max(goneAt, earliest));
      }
    }
  }

  /** The key is gone. */
  forget(partition: number, storedKey: Uint8Array): void {
    const known = this.#partitions.get(partition);
    if (known !== undefined) this.#remove(known, storedKey);
  }

  /** By the clock of this node, as far as that matters. */
  isReapable(object: SiblingObject): boolean {
    if (object.siblings.length === 0) return true;
    return expiredBefore(object, this.#ports.clock.wallTime() - EXPIRY_DRIFT_MS);
  }

  isScanDue(partition: number): boolean {
    return this.#known(partition).scanAt <= this.#ports.clock.wallTime();
  }

  /** A scan begins; what it meets is told by `note`. */
  beginScan(partition: number): void {
    this.#known(partition).scanAt = Number.POSITIVE_INFINITY;
  }

  /** The scan did not come to its end. */
  abandonScan(partition: number): void {
    this.#known(partition).scanAt = 0;
  }

  #add(known: Partition, storedKey: Uint8Array): void {
    const name = mapKeyOf(storedKey);
    if (known.keys.has(name)) return;
    if (this.#count >= KEYS_MAX) {
      known.scanAt = Math.min(known.scanAt, this.#ports.clock.wallTime() + SCAN_EVERY_MS_MIN);
      return;
    }
    const foundAt = this.#ports.clock.now();
    known.keys.set(name, { storedKey: Uint8Array.from(storedKey), foundAt });
    this.#count++;
  }

  /** Its rounds are another node's by now: what is known would be out of date when they come back. */
  #forgetPartition(partition: number): void {
    this.#count -= this.#partitions.get(partition)?.keys.size ?? 0;
    this.#partitions.delete(partition);
  }

  #remove(known: Partition, storedKey: Uint8Array): void {
    if (known.keys.size > 0 && known.keys.delete(mapKeyOf(storedKey))) this.#count--;
  }

  #begins(partition: number): boolean {
    const { view, self } = this.#ports;
    return view.formed && view.ring().replicas[partition]?.[0] === self;
  }

  #known(partition: number): Partition {
    const known = this.#partitions.get(partition) ?? { keys: new Map(), scanAt: 0 };
    this.#partitions.set(partition, known);
    return known;
  }
}

/** When the last of the values expires; infinity: one lasts. */
function expiryOf({ siblings }: SiblingObject): number {
  return siblings.reduce(
    (last, { expiresAt = Number.POSITIVE_INFINITY }) => Math.max(last, expiresAt),
    0,
  );
}
