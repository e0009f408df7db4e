/**
 * The transport between the nodes of a real cluster.
 *
 * Each node listens on its peer port and keeps its own connections to every other node, one
 * a lane, for its own calls: a connection carries requests in one direction and their replies
 * in the other. See `peer-link.ts` for the calling side, `served-connection.ts` for the other.
 */

import { TransportError } from '../../kernel/errors.ts';
import { invariant } from '../../kernel/invariant.ts';
import type { NodeId } from '../../kernel/names.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { Random } from '../../ports/random.ts';
import type {
  CallOptions,
  CallType,
  Handler,
  IntroductionHandler,
  Lane,
  PeerAddress,
  Transport,
} from '../../ports/transport.ts';
import { Handlers } from './handlers.ts';
import type { Greeting, Identity } from './handshake.ts';
import { Introductions } from './introductions.ts';
import { LocalCalls } from './local-calls.ts';
import { Peer } from './peer.ts';
import { type PeerMetrics, peerMetrics } from './peer-metrics.ts';
import { PeerServer } from './peer-server.ts';
import { SEND_DEADLINE_MS } from './served-connection.ts';

export interface PeerTransportOptions extends Identity {
  /** Port 0 takes any free one. */
  readonly listen: PeerAddress;
  /** The address book; this node may be in it. */
  readonly peers: ReadonlyMap<NodeId, PeerAddress>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** A handler found out that this node must stop. */
  readonly onFatal: (error: Error) => void;
  /** A node of another cluster, which knows the same secret, took this one for one of its own. */
  readonly onStranger?: (greeting: Greeting) => void;
}

export interface PeerTransport extends Transport {
  /** Listens and connects. Rejects, naming the address, when it cannot be listened on. */
  start(): Promise<void>;
  /** The port listened on, once started. */
  readonly port: number;
}

export function createPeerTransport(options: PeerTransportOptions): PeerTransport {
  return new SocketTransport(options);
}

class SocketTransport implements PeerTransport {
  readonly #options: PeerTransportOptions;
  readonly #metrics: PeerMetrics;
  readonly #handlers: Handlers;
  readonly #local: LocalCalls;
  readonly #introductions: Introductions;
  readonly #server: PeerServer;
  readonly #peers = new Map<NodeId, Peer>();
  #started = false;
  #closing: Promise<void> | undefined;

  constructor(options: PeerTransportOptions) {
    const { self, clock, logger } = options;
    this.#options = options;
    this.#metrics = peerMetrics(options.metrics);
    this.#handlers = new Handlers(logger, options.onFatal);
    this.#local = new LocalCalls(self, clock, this.#handlers);
    this.#introductions = new Introductions({ ...options, handlers: this.#handlers });
    this.#server = new PeerServer({
      identity: options,
      listen: options.listen,
      handlers: this.#handlers,
      introductions: this.#introductions,
      clock,
      logger,
      metrics: this.#metrics,
      onPeer: (peer) => this.#peers.get(peer)?.seen(),
      onStranger: options.onStranger ?? (() => {}),
    });
    this.setPeers(options.peers);
  }

  async start(): Promise<void> {
    await this.#server.listen();
    this.#started = true;
    for (const peer of this.#peers.values()) peer.open();
  }

  get port(): number {
    return this.#server.port;
  }

  setPeers(peers: ReadonlyMap<NodeId, PeerAddress>): void {
    if (this.#closing !== undefined) return;
    for (const [id, peer] of this.#peers) {
      const address = peers.get(id);
      if (address?.host === peer.address.host && address.port === peer.address.port) continue;
      this.#peers.delete(id);
      peer.close();
    }
    for (const [id, address] of peers) {
      if (id === this.#options.self || this.#peers.has(id)) continue;
      const { clock, random, logger } = this.#options;
      const metrics = this.#metrics;
      const peer = new Peer({
        identity: this.#options,
        peer: id,
        address,
        clock,
        random,
        logger,
        metrics,
      });
      this.#peers.set(id, peer);
      if (this.#started) peer.open();
    }
  }

  call<Request, Reply>(
    peer: NodeId,
    type: CallType<Request, Reply>,
    request: Request,
    options: CallOptions,
  ): Promise<Reply> {
    return this.#call(peer, type, request, options.deadline) as Promise<Reply>;
  }

  send<Request>(peer: NodeId, type: CallType<Request, void>, request: Request): void {
    const { self, clock } = this.#options;
    if (this.#closing !== undefined) return;
    if (peer !== self) this.#peers.get(peer)?.link(type.lane).send(type.kind, request);
    else this.#local.send(type.kind, request, clock.now() + SEND_DEADLINE_MS);
  }

  serve<Request, Reply>(type: CallType<Request, Reply>, handler: Handler<Request, Reply>): void {
    this.#handlers.serve(type, handler);
  }

  serveIntroductions(handler: IntroductionHandler): void {
    this.#introductions.serve(handler);
  }

  reachable(peer: NodeId): boolean {
    if (this.#closing !== undefined) return false;
    return peer === this.#options.self || (this.#peers.get(peer)?.reachable ?? false);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #call(
    peer: NodeId,
    type: { readonly kind: string; readonly lane: Lane },
    request: unknown,
    deadline: number,
  ): Promise<unknown> {
    invariant(Number.isFinite(deadline), `a call of ${type.kind} without a deadline`);
    if (this.#closing !== undefined) return this.#unreachable(type.lane, 'the transport is closed');
    if (peer === this.#options.self) return this.#local.call(type.kind, request, deadline);
    const link = this.#peers.get(peer)?.link(type.lane);
    if (link === undefined) return this.#unreachable(type.lane, `no address is known of ${peer}`);
    return link.call(type.kind, request, deadline);
  }

  #unreachable(lane: Lane, detail: string): Promise<never> {
    this.#metrics[lane].failures.unreachable.add();
    return Promise.reject(new TransportError('unreachable', detail));
  }

  async #close(): Promise<void> {
    for (const peer of this.#peers.values()) peer.close();
    this.#local.close();
    await this.#server.close();
  }
}
