/**
 * Makes this node ready to keep what a move brings it: whatever it holds there of an earlier
 * time goes first (protocols.md, section 8, PREPARE).
 *
 * What is left of an earlier time may have been reaped everywhere else, and counters in it may
 * have gone on without it; votes for registers say nothing of what was chosen since. Only buckets
 * go whose n makes this node a newcomer; where it keeps the partition for a smaller n it goes on
 * doing so, and hints for others stay.
 *
 * A cluster that was recovered may have forgotten that this node had become a replica, when
 * somebody else had dropped the partition for that: what looks left over may be the only copy of
 * a write. So there all that are alive of C take what they lack of it first; where nobody is, it
 * stays. Nothing of it was reaped meanwhile: no round begins while a member has leftovers.
 *
 * Registers stay there, as votes that were given: of each the higher ballot stands, theirs or
 * that of C which is copied. None of them was erased meanwhile: see register-collection.ts.
 */

import { QuorateError } from '../../kernel/errors.ts';
import type { NodeId } from '../../kernel/names.ts';
import type { Transport } from '../../ports/transport.ts';
import type { DamagedRecords } from '../../replica/damaged-records.ts';
import type { Trees } from '../../replica/trees.ts';
import type { Bucket, ClusterView } from '../../ring/cluster-view.ts';
import type { Move } from '../../ring/move.ts';
import { type GivingAwayPorts, giveAway } from './giving-away.ts';
import type { MoveGate } from './move-gate.ts';
import { countsOf, gainedBuckets } from './moved-buckets.ts';
import type { Erasing, PartitionEraser } from './partition-eraser.ts';
import { type MovingPartition, PREPARE_PARTITIONS, type Verdict } from './transfer-messages.ts';

export interface PrepareServerPorts extends GivingAwayPorts {
  readonly self: NodeId;
  readonly view: ClusterView;
  readonly gate: MoveGate;
  readonly eraser: PartitionEraser;
  /** The cluster was begun anew by one of its nodes at some time: see recovered-snapshot.ts. */
  readonly wasRecovered: boolean;
  readonly isDead: (node: NodeId) => boolean;
  readonly trees: Trees;
  readonly damaged: DamagedRecords;
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
    const { self, view, gate, eraser, wasRecovered, trees, damaged } = this.#ports;
    try {
      const move = gate.admitToMove(moving, 'prepare');
      const gained = gainedBuckets(view, move, self);
      if (wasRecovered) await this.#giveAway(moving, move, gained);
      else await eraser.erase(this.#leftovers(moving, gained));
      // Counting what will be copied as it comes is cheaper than to read it all once more.
      trees.buildIfSmall(moving.partition, (address) => damaged.note(address));
      return true;
    } catch (error) {
      if (!(error instanceof QuorateError)) throw error;
      return error.code;
    }
  }

  /** Throws `not_ready` where others have yet to take it. */
  async #giveAway(moving: MovingPartition, move: Move, gained: readonly Bucket[]): Promise<void> {
    const { gate, eraser, isDead } = this.#ports;
    const { partition, epoch } = moving;
    const takersOf = (n: number) => move.from.slice(0, n).filter((node) => !isDead(node));
    const given = gained.filter(({ n }) => takersOf(n).length > 0);
    if (eraser.hasNoObjects(partition, numbersOf(given))) return;
    const waits = await giveAway(this.#ports, {
      partition,
      epoch,
      counts: countsOf(given, 'dynamo'),
      takersOf,
      isWanted: () => gate.isAt(moving, 'prepare'),
      remove: () => eraser.eraseObjects(this.#leftovers(moving, given)),
    });
    if (waits !== undefined) throw new QuorateError('not_ready', waits);
  }

  #leftovers(moving: MovingPartition, buckets: readonly Bucket[]): Erasing {
    return {
      partition: moving.partition,
      bucketNumbers: numbersOf(buckets),
      // A stage later the same keys are written here again: they must stay.
      admit: () => this.#ports.gate.admitToMove(moving, 'prepare'),
      damaged: 'removed',
    };
  }
}

function numbersOf(buckets: readonly Bucket[]): readonly number[] {
  return buckets.map(({ number }) => number);
}
