/**
 * Gets a register that is damaged where it is copied from: from all other members of C_n, of
 * whom every majority of C_n has at least one.
 *
 * Each of them has to answer but for the dead, as for an object (record-rescue.ts). So many must
 * be left that no choice can rest on the source and the dead alone.
 */

import { QuorateError } from '../../kernel/errors.ts';
import type { NodeId } from '../../kernel/names.ts';
import { type ElsewherePorts, highestElsewhere } from '../../paxos/accepted-elsewhere.ts';
import { encodeAcceptorRecord } from '../../paxos/acceptor-record.ts';
import { isZero } from '../../paxos/ballot.ts';
import type { Addressed, CarriedState } from '../../replica/messages.ts';
import type { Bucket } from '../../ring/cluster-view.ts';
import { majority } from '../../ring/levels.ts';
import type { Move } from '../../ring/move.ts';

export interface RegisterRescuePorts extends ElsewherePorts {
  readonly self: NodeId;
  readonly isDead: (node: NodeId) => boolean;
}

export class RegisterRescue {
  readonly #ports: RegisterRescuePorts;

  constructor(ports: RegisterRescuePorts) {
    this.#ports = ports;
  }

  /**
   * Undefined where none of them has accepted anything. Throws `corrupt_record` where too few are
   * left or one of them has it damaged too, and what keeps one from answering.
   */
  async fetch(
    { from }: Pick<Move, 'from'>,
    { n }: Pick<Bucket, 'n'>,
    source: NodeId,
    address: Addressed,
  ): Promise<CarriedState | undefined> {
    const { self, isDead } = this.#ports;
    const list = from.slice(0, n);
    const others = list.filter((node) => node !== source && !isDead(node));
    if (others.length < list.length - majority(list.length) + 1) {
      const detail = `a register of partition ${address.partition} is damaged on ${source}, and too few others alive have it`;
      throw new QuorateError('corrupt_record', detail);
    }
    // What this node has is merged when the rest is taken.
    const asked = others.filter((node) => node !== self);
    const highest = await highestElsewhere(this.#ports, asked, address);
    if (isZero(highest.accepted)) return undefined;
    return { encoded: encodeAcceptorRecord(highest), reap: 0 };
  }
}
