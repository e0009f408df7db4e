/**
 * The transport of one simulated process.
 *
 * Bodies cross as MessagePack, as they do on sockets. A process that is down refuses calls
 * after a moment, as a closed port does; a cut link only stays silent.
 */

import { Packr } from 'msgpackr';
import {
  type ErrorOnWire,
  errorFromWire,
  errorToWire,
  QuorateError,
  TransportError,
} from '../kernel/errors.ts';
import { invariant } from '../kernel/invariant.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { CallOptions, CallType, Handler, Transport } from '../ports/transport.ts';
import type { SimNetwork } from './sim-network.ts';
import type { Simulation } from './simulation.ts';

/** The processes that are up, by node. */
export type Exchange = Map<NodeId, SimTransport>;

interface Call {
  readonly peer: NodeId;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: Timer;
}

type Reply = { readonly body: unknown } | { readonly error: ErrorOnWire };

const packr = new Packr({ useRecords: false });

export interface SimTransportPorts {
  readonly self: NodeId;
  readonly simulation: Simulation;
  readonly network: SimNetwork;
  readonly exchange: Exchange;
  readonly clock: Clock;
  /** Called with what a handler threw that is not a `QuorateError`. */
  readonly onFatal: (error: unknown) => void;
}

export class SimTransport implements Transport {
  readonly #ports: SimTransportPorts;
  readonly #handlers = new Map<string, Handler<unknown, unknown>>();
  readonly #calls = new Map<number, Call>();
  #nextCall = 1;
  #open = true;

  constructor(ports: SimTransportPorts) {
    this.#ports = ports;
    ports.exchange.set(ports.self, this);
  }

  call<Request, Reply>(
    peer: NodeId,
    type: CallType<Request, Reply>,
    request: Request,
    { deadline }: CallOptions,
  ): Promise<Reply> {
    return new Promise<Reply>((resolve, reject) => {
      if (!this.#open) return;
      const { clock } = this.#ports;
      const id = this.#nextCall++;
      const leftMs = Math.max(0, deadline - clock.now());
      const timer = clock.setTimer(leftMs, () => this.#fail(id, 'timeout'));
      this.#calls.set(id, { peer, resolve: resolve as (reply: unknown) => void, reject, timer });
      this.#post(peer, type.kind, packr.pack(request), leftMs, id);
    });
  }

  send<Request>(peer: NodeId, type: CallType<Request, void>, request: Request): void {
    if (this.#open) this.#post(peer, type.kind, packr.pack(request), Number.POSITIVE_INFINITY);
  }

  serve<Request, Reply>(type: CallType<Request, Reply>, handler: Handler<Request, Reply>): void {
    invariant(!this.#handlers.has(type.kind), `two handlers for ${type.kind}`);
    this.#handlers.set(type.kind, handler as Handler<unknown, unknown>);
  }

  reachable(peer: NodeId): boolean {
    return this.#ports.exchange.has(peer);
  }

  async close(): Promise<void> {
    for (const id of [...this.#calls.keys()]) this.#fail(id, 'disconnected');
    this.halt();
  }

  /** The process is gone: it says nothing more, and those waiting for it find out. */
  halt(): void {
    this.#open = false;
    const { exchange, self } = this.#ports;
    if (exchange.get(self) === this) exchange.delete(self);
    for (const transport of exchange.values()) transport.#peerIsGone(self);
  }

  #peerIsGone(peer: NodeId): void {
    for (const [id, call] of this.#calls) {
      if (call.peer === peer) this.#refuseSoon(id, peer, 'disconnected');
    }
  }

  #post(peer: NodeId, kind: string, body: Uint8Array, leftMs: number, id?: number): void {
    const { network, self, exchange } = this.#ports;
    const target = exchange.get(peer);
    if (target === undefined) {
      if (id !== undefined) this.#refuseSoon(id, peer, 'unreachable');
      return;
    }
    const answer = (reply: Reply) => {
      if (id === undefined) return;
      network.deliver(peer, self, `reply ${id} ${kind}`, () => this.#finish(id, reply));
    };
    network.deliver(self, peer, `${id ?? 'send'} ${kind}`, () =>
      target.#handle(self, kind, body, leftMs, answer),
    );
  }

  /** A refusal is a message too: behind a cut link nobody hears it. */
  #refuseSoon(id: number, peer: NodeId, failure: 'unreachable' | 'disconnected'): void {
    const { network, self } = this.#ports;
    network.deliver(peer, self, `refusal ${id}`, () => this.#fail(id, failure));
  }

  #handle(
    from: NodeId,
    kind: string,
    body: Uint8Array,
    leftMs: number,
    answer: (reply: Reply) => void,
  ): void {
    if (!this.#open) return;
    const handler = this.#handlers.get(kind);
    if (handler === undefined) {
      const error = new QuorateError('internal', `nobody serves ${kind}`);
      answer({ error: errorToWire(error) });
      return;
    }
    const deadline = this.#ports.clock.now() + leftMs;
    Promise.resolve()
      .then(() => handler(packr.unpack(body), { from, deadline }))
      .then(
        (reply) => this.#open && answer({ body: packr.unpack(packr.pack(reply)) }),
        (error: unknown) => this.#failed(error, answer),
      );
  }

  #failed(error: unknown, answer: (reply: Reply) => void): void {
    if (!this.#open) return;
    if (!(error instanceof QuorateError)) this.#ports.onFatal(error);
    answer({ error: errorToWire(error) });
  }

  #finish(id: number, reply: Reply): void {
    const call = this.#take(id);
    if (call === undefined) return;
    if ('error' in reply) call.reject(errorFromWire(reply.error));
    else call.resolve(reply.body);
  }

  #fail(id: number, failure: TransportError['failure']): void {
    const call = this.#take(id);
    call?.reject(new TransportError(failure, `${call.peer}: ${failure}`));
  }

  #take(id: number): Call | undefined {
    const call = this.#open ? this.#calls.get(id) : undefined;
    this.#calls.delete(id);
    call?.timer.cancel();
    return call;
  }
}
