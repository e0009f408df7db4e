/**
 * Makes this node ready to keep what a move brings it: whatever it holds there of an earlier
 * time goes first (protocols.md, section 8, PREPARE).
 *
 * What is left of an earlier time may have been reaped everywhere else, and counters in it may
 * have gone on without it. Only buckets go whose n makes this node a newcomer; where it keeps the
 * partition for a smaller n it goes on doing so, and hints for others stay.
 */

import { QuorateError } from '../../kernel/errors.ts';
import type { NodeId } from '../../kernel/names.ts';
import type { Transport } from '../../ports/transport.ts';
import type { ClusterView } from '../../ring/cluster-view.ts';
import type { MoveGate } from './move-gate.ts';
import { gainedBuckets } from './moved-buckets.ts';
import type { PartitionEraser } from './partition-eraser.ts';
import { type MovingPartition, PREPARE_PARTITIONS, type Verdict } from './transfer-messages.ts';

export interface PrepareServerPorts {
  readonly self: NodeId;
  readonly view: ClusterView;
  readonly gate: MoveGate;
  readonly eraser: PartitionEraser;
}

export class PrepareServer {
  readonly #ports: PrepareServerPorts;

  constructor(ports: PrepareServerPorts) {
    this.#ports = ports;
  }

  serve(transport: Transport): void {
    transport.serve(PREPARE_PARTITIONS, (asked, { deadline }) => this.#prepare(asked, deadline));
  }

  async #prepare(asked: readonly MovingPartition[], deadline: number): Promise<readonly Verdict[]> {
    await this.#ports.gate.catchUp(asked, deadline);
    return Promise.all(asked.map((moving) => this.#prepareOne(moving)));
  }

  async #prepareOne(moving: MovingPartition): Promise<Verdict> {
    const { self, view, gate, eraser } = this.#ports;
    // A stage later the same keys are written here again: they must stay.
    const admit = () => gate.admitToMove(moving, 'prepare');
    try {
      const gained = gainedBuckets(view, admit(), self);
      const { partition } = moving;
      const bucketNumbers = gained.map(({ number }) => number);
      await eraser.erase({ partition, bucketNumbers, admit, damaged: 'removed' });
      return true;
    } catch (error) {
      if (!(error instanceof QuorateError)) throw error;
      return error.code;
    }
  }
}
