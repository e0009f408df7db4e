/**
 * Gives up one partition: for each n of which this node has lost its place, every node that keeps
 * it now is compared with and is sent what it lacks; only when nothing of this node's is missing
 * anywhere does the data go (protocols.md, section 8).
 *
 * Nobody writes to this node for such an n any more: the move is at `stable`, where writes go to
 * C' alone, and older messages are refused. So what was compared is all there is, which the
 * roots of the trees confirm in the turn in which the removal begins.
 *
 * That nothing is left where the move is over follows from who answers what: `done` is said only
 * of a store that has nothing of these buckets on disk, whatever happened before, and without it
 * the stage is left only when this node is dead. A crash in the middle leaves the stage, and the
 * next time the rest is compared and goes.
 *
 * A record that fails its checksum is compared with nobody, and stays until it has been mended
 * from all who keep it now (../record-rebuild.ts).
 */

import { QuorateError } from '../../kernel/errors.ts';
import type { NodeId } from '../../kernel/names.ts';
import type { Store } from '../../ports/store.ts';
import type { Replica } from '../../replica/replica.ts';
import type { ClusterView } from '../../ring/cluster-view.ts';
import type { Move } from '../../ring/move.ts';
import type { TreeName } from '../exchange-messages.ts';
import { newTally } from '../exchange-tally.ts';
import { PairExchange, type PairExchangePorts } from '../pair-exchange.ts';
import { lostBuckets } from './moved-buckets.ts';
import type { PartitionEraser } from './partition-eraser.ts';
import { TransferJob, type TransferJobPorts } from './transfer-job.ts';
import type { MovingPartition } from './transfer-messages.ts';

export interface PartitionLeavePorts extends TransferJobPorts {
  readonly self: NodeId;
  readonly view: ClusterView;
  readonly store: Store;
  readonly replica: Replica;
  readonly eraser: PartitionEraser;
  readonly exchange: Omit<PairExchangePorts, 'isClosed'>;
  readonly isDead: (node: NodeId) => boolean;
}

export class PartitionLeave extends TransferJob {
  readonly #ports: PartitionLeavePorts;
  readonly #tally = newTally();
  #keysDropped = 0;
  #bytesDropped = 0;

  constructor(ports: PartitionLeavePorts, moving: MovingPartition) {
    super(ports, moving, 'stable');
    this.#ports = ports;
  }

  /** Nothing is here of what is to go. Throws where the move has gone on. */
  hasLeft(): boolean {
    const numbers = this.#lost().map(({ number }) => number);
    return this.#ports.eraser.isEmpty(this.moving.partition, numbers);
  }

  protected override async pass(): Promise<boolean> {
    const { replica, exchange, store } = this.#ports;
    const { partition } = this.moving;
    if (this.hasLeft()) {
      await store.durable();
      return true;
    }
    // What waits to be reaped is in no tree.
    await replica.marks.releasePartition(partition);
    const counts = [...new Set(this.#lost().map(({ n }) => n))];
    const rootOf = (n: number) => exchange.trees.tree(partition, n)?.root;
    const before = counts.map(rootOf);
    if (before.includes(undefined)) return this.waitFor('the trees here are being built');
    for (const n of counts) {
      for (const peer of this.#keepersOf(n)) {
        if (!(await this.#hasAll(peer, n))) {
          return this.waitFor(`${peer} has yet to take all that is here`);
        }
      }
    }
    if (!counts.every((n, i) => rootOf(n) === before[i])) {
      return this.waitFor('something was written here meanwhile');
    }
    await this.#drop();
    if (this.hasLeft()) return true;
    return this.waitFor('damaged records here are to be mended first');
  }

  protected override counted() {
    return { keys: this.#keysDropped, bytes: this.#bytesDropped, of: null };
  }

  /** True where the peer lacks nothing of what is here, or has taken it by now. */
  async #hasAll(peer: NodeId, n: number): Promise<boolean> {
    const { partition, epoch } = this.moving;
    const tree: TreeName = { partition, epoch, n };
    const isClosed = () => !this.isWanted;
    const exchange = new PairExchange(
      { ...this.#ports.exchange, isClosed },
      { peer, bucketNumber: null, tally: this.#tally, oneWay: true },
    );
    const { differing, postponed } = await exchange.compareRoots([tree]);
    if (postponed.length > 0) return false;
    return differing.length === 0 || (await exchange.exchange(differing)).length === 0;
  }

  /** Begins in the turn in which it is called. */
  #drop(): Promise<void> {
    const { eraser, gate, counts } = this.#ports;
    return eraser.erase({
      partition: this.moving.partition,
      bucketNumbers: this.#lost().map(({ number }) => number),
      admit: () => gate.admitToMove(this.moving, 'stable'),
      damaged: 'kept',
      onRemoved: (keys, bytes) => {
        counts.keysDropped.add(keys);
        this.#keysDropped += keys;
        this.#bytesDropped += bytes;
      },
    });
  }

  #lost() {
    const { self, view } = this.#ports;
    return lostBuckets(view, this.#move(), self);
  }

  /** All of C'_n that are not dead. Throws where there is none: what is here is all there is. */
  #keepersOf(n: number): readonly NodeId[] {
    const keepers = this.#move()
      .to.slice(0, n)
      .filter((node) => !this.#ports.isDead(node));
    if (keepers.length > 0) return keepers;
    const detail = `nobody alive keeps partition ${this.moving.partition} of buckets with n=${n}`;
    throw new QuorateError('too_few_replicas', detail);
  }

  #move(): Move {
    return this.#ports.gate.admitToMove(this.moving, 'stable');
  }
}
