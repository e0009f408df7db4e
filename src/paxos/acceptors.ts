/** All acceptors of a key: the one of this node, asked without a message, and those of others. */

import type { NodeId } from '../kernel/names.ts';
import type { Transport } from '../ports/transport.ts';
import type { Address } from '../replica/store-keys.ts';
import type { LatencyRanking } from '../routing/latency-ranking.ts';
import type { AcceptorRecord } from './acceptor-record.ts';
import type { Acceptor } from './acceptor-server.ts';
import {
  ACCEPT,
  type AcceptedList,
  type AcceptReply,
  type AcceptRequest,
  PREPARE,
  type PrepareReply,
  type PrepareRequest,
  READ_REGISTER,
  type ReadRegisterRequest,
} from './messages.ts';

export interface AcceptorsPorts {
  readonly self: NodeId;
  readonly transport: Transport;
  readonly acceptor: Acceptor;
  readonly ranking: LatencyRanking;
}

export class Acceptors {
  readonly #ports: AcceptorsPorts;

  constructor(ports: AcceptorsPorts) {
    this.#ports = ports;
  }

  async prepare(node: NodeId, request: PrepareRequest, deadline: number): Promise<PrepareReply> {
    const { self, acceptor, transport } = this.#ports;
    if (node === self) return acceptor.prepare(request, deadline);
    return transport.call(node, PREPARE, request, { deadline });
  }

  async accept(node: NodeId, request: AcceptRequest, deadline: number): Promise<AcceptReply> {
    const { self, acceptor, transport } = this.#ports;
    if (node === self) return acceptor.accept(request, deadline);
    return transport.call(node, ACCEPT, request, { deadline });
  }

  async read(node: NodeId, request: ReadRegisterRequest, deadline: number): Promise<AcceptedList> {
    const { self, acceptor, transport, ranking } = this.#ports;
    if (node === self) return acceptor.read(request, deadline);
    const askedAt = ranking.asked(node);
    try {
      const reply = await transport.call(node, READ_REGISTER, request, { deadline });
      ranking.answered(node, askedAt);
      return reply;
    } catch (error) {
      ranking.failed(node, askedAt);
      throw error;
    }
  }

  /** What this node has accepted, to name it to others; nothing that may be told to a client. */
  known(address: Address): AcceptorRecord | undefined {
    return this.#ports.acceptor.known(address);
  }
}
