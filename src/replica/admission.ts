/**
 * Which messages of other nodes are taken: those made for the same ring, about a bucket that
 * there is, and meant for what this node is to the key. A message that knows more of the
 * cluster than this node does waits until this one has caught up.
 */

import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Bucket, ClusterView } from '../ring/cluster-view.ts';
import { partitionEpoch, replicasOf } from '../ring/ring.ts';
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

  /** Somebody who knows more sent this, so the news is on its way here too. */
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

  /** Throws where the message is made for another ring, or this node keeps no replica. */
  admitToReplica(placed: Placed): void {
    this.#admit(placed);
    const ring = this.#view.ring();
    const { partition } = placed;
    if (!replicasOf(ring, partition, ring.replicationFactor).includes(this.#self)) {
      throw new QuorateError('not_a_replica', `${this.#self} does not keep partition ${partition}`);
    }
  }

  /** Throws where not both nodes keep the trees of this n in the ring that the message is made for. */
  admitToTree(placed: Omit<Placed, 'bucketNumber'>, n: number, peer: NodeId): void {
    this.#admitToPartition(placed);
    const { partition } = placed;
    const replicas = replicasOf(this.#view.ring(), partition, n);
    if (replicas.includes(this.#self) && replicas.includes(peer)) return;
    throw new QuorateError(
      'not_a_replica',
      `${this.#self} and ${peer} do not both keep partition ${partition} of buckets with n=${n}`,
    );
  }

  /** Throws where the message is made for another ring, or this node keeps the key itself. */
  admitToFallback(placed: Placed, target?: NodeId): void {
    const { n } = this.#admit(placed);
    const { partition } = placed;
    const replicas = replicasOf(this.#view.ring(), partition, n);
    const isStranger = target !== undefined && !replicas.includes(target);
    if (replicas.includes(this.#self) || isStranger) {
      throw new QuorateError(
        'not_a_replica',
        `${this.#self} does not stand in for ${target ?? 'others'} in partition ${partition}`,
      );
    }
  }

  /** In the turn of a write, whoever makes it: what is written behind the sweep would stay. */
  admitToBucket({ bucketNumber }: Pick<Placed, 'bucketNumber'>): Bucket {
    const bucket = this.#view.bucketNumbered(bucketNumber);
    if (bucket !== undefined) return bucket;
    throw new QuorateError('no_such_bucket', `there is no bucket of number ${bucketNumber}`);
  }

  #admit(placed: Placed): Bucket {
    const bucket = this.admitToBucket(placed);
    this.#admitToPartition(placed);
    return bucket;
  }

  #admitToPartition({ partition, epoch }: Omit<Placed, 'bucketNumber'>): void {
    const ring = this.#view.ring();
    if (partition < 0 || partition >= ring.partitionCount) {
      throw new QuorateError('not_a_replica', `there is no partition ${partition}`);
    }
    if (partitionEpoch(ring, partition) !== epoch) {
      throw new QuorateError(
        'stale_epoch',
        `partition ${partition} is at epoch ${partitionEpoch(ring, partition)} on ${this.#self}, not ${epoch}`,
      );
    }
  }
}
