/**
 * The fence of an epoch at one node: what was made for earlier epochs of the partition is
 * refused from here on, and what was taken before is on disk.
 *
 * Nothing has to be remembered for it. Each message is admitted in the turn in which its write
 * goes into the store, by the view of that turn, and the view never falls; so once it is at the
 * epoch, a flush covers all that was admitted before. A start begins with an older view, but
 * counts for nothing until it is registered, and that entry comes after the epoch's.
 */

import { QuorateError } from '../../kernel/errors.ts';
import type { Store } from '../../ports/store.ts';
import type { Transport } from '../../ports/transport.ts';
import type { MoveGate } from './move-gate.ts';
import { FENCE_PARTITIONS, type PartitionAtEpoch, type Verdict } from './transfer-messages.ts';

export interface FenceServerPorts {
  readonly gate: MoveGate;
  readonly store: Store;
}

export class FenceServer {
  readonly #ports: FenceServerPorts;

  constructor(ports: FenceServerPorts) {
    this.#ports = ports;
  }

  serve(transport: Transport): void {
    transport.serve(FENCE_PARTITIONS, (asked, { deadline }) => this.#fence(asked, deadline));
  }

  async #fence(asked: readonly PartitionAtEpoch[], deadline: number): Promise<readonly Verdict[]> {
    const { gate, store } = this.#ports;
    await gate.catchUp(asked, deadline);
    const verdicts = asked.map((one) => verdictOf(() => gate.admit(one)));
    await store.durable();
    return verdicts;
  }
}

export function verdictOf(admit: () => void): Verdict {
  try {
    admit();
    return true;
  } catch (error) {
    if (!(error instanceof QuorateError)) throw error;
    return error.code;
  }
}
