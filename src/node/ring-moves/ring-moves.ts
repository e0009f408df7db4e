/**
 * This node's part in changes of the ring: it takes partitions over and lets go of them, asks
 * for its own share when it is new, and, while it leads the metadata group, has the moves
 * carried out.
 */

import type { NodeId } from '../../kernel/names.ts';
import type { Liveness } from '../../ports/liveness.ts';
import { servePartitionSizes } from '../../repair/transfer/partition-sizes.ts';
import {
  type TransferStatus,
  Transfers,
  type TransfersPorts,
} from '../../repair/transfer/transfers.ts';
import type { Hints } from '../../replica/hints.ts';
import type { MetadataGroup } from '../metadata-group/metadata-group.ts';
import { MoveDriver } from './move-driver.ts';
import { MoveJournal } from './move-journal.ts';
import { RingEntrance } from './ring-entrance.ts';
import { type Taking, TRANSFER_STATUS } from './transfer-status.ts';

export interface RingMovesPorts extends Omit<TransfersPorts, 'isDead'> {
  readonly group: MetadataGroup;
  readonly liveness: Liveness;
  /** Ask for a share of the ring when this node has none yet. */
  readonly joinsRing: boolean;
}

/** How long one entry may take. */
const COMMAND_MS_MAX = 5_000;

export class RingMoves {
  readonly #ports: RingMovesPorts;
  readonly #transfers: Transfers;
  readonly #driver: MoveDriver;
  readonly #entrance: RingEntrance;
  readonly #journal: MoveJournal;

  constructor(ports: RingMovesPorts) {
    const { group, clock, liveness } = ports;
    const isDead = (node: NodeId) => group.state?.nodeNamed(node)?.status === 'dead';
    this.#ports = ports;
    this.#transfers = new Transfers({ ...ports, isDead });
    this.#journal = new MoveJournal(ports);
    this.#driver = new MoveDriver({
      ...ports,
      led: () => group.led,
      run: (command) => group.client.runIdempotent(command, clock.now() + COMMAND_MS_MAX),
      onCopied: (move, copied) => this.#journal.copied(move, copied),
      reachable: (node) => liveness.reachable(node),
    });
    this.#entrance = new RingEntrance(ports);
  }

  /** Answers the other nodes. */
  serve(): void {
    const { transport, hints, view } = this.#ports;
    this.#transfers.serve(transport);
    servePartitionSizes(transport, this.#ports);
    transport.serve(TRANSFER_STATUS, () => ({
      taking: this.#transfers.copies().map(takingOf),
      bytesTaken: this.#transfers.bytesTaken,
      hintsHeld: hintsHeldIn(hints),
      departing: view.departing,
      waits: [...this.#driver.waits()],
    }));
  }

  start(): void {
    this.#driver.start();
    this.#journal.start(() => this.#driver.waits().size);
    if (this.#ports.joinsRing) this.#entrance.start();
  }

  /** The state of the metadata group has changed. */
  follow(): void {
    const { state, led } = this.#ports.group;
    if (state !== undefined) this.#journal.follow(state, led !== undefined);
    const bytesPerSecond = state?.transferBytesPerSecond ?? 0;
    if (bytesPerSecond !== this.#transfers.bytesPerSecond) {
      this.#transfers.setBytesPerSecond(bytesPerSecond);
    }
  }

  /** From here on the store is neither read nor written. */
  stop(): void {
    this.#journal.stop();
    this.#driver.stop();
    this.#entrance.stop();
    this.#transfers.stop();
  }
}

/** Never none while some are yet to be counted. */
function hintsHeldIn(hints: Hints): number {
  const counted = hints.summaries().reduce((all, { count }) => all + count, 0);
  return Math.max(counted, hints.targets.length);
}

function takingOf({ partition, session, keys, bytes, of }: TransferStatus): Taking {
  return { partition, session, keys, bytes, of };
}
