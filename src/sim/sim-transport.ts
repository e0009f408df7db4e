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
  type IntroductionHandler,
  MESSAGE_BYTES_MAX,
  type PeerAddress,
  type Transport,
} from '../ports/transport.ts';
import type { SimGate } from './sim-gate.ts';
import { SimIntroductions } from './sim-introducer.ts';
import type { SimNetwork } from './sim-network.ts';
import { SimPeerBook, simAddress } from './sim-peer-book.ts';
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

export interface SimTransportPorts {
  readonly self: NodeId;
  readonly simulation: Simulation;
  readonly network: SimNetwork;
  readonly exchange: Exchange;
  /** The address book to begin with, each at its `simAddress`. */
  readonly peers: readonly NodeId[];
  readonly clock: Clock;
  /** Left out: the process is never paused. */
  readonly gate?: SimGate;
  /** Called with what a handler threw that is not a `QuorateError`. */
  readonly onFatal: (error: unknown) => void;
}

export class SimTransport implements Transport {
  readonly #ports: SimTransportPorts;
  readonly #handlers = new Map<string, Handler<unknown, unknown>>();
  readonly #calls = new Map<number, Call>();
  readonly #heardAtMs = new Map<NodeId, number>();
  readonly #book: SimPeerBook;
  readonly introductions: SimIntroductions;
  #nextCall = 1;
  /** Closed: told so by its owner. Gone: the process died, and nothing settles any more. */
  #state: 'open' | 'closed' | 'gone' = 'open';

  constructor(ports: SimTransportPorts) {
    this.#ports = ports;
    const isOpen = () => this.#state === 'open';
    this.#book = new SimPeerBook({ ...ports, isOpen });
    this.#book.replace(new Map(ports.peers.map((peer) => [peer, simAddress(peer)])));
    this.introductions = new SimIntroductions({ ...ports, isOpen });
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

  serveIntroductions(handler: IntroductionHandler): void {
    this.introductions.serve(handler);
  }

  setPeers(peers: ReadonlyMap<NodeId, PeerAddress>): void {
    if (this.#state !== 'open') return;
    const changed = this.#book.replace(peers);
    for (const [id, { peer }] of this.#calls) if (changed.has(peer)) this.#fail(id, 'disconnected');
  }

  reachable(peer: NodeId): boolean {
    return this.#book.reachable(peer);
  }

  async close(): Promise<void> {
    for (const id of [...this.#calls.keys()]) this.#fail(id, 'disconnected');
    this.#leave('closed');
  }

  /** The process is gone: it says nothing more, and those waiting for it find out. */
  halt(): void {
    this.#leave('gone');
  }

  /** At once, or when the process goes on. */
  #awake(act: () => void): void {
    const { gate } = this.#ports;
    if (gate === undefined) act();
    else gate.pass(act);
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
    network.deliver(peer, self, 'connection closed', () => this.#book.countAsUnreachable(peer));
    for (const [id, call] of this.#calls) {
      if (call.peer === peer) this.#refuseSoon(id, peer, 'disconnected');
    }
  }

  #post(peer: NodeId, type: Delivered, body: Uint8Array, leftMs: number, id: number | undefined) {
    const { kind, idempotent } = type;
    const { network, self, exchange } = this.#ports;
    const known = this.#book.reachable(peer);
    const target = known && this.#book.listens(peer) ? exchange.get(peer) : undefined;
    if (target === undefined) {
      if (id !== undefined) this.#refuseSoon(id, peer, 'unreachable', known);
      else if (known) this.#countAsUnreachableSoon(peer);
      return;
    }
    const answer = (reply: Reply) => {
      if (id === undefined) return;
      network.deliver(peer, self, `reply ${id} ${kind}`, () =>
        this.#awake(() => this.#finish(id, reply)),
      );
    };
    let arrived = 0;
    network.deliver(self, peer, `${id ?? 'send'} ${kind}`, () => {
      if (arrived++ > 0 && !idempotent) return;
      target.#awake(() => target.#handle(self, kind, body, leftMs, answer));
    });
  }

  /** What this node finds out from the peer's side is a message too; what it knows is not. */
  #refuseSoon(id: number, peer: NodeId, failure: TransportFailure, fromPeer = true): void {
    const { network, self, simulation } = this.#ports;
    const refuse = () =>
      this.#awake(() => {
        this.#fail(id, failure);
        this.#book.countAsUnreachable(peer);
      });
    if (fromPeer) network.deliver(peer, self, `refusal ${id}`, refuse);
    else simulation.schedule(0, refuse);
  }

  /** As one finds out who sent something that no reply was due to. */
  #countAsUnreachableSoon(peer: NodeId): void {
    const { network, self } = this.#ports;
    network.deliver(peer, self, 'refusal', () => this.#book.countAsUnreachable(peer));
  }

  #timeOut(id: number): void {
    const call = this.#calls.get(id);
    if (call === undefined) return;
    const heardAtMs = this.#heardAtMs.get(call.peer) ?? Number.NEGATIVE_INFINITY;
    this.#fail(id, 'timeout');
    if (heardAtMs < call.startedAtMs) this.#book.countAsUnreachable(call.peer);
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
