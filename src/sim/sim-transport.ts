/**
 * The transport of one simulated process.
 *
 * Bodies cross as MessagePack, as they do on sockets. A process that is down refuses calls
 * after a moment, as a closed port does; a cut link only stays silent, until a call that
 * heard nothing in time makes the peer count as unreachable.
 */

import { Packr } from 'msgpackr';
import {
  type ErrorOnWire,
  errorFromWire,
  errorToWire,
  QuorateError,
  TransportError,
  type TransportFailure,
} from '../kernel/errors.ts';
import { invariant } from '../kernel/invariant.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import {
  type CallOptions,
  type CallType,
  type Handler,
  MESSAGE_BYTES_MAX,
  type Transport,
} from '../ports/transport.ts';
import type { SimNetwork } from './sim-network.ts';
import type { Simulation } from './simulation.ts';

/** The processes that are up, by node. */
export type Exchange = Map<NodeId, SimTransport>;

interface Call {
  readonly peer: NodeId;
  readonly startedAtMs: number;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: Timer;
}

type Delivered = Pick<CallType<never, never>, 'kind' | 'idempotent'>;

type Reply = { readonly body: unknown } | { readonly error: ErrorOnWire };

const packr = new Packr({ useRecords: false });

/** How often a peer that counts as unreachable is tried again. */
const PROBE_EVERY_MS = 200;

export interface SimTransportPorts {
  readonly self: NodeId;
  readonly simulation: Simulation;
  readonly network: SimNetwork;
  readonly exchange: Exchange;
  /** Everybody that this node may talk to. */
  readonly peers: readonly NodeId[];
  readonly clock: Clock;
  /** Called with what a handler threw that is not a `QuorateError`. */
  readonly onFatal: (error: unknown) => void;
}

export class SimTransport implements Transport {
  readonly #ports: SimTransportPorts;
  readonly #handlers = new Map<string, Handler<unknown, unknown>>();
  readonly #calls = new Map<number, Call>();
  readonly #heardAtMs = new Map<NodeId, number>();
  readonly #unreachable = new Set<NodeId>();
  #nextCall = 1;
  /** Closed: told so by its owner. Gone: the process died, and nothing settles any more. */
  #state: 'open' | 'closed' | 'gone' = 'open';

  constructor(ports: SimTransportPorts) {
    this.#ports = ports;
  }

  /** Lets others in, once all handlers are there. */
  open(): void {
    this.#ports.exchange.set(this.#ports.self, this);
  }

  call<Request, Reply>(
    peer: NodeId,
    type: CallType<Request, Reply>,
    request: Request,
    { deadline }: CallOptions,
  ): Promise<Reply> {
    return new Promise<Reply>((resolve, reject) => {
      if (this.#state === 'gone') return;
      const { clock, simulation } = this.#ports;
      const leftMs = deadline - clock.now();
      if (leftMs <= 0) return reject(failed(peer, 'timeout'));
      if (this.#state === 'closed') return reject(failed(peer, 'unreachable'));
      const body = packr.pack(request);
      if (body.length > MESSAGE_BYTES_MAX) return reject(tooLarge(body));
      const id = this.#nextCall++;
      this.#calls.set(id, {
        peer,
        startedAtMs: simulation.nowMs,
        resolve: resolve as (reply: unknown) => void,
        reject,
        timer: clock.setTimer(leftMs, () => this.#timeOut(id)),
      });
      this.#post(peer, type, body, leftMs, id);
    });
  }

  send<Request>(peer: NodeId, type: CallType<Request, void>, request: Request): void {
    if (this.#state !== 'open') return;
    this.#post(peer, type, packr.pack(request), Number.POSITIVE_INFINITY, undefined);
  }

  serve<Request, Reply>(type: CallType<Request, Reply>, handler: Handler<Request, Reply>): void {
    invariant(!this.#handlers.has(type.kind), `two handlers for ${type.kind}`);
    this.#handlers.set(type.kind, handler as Handler<unknown, unknown>);
  }

  reachable(peer: NodeId): boolean {
    return this.#ports.peers.includes(peer) && !this.#unreachable.has(peer);
  }

  async close(): Promise<void> {
    for (const id of [...this.#calls.keys()]) this.#fail(id, 'disconnected');
    this.#leave('closed');
  }

  /** The process is gone: it says nothing more, and those waiting for it find out. */
  halt(): void {
    this.#leave('gone');
  }

  #leave(state: 'closed' | 'gone'): void {
    this.#state = state;
    const { exchange, self } = this.#ports;
    if (exchange.get(self) !== this) return;
    exchange.delete(self);
    for (const transport of exchange.values()) transport.#peerIsGone(self);
  }

  #peerIsGone(peer: NodeId): void {
    const { network, self } = this.#ports;
    network.deliver(peer, self, 'connection closed', () => this.#countAsUnreachable(peer));
    for (const [id, call] of this.#calls) {
      if (call.peer === peer) this.#refuseSoon(id, peer, 'disconnected');
    }
  }

  #post(peer: NodeId, type: Delivered, body: Uint8Array, leftMs: number, id: number | undefined) {
    const { kind, idempotent } = type;
    const { network, self, exchange } = this.#ports;
    const known = peer === self || this.reachable(peer);
    const target = known ? exchange.get(peer) : undefined;
    if (target === undefined) {
      if (id !== undefined) this.#refuseSoon(id, peer, 'unreachable', known);
      return;
    }
    const answer = (reply: Reply) => {
      if (id === undefined) return;
      network.deliver(peer, self, `reply ${id} ${kind}`, () => this.#finish(id, reply));
    };
    let arrived = 0;
    network.deliver(self, peer, `${id ?? 'send'} ${kind}`, () => {
      if (arrived++ === 0 || idempotent) target.#handle(self, kind, body, leftMs, answer);
    });
  }

  /** What this node finds out from the peer's side is a message too; what it knows is not. */
  #refuseSoon(id: number, peer: NodeId, failure: TransportFailure, fromPeer = true): void {
    const { network, self, simulation } = this.#ports;
    const refuse = () => {
      this.#fail(id, failure);
      this.#countAsUnreachable(peer);
    };
    if (fromPeer) network.deliver(peer, self, `refusal ${id}`, refuse);
    else simulation.schedule(0, refuse);
  }

  #timeOut(id: number): void {
    const call = this.#calls.get(id);
    if (call === undefined) return;
    const heardAtMs = this.#heardAtMs.get(call.peer) ?? Number.NEGATIVE_INFINITY;
    this.#fail(id, 'timeout');
    if (heardAtMs < call.startedAtMs) this.#countAsUnreachable(call.peer);
  }

  #countAsUnreachable(peer: NodeId): void {
    const { peers, self } = this.#ports;
    if (peer === self || !peers.includes(peer) || this.#unreachable.has(peer)) return;
    this.#unreachable.add(peer);
    this.#probe(peer);
  }

  #probe(peer: NodeId): void {
    const { network, self, exchange, simulation } = this.#ports;
    if (this.#state !== 'open' || !this.#unreachable.has(peer)) return;
    network.deliver(self, peer, 'probe', () => {
      if (!exchange.has(peer)) return;
      network.deliver(peer, self, 'probe answered', () => this.#unreachable.delete(peer));
    });
    simulation.schedule(PROBE_EVERY_MS, () => this.#probe(peer));
  }

  #handle(
    from: NodeId,
    kind: string,
    body: Uint8Array,
    leftMs: number,
    answer: (reply: Reply) => void,
  ): void {
    if (this.#state !== 'open') return;
    this.#heardAtMs.set(from, this.#ports.simulation.nowMs);
    const deadline = this.#ports.clock.now() + leftMs;
    Promise.resolve()
      .then(() => this.#handlerOf(kind)(packr.unpack(body), { from, deadline }))
      .then(
        (reply) => {
          if (this.#state !== 'open') return;
          const packed = packr.pack(reply);
          if (packed.length <= MESSAGE_BYTES_MAX) answer({ body: packr.unpack(packed) });
          else answer({ error: errorToWire(tooLarge(packed)) });
        },
        (error: unknown) => {
          if (this.#state !== 'open') return;
          if (!(error instanceof QuorateError)) this.#ports.onFatal(error);
          answer({ error: errorToWire(error) });
        },
      );
  }

  #handlerOf(kind: string): Handler<unknown, unknown> {
    const handler = this.#handlers.get(kind);
    if (handler === undefined) throw new QuorateError('internal', `nobody serves ${kind}`);
    return handler;
  }

  #finish(id: number, reply: Reply): void {
    const call = this.#take(id);
    if (call === undefined) return;
    this.#heardAtMs.set(call.peer, this.#ports.simulation.nowMs);
    if ('error' in reply) call.reject(errorFromWire(reply.error));
    else call.resolve(reply.body);
  }

  #fail(id: number, failure: TransportFailure): void {
    const call = this.#take(id);
    call?.reject(failed(call.peer, failure));
  }

  #take(id: number): Call | undefined {
    const call = this.#state === 'open' ? this.#calls.get(id) : undefined;
    this.#calls.delete(id);
    call?.timer.cancel();
    return call;
  }
}

function tooLarge({ length }: Uint8Array): QuorateError {
  return new QuorateError('value_too_large', `a message of ${length} bytes does not fit`);
}

function failed(peer: NodeId, failure: TransportFailure): TransportError {
  return new TransportError(failure, `${peer}: ${failure}`);
}
