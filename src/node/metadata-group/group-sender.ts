/** What this node says to the other members of the metadata group, and as whom. */

import type { NodeId } from '../../kernel/names.ts';
import type { NodeAddress } from '../../metadata/node-record.ts';
import type { Start } from '../../metadata/starts.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Transport } from '../../ports/transport.ts';
import type { MemberNo } from '../../raft/entry.ts';
import type { Message } from '../../raft/message.ts';
import type { GroupIdentity } from './group-identity.ts';
import { RAFT_APPEND, RAFT_BEAT, type Speaker } from './group-messages.ts';
import type { StoredSnapshot } from './raft-codec.ts';
import type { RaftStore } from './raft-store.ts';
import { sendSnapshot } from './snapshot-streams.ts';

export interface GroupSenderPorts {
  readonly identity: GroupIdentity;
  /** The present one. */
  readonly start: () => Start;
  readonly address: NodeAddress;
  readonly clock: Clock;
  readonly transport: Transport;
  readonly store: RaftStore;
  readonly nameOf: (member: MemberNo) => NodeId | undefined;
  readonly term: () => number;
}

/** Beats and votes do not wait behind these. */
const WITH_ENTRIES: ReadonlySet<Message['type']> = new Set([
  'append',
  'append_accepted',
  'committed_entries',
]);

/** To a member whose name is not known yet nothing is sent. */
export class GroupSender {
  readonly #ports: GroupSenderPorts;

  constructor(ports: GroupSenderPorts) {
    this.#ports = ports;
  }

  /** May be lost. */
  send(to: MemberNo, message: Message): void {
    const { transport, nameOf } = this.#ports;
    const name = nameOf(to);
    if (name === undefined) return;
    const type = WITH_ENTRIES.has(message.type) ? RAFT_APPEND : RAFT_BEAT;
    transport.send(name, type, { from: this.#speaker(), message });
  }

  /** Resolves with false where it did not arrive, or is wanted no longer. */
  sendSnapshot(to: MemberNo, snapshot: StoredSnapshot, isWanted: () => boolean): Promise<boolean> {
    const { clock, transport, store, nameOf, term } = this.#ports;
    const name = nameOf(to);
    if (name === undefined) return Promise.resolve(false);
    const speaker = this.#speaker();
    const ports = { clock, transport, store, speaker, term: term(), isWanted };
    return sendSnapshot(ports, name, snapshot);
  }

  #speaker(): Speaker {
    const { identity, start, address } = this.#ports;
    return {
      member: identity.nodeNo,
      start: start(),
      address: { host: address.host, port: address.peerPort },
    };
  }
}
