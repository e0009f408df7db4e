/**
 * Whether this node may do now what a stage of a move asks of it. Whoever changes the store
 * asks in the very turn of the change: a message that was late, or work that a later stage has
 * overtaken, changes nothing then.
 */

import { QuorateError } from '../../kernel/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Admission } from '../../replica/admission.ts';
import type { ClusterView } from '../../ring/cluster-view.ts';
import type { Move, MoveStage } from '../../ring/move.ts';
import type { MovingPartition, PartitionAtEpoch } from './transfer-messages.ts';

export interface MoveGatePorts {
  readonly clock: Pick<Clock, 'now'>;
  readonly view: ClusterView;
  readonly admission: Pick<Admission, 'refuseToCount'>;
}

/** Of the time there is: the rest is for the work, and for telling what could not be waited for. */
const WAIT_SHARE = 0.75;

export class MoveGate {
  readonly #ports: MoveGatePorts;
  #closed = false;

  constructor(ports: MoveGatePorts) {
    this.#ports = ports;
  }

  /** From here on nothing is admitted. */
  close(): void {
    this.#closed = true;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Whoever sent this may know more: waits until this node does too, as long as it makes sense. */
  async catchUp(asked: readonly PartitionAtEpoch[], deadline: number): Promise<void> {
    const { view, clock } = this.#ports;
    const heard = () =>
      view.formed &&
      asked.every(({ partition, epoch }) => {
        const known = view.ring().partitionEpochs[partition];
        return known === undefined || known >= epoch;
      });
    if (heard()) return;
    const now = clock.now();
    await view.until(heard, now + (deadline - now) * WAIT_SHARE);
  }

  /** Throws unless the partition is at this epoch, and this node's start is registered. */
  admit({ partition, epoch }: PartitionAtEpoch): void {
    const { view, admission } = this.#ports;
    if (this.#closed) throw new QuorateError('not_ready', 'the node is stopping');
    admission.refuseToCount();
    const known = view.ring().partitionEpochs[partition];
    if (known === undefined) {
      throw new QuorateError('not_a_replica', `there is no partition ${partition}`);
    }
    if (known !== epoch) {
      const detail = `partition ${partition} is at epoch ${known} here, not ${epoch}`;
      throw new QuorateError('stale_epoch', detail);
    }
  }

  /** The move, at this stage. Throws where it is another one or at another stage. */
  admitToMove(moving: MovingPartition, stage: MoveStage): Move {
    this.admit(moving);
    const { partition, session } = moving;
    const move = this.#ports.view.ring().moves.get(partition);
    if (move?.session !== session) {
      const detail = `partition ${partition} is not in move ${session}, but in ${move?.session ?? 'none'}`;
      throw new QuorateError('stale_epoch', detail);
    }
    if (move.stage !== stage) {
      const detail = `move ${session} of partition ${partition} is at ${move.stage}, not at ${stage}`;
      throw new QuorateError('stale_epoch', detail);
    }
    return move;
  }

  /** What `admitToMove` would not refuse for good. */
  isAt(moving: MovingPartition, stage: MoveStage): boolean {
    const { partition, epoch, session } = moving;
    const { view } = this.#ports;
    if (this.#closed || !view.formed) return false;
    const move = view.ring().moves.get(partition);
    return (
      view.ring().partitionEpochs[partition] === epoch &&
      move?.session === session &&
      move.stage === stage
    );
  }
}
