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
 * Registers go without being compared: whatever was chosen is on a majority of C' by then, and
 * whatever was not need not be kept.
 *
 * A record that fails its checksum is compared with nobody, and stays until it has been mended
 * from all who keep it now (../record-rebuild.ts).
 */

import { QuorateError } from '../../kernel/errors.ts';
import type { NodeId } from '../../kernel/names.ts';
import type { Store } from '../../ports/store.ts';
import type { ClusterView } from '../../ring/cluster-view.ts';
import type { Move } from '../../ring/move.ts';
import { type GivingAwayPorts, giveAway } from './giving-away.ts';
import { countsOf, lostBuckets } from './moved-buckets.ts';
import type { Erasing, PartitionEraser } from './partition-eraser.ts';
import { TransferJob, type TransferJobPorts } from './transfer-job.ts';
import type { MovingPartition } from './transfer-messages.ts';

export interface PartitionLeavePorts extends TransferJobPorts, GivingAwayPorts {
  readonly self: NodeId;
  readonly view: ClusterView;
  readonly store: Store;
  readonly eraser: PartitionEraser;
  readonly isDead: (node: NodeId) => boolean;
}

export class PartitionLeave extends TransferJob {
  readonly #ports: PartitionLeavePorts;
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
    const { partition, epoch } = this.moving;
    if (!this.hasLeft()) await this.#dropRegisters();
    if (this.hasLeft()) {
      await this.#ports.store.durable();
      return true;
    }
    const waits = await giveAway(this.#ports, {
      partition,
      epoch,
      counts: countsOf(this.#lost(), 'dynamo'),
      takersOf: (n) => this.#keepersOf(n),
      isWanted: () => this.isWanted,
      remove: () => this.#drop(),
    });
    if (waits !== undefined) return this.waitFor(waits);
    if (this.hasLeft()) return true;
    return this.waitFor('damaged records here are to be mended first');
  }

  protected override counted() {
    return { keys: this.#keysDropped, bytes: this.#bytesDropped, of: null };
  }

  /** Begins in the turn in which it is called. */
  #drop(): Promise<void> {
    return this.#ports.eraser.erase({ ...this.#erasing(), damaged: 'kept' });
  }

  async #dropRegisters(): Promise<void> {
    for (const n of countsOf(this.#lost(), 'paxos')) this.#keepersOf(n);
    await this.#ports.eraser.eraseRegisters(this.#erasing());
  }

  #erasing(): Omit<Erasing, 'damaged'> {
    const { gate, counts } = this.#ports;
    return {
      partition: this.moving.partition,
      bucketNumbers: this.#lost().map(({ number }) => number),
      admit: () => gate.admitToMove(this.moving, 'stable'),
      onRemoved: (keys, bytes) => {
        counts.keysDropped.add(keys);
        this.#keysDropped += keys;
        this.#bytesDropped += bytes;
      },
    };
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

/** Each n of these buckets that are of this mode. */
