/**
 * Which messages of other nodes are taken: those made for the same ring, about a bucket that
 * there is, and meant for what this node is to the key. A message that knows more of the
 * cluster than this node does waits until this one has caught up.
 *
 * What is admitted is enqueued into the store in the same turn, so that from the turn on in
 * which this node knows of an epoch nothing made for an earlier one is written here: that is
 * the fence of the epoch (protocols.md, section 8).
 */

import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Bucket, ClusterView } from '../ring/cluster-view.ts';
import { completeKeepersOf } from '../ring/complete-keepers.ts';
import { keeperPlace, keepersOf, takerPlace } from '../ring/move.ts';
import { partitionEpoch } from '../ring/ring.ts';
import type { Addressed } from './messages.ts';

type Placed = Pick<Addressed, 'partition' | 'epoch' | 'bucketNumber'>;

export class Admission {
  readonly #self: NodeId;
  readonly #view: ClusterView;

  constructor(self: NodeId, view: ClusterView) {
    this.#self = self;
    this.#view = view;
  }

  /** What the sender knew of the cluster is known here too. */
  isAbreastOf({ partition, epoch, bucketNumber }: Placed): boolean {
    const view = this.#view;
    if (!view.formed || bucketNumber >= view.nextBucketNumber) return false;
    const ring = view.ring();
    // A partition that there is not is refused by whoever looks at it next.
    const known = ring.partitionEpochs[partition];
    return known === undefined || known >= epoch;
  }

  /** Somebody who knows more sent this: the news comes from the leader, or is asked for. */
  async catchUp(placed: Placed, deadline: number): Promise<void> {
    if (await this.#view.until(() => this.isAbreastOf(placed), deadline)) return;
    throw new QuorateError('stale_epoch', `${this.#self} has not heard of epoch ${placed.epoch}`);
  }

  /**
   * A start that the group has not registered may be that of a directory put back to an older
   * copy, so what this node has, and even what it just stored, counts for nobody yet.
   */
  refuseToCount(): void {
    if (this.#view.counted) return;
    throw new QuorateError('not_ready', `the start of ${this.#self} is not registered`);
  }

  /** By the present view. */
  isMoving({ partition }: Pick<Placed, 'partition'>): boolean {
    return this.#view.ring().moves.has(partition);
  }

  /** Throws where the message is made for another ring, or there is no such bucket. */
  admitToRing(placed: Placed): void {
    this.#admit(placed);
  }

  /** Throws where the message is made for another ring, or this node is to have no such keys. */
  admitToReplica(placed: Placed): void {
    const { n } = this.#admit(placed);
    const { partition } = placed;
    this.#demandPlace(takerPlace(this.#view.ring(), partition, this.#self), n, partition);
  }

  /** Likewise, and one that lost its place may have what it still has put in order. */
  admitToKeeper(placed: Placed): void {
    const { n } = this.#admit(placed);
    const { partition } = placed;
    this.#demandPlace(keeperPlace(this.#view.ring(), partition, this.#self), n, partition);
  }

  /** Throws as `admitToKeeper` does, and where this node is still being filled. */
  admitToRead(placed: Placed): void {
    this.admitToKeeper(placed);
    const ring = this.#view.ring();
    const { partition, bucketNumber } = placed;
    if (!ring.moves.has(partition)) return;
    const { n } = this.#bucketOf(bucketNumber);
    if (completeKeepersOf(ring, partition, n).includes(this.#self)) return;
    throw new QuorateError(
      'not_a_replica',
      `${this.#self} does not have all of partition ${partition} yet`,
    );
  }

  /** Throws where the message is made for another ring, or reads of the key do not ask this node. */
  admitToReadList(placed: Placed): void {
    const { n } = this.#admit(placed);
    const { partition } = placed;
    const list = this.#view.ring().replicas[partition] ?? [];
    this.#demandPlace(list.indexOf(this.#self), n, partition);
  }

  /**
   * Throws where not both nodes keep the trees of this n, of all that they should have, in the
   * ring that the message is made for. A newcomer may show what it has of an earlier time, as long
   * as it has yet to make room.
   */
  admitToTree(placed: Omit<Placed, 'bucketNumber'>, n: number, peer: NodeId): void {
    this.#admitToPartition(placed);
    const { partition } = placed;
    const ring = this.#view.ring();
    const keepers = completeKeepersOf(ring, partition, n);
    const asks =
      ring.moves.get(partition)?.stage === 'prepare' ? keepersOf(ring, partition, n) : keepers;
    if (keepers.includes(this.#self) && asks.includes(peer)) return;
    throw new QuorateError(
      'not_a_replica',
      `${this.#self} and ${peer} do not both keep partition ${partition} of buckets with n=${n}`,
    );
  }

  /** A node that is about to go takes on nothing: it would go with it. */
  refuseWhenDeparting(): void {
    if (!this.#view.departing) return;
    throw new QuorateError('not_a_replica', `${this.#self} is leaving the cluster`);
  }

  /** Throws where the message is made for another ring, or this node keeps the key itself. */
  admitToFallback(placed: Placed, target?: NodeId): void {
    const { n } = this.#admit(placed);
    const { partition } = placed;
    const keepers = keepersOf(this.#view.ring(), partition, n);
    const isStranger = target !== undefined && !keepers.includes(target);
    if (keepers.includes(this.#self) || isStranger) {
      throw new QuorateError(
        'not_a_replica',
        `${this.#self} does not stand in for ${target ?? 'others'} in partition ${partition}`,
      );
    }
  }

  #demandPlace(place: number, n: number, partition: number): void {
    if (place >= 0 && place < n) return;
    throw new QuorateError(
      'not_a_replica',
      `${this.#self} does not keep partition ${partition} of buckets with n=${n}`,
    );
  }

  #admit(placed: Placed): Bucket {
    const bucket = this.#bucketOf(placed.bucketNumber);
    this.#admitToPartition(placed);
    return bucket;
  }

  #bucketOf(bucketNumber: number): Bucket {
    const bucket = this.#view.bucketNumbered(bucketNumber);
    if (bucket !== undefined) return bucket;
    throw new QuorateError('no_such_bucket', `there is no bucket of number ${bucketNumber}`);
  }

  #admitToPartition({ partition, epoch }: Omit<Placed, 'bucketNumber'>): void {
    const ring = this.#view.ring();
    if (partition < 0 || partition >= ring.partitionCount) {
      throw new QuorateError('not_a_replica', `there is no partition ${partition}`);
    }
    const present = partitionEpoch(ring, partition);
    if (present === epoch) return;
    throw new QuorateError(
      'stale_epoch',
      `partition ${partition} is at epoch ${present} on ${this.#self}, not ${epoch}`,
      { epoch: present },
    );
  }
}
