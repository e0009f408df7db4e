/**
 * A transport between real nodes that does to messages what it is told, for experiments: see
 * `faulty-link.ts` for what becomes of each, `kernel/fault-table.ts` for what can be told.
 *
 * It is made only where the node was started for it. A node always reaches itself, and
 * introductions of nodes that are to join are left alone.
 */

import { type FaultTable, faultsOf, NO_FAULTS } from '../../kernel/fault-table.ts';
import type { NodeId } from '../../kernel/names.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Counter, Gauge, Metrics } from '../../ports/metrics.ts';
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
import { beatType, FaultyLink } from './faulty-link.ts';

export interface FaultyTransportOptions {
  readonly inner: Transport;
  readonly self: NodeId;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

interface FaultyPeer {
  readonly address: PeerAddress;
  readonly links: Readonly<Record<Lane, FaultyLink>>;
}

const LANES: readonly Lane[] = ['control', 'data', 'bulk'];

export class FaultyTransport implements Transport {
  readonly #options: FaultyTransportOptions;
  readonly #peers = new Map<NodeId, FaultyPeer>();
  readonly #active: Gauge;
  readonly #lost: Counter;
  readonly #delayed: Counter;
  #faults: FaultTable['links'] = NO_FAULTS.links;

  constructor(options: FaultyTransportOptions) {
    const { metrics } = options;
    this.#options = options;
    this.#active = metrics.gauge({
      name: 'faults_active',
      help: 'Other nodes that messages to are held up, lost or cut off on purpose',
    });
    const messages = (fault: string) =>
      metrics.counter({
        name: 'faults_messages_total',
        help: 'Messages to other nodes that were held up or lost on purpose',
        labels: { fault },
      });
    this.#lost = messages('lost');
    this.#delayed = messages('delayed');
    for (const lane of LANES) this.serve(beatType(lane), () => null);
  }

  /** Of the peers that are known now. */
  get faultyPeers(): readonly NodeId[] {
    const isFaulty = (peer: NodeId) =>
      LANES.some((lane) => faultsOf(this.#faults, peer, lane) !== undefined);
    return [...this.#peers.keys()].filter(isFaulty).sort();
  }

  /** Replaces the faults of all links; what is under way already keeps its delay. */
  setFaults(faults: FaultTable['links']): void {
    this.#faults = faults;
    for (const [peer, { links }] of this.#peers) {
      for (const lane of LANES) links[lane].faults = faultsOf(faults, peer, lane);
    }
    this.#active.set(this.faultyPeers.length);
  }

  call<Request, Reply>(
    peer: NodeId,
    type: CallType<Request, Reply>,
    request: Request,
    options: CallOptions,
  ): Promise<Reply> {
    const link = this.#peers.get(peer)?.links[type.lane];
    if (link === undefined) return this.#options.inner.call(peer, type, request, options);
    return link.call(type, request, options.deadline);
  }

  send<Request>(peer: NodeId, type: CallType<Request, void>, request: Request): void {
    const link = this.#peers.get(peer)?.links[type.lane];
    if (link === undefined) this.#options.inner.send(peer, type, request);
    else link.send(type, request);
  }

  serve<Request, Reply>(type: CallType<Request, Reply>, handler: Handler<Request, Reply>): void {
    this.#options.inner.serve<Request, Reply>(type, (request, incoming) => {
      const reply = handler(request, incoming);
      const link = this.#peers.get(incoming.from)?.links[type.lane];
      return link === undefined ? reply : link.reply(reply, incoming.deadline);
    });
  }

  serveIntroductions(handler: IntroductionHandler): void {
    this.#options.inner.serveIntroductions(handler);
  }

  setPeers(peers: ReadonlyMap<NodeId, PeerAddress>): void {
    for (const [id, { address, links }] of this.#peers) {
      const now = peers.get(id);
      if (now?.host === address.host && now.port === address.port) continue;
      this.#peers.delete(id);
      for (const lane of LANES) links[lane].close('it left, or moved');
    }
    this.#options.inner.setPeers(peers);
    for (const [id, address] of peers) {
      if (id !== this.#options.self && !this.#peers.has(id)) this.#addPeer(id, address);
    }
    this.#active.set(this.faultyPeers.length);
  }

  reachable(peer: NodeId): boolean {
    const links = this.#peers.get(peer)?.links;
    if (links !== undefined && (links.control.silent || links.data.silent)) return false;
    return this.#options.inner.reachable(peer);
  }

  async close(): Promise<void> {
    for (const { links } of this.#peers.values()) {
      for (const lane of LANES) links[lane].close('the transport was closed');
    }
    this.#peers.clear();
    await this.#options.inner.close();
  }

  #addPeer(peer: NodeId, address: PeerAddress): void {
    const link = (lane: Lane) => {
      const onChange = (silent: boolean) =>
        this.#options.logger.warn(silent ? 'peer fell silent' : 'peer is heard again', {
          peer,
          lane,
        });
      const counters = { lost: this.#lost, delayed: this.#delayed };
      const options = { ...this.#options, ...counters, peer, lane, onChange };
      return new FaultyLink(options, faultsOf(this.#faults, peer, lane));
    };
    const links = { control: link('control'), data: link('data'), bulk: link('bulk') };
    // As connections are: those of the bulk lane when it is first used.
    links.control.watch();
    links.data.watch();
    this.#peers.set(peer, { address, links });
  }
}
