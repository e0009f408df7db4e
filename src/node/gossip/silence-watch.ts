/**
 * Who has fallen silent: calls to it are open, and for a while nothing at all came from it, on
 * any lane: no reply, no error, no call of its own. Packets that vanish look like this, and so
 * does a process that stands still, seconds before gossip or the sockets can tell.
 *
 * A watch in front of any transport, real or simulated. It only helps to choose whom to ask
 * first. Whoever owes a reply for a moment is pinged, so that one that is slow, and not gone,
 * is heard; who is silent is pinged on, and counts as silent no more with the first message.
 *
 * Time is counted in looks, and not by the clock: a node that stood still itself first reads
 * what has arrived meanwhile.
 */

import { QuorateError } from '../../kernel/errors.ts';
import type { NodeId } from '../../kernel/names.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Counter, Metrics } from '../../ports/metrics.ts';
import {
  type CallOptions,
  type CallType,
  callType,
  type Handler,
  type IntroductionHandler,
  type PeerAddress,
  type Transport,
} from '../../ports/transport.ts';

const PING = callType<null, null>('silence.ping', 'control');

const LOOK_EVERY_MS = 100;
/** Of every so many looks in a row that heard nothing the first sends a ping. */
const PING_EVERY_LOOKS = 2;
/** As long as sockets wait for a sign of life: a lost ping is no sooner a lost connection. */
const PING_MS_MAX = 5_000;

/** Silent after so many looks in a row: half a second. */
const SILENT_LOOKS_MIN = 5;
/** The longest that a slow link is waited for. */
const SILENT_LOOKS_MAX = 20;
/** A link may be silent for so many of its round trips. */
const ROUND_TRIPS = 2;
/** What remains of the longest round trip with each later one. */
const ROUND_TRIP_DECAY = 0.9;

interface Watched {
  /** Calls that wait for a reply. */
  open: number;
  /** Calls were open at the last look. */
  wasOpen: boolean;
  /** Since the last look. */
  heard: boolean;
  /** In a row, between which calls were open and nothing was heard. */
  looks: number;
  silent: boolean;
  /** Of pings, the longest of late. */
  roundTripMs: number;
  readonly onReply: () => void;
  readonly onFailure: (error: unknown) => void;
}

export interface SilenceWatchPorts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export class SilenceWatch implements Transport {
  readonly #inner: Transport;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #silences: Counter;
  readonly #watched = new Map<NodeId, Watched>();
  #timer: Timer | undefined;
  #stopped = false;

  constructor({ transport, clock, logger, metrics }: SilenceWatchPorts) {
    this.#inner = transport;
    this.#clock = clock;
    this.#logger = logger;
    this.#silences = metrics.counter({
      name: 'peer_silences_total',
      help: 'Times that another node owed replies and nothing came from it for half a second',
    });
    this.serve(PING, () => null);
  }

  /** Calls to the node are open, and nothing has come from it for a while. */
  silent(node: NodeId): boolean {
    return this.#watched.get(node)?.silent ?? false;
  }

  /** Looks no more. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  call<Request, Reply>(
    peer: NodeId,
    type: CallType<Request, Reply>,
    request: Request,
    options: CallOptions,
  ): Promise<Reply> {
    const reply = this.#inner.call(peer, type, request, options);
    const watched = this.#watched.get(peer) ?? this.#watch(peer);
    watched.open++;
    reply.then(watched.onReply, watched.onFailure);
    if (this.#timer === undefined) this.#lookLater();
    return reply;
  }

  send<Request>(peer: NodeId, type: CallType<Request, void>, request: Request): void {
    this.#inner.send(peer, type, request);
  }

  serve<Request, Reply>(type: CallType<Request, Reply>, handler: Handler<Request, Reply>): void {
    this.#inner.serve<Request, Reply>(type, (request, incoming) => {
      const watched = this.#watched.get(incoming.from);
      if (watched !== undefined) this.#heard(incoming.from, watched);
      return handler(request, incoming);
    });
  }

  serveIntroductions(handler: IntroductionHandler): void {
    this.#inner.serveIntroductions(handler);
  }

  setPeers(peers: ReadonlyMap<NodeId, PeerAddress>): void {
    this.#inner.setPeers(peers);
    for (const peer of this.#watched.keys()) if (!peers.has(peer)) this.#watched.delete(peer);
  }

  reachable(peer: NodeId): boolean {
    return this.#inner.reachable(peer);
  }

  close(): Promise<void> {
    this.stop();
    return this.#inner.close();
  }

  #watch(peer: NodeId): Watched {
    const watched: Watched = {
      open: 0,
      wasOpen: false,
      heard: false,
      looks: 0,
      silent: false,
      roundTripMs: 0,
      onReply: () => {
        watched.open--;
        this.#heard(peer, watched);
      },
      onFailure: (error) => {
        watched.open--;
        if (error instanceof QuorateError) this.#heard(peer, watched);
      },
    };
    this.#watched.set(peer, watched);
    return watched;
  }

  #heard(peer: NodeId, watched: Watched): void {
    watched.heard = true;
    if (!watched.silent) return;
    watched.silent = false;
    this.#logger.info('peer is heard again', { peer });
  }

  /** As long as anybody owes a reply, or is silent. */
  #lookLater(): void {
    if (this.#stopped) return;
    this.#timer = this.#clock.setTimer(LOOK_EVERY_MS, () => {
      this.#timer = undefined;
      let goesOn = false;
      for (const [peer, watched] of this.#watched) {
        this.#look(peer, watched);
        goesOn ||= watched.open > 0 || watched.silent;
      }
      if (goesOn && this.#timer === undefined) this.#lookLater();
    });
  }

  #look(peer: NodeId, watched: Watched): void {
    const { wasOpen, heard, open, silent } = watched;
    const isOwing = wasOpen && open > 0 && !heard;
    watched.wasOpen = open > 0;
    watched.heard = false;
    // Who is known to be away is tried again by the transport.
    if (!this.#inner.reachable(peer)) {
      watched.looks = 0;
      watched.silent = false;
    } else if (!isOwing && !silent) {
      watched.looks = 0;
    } else {
      watched.looks++;
      if (watched.looks >= silentLooks(watched)) this.#fallSilent(peer, watched);
      if (watched.looks % PING_EVERY_LOOKS === 1) this.#ping(peer, watched);
    }
  }

  #fallSilent(peer: NodeId, watched: Watched): void {
    if (watched.silent) return;
    watched.silent = true;
    this.#silences.add();
    this.#logger.info('peer is silent', { peer, forMs: watched.looks * LOOK_EVERY_MS });
  }

  #ping(peer: NodeId, watched: Watched): void {
    const sentAt = this.#clock.now();
    const onReply = () => {
      const tookMs = this.#clock.now() - sentAt;
      watched.roundTripMs = Math.max(tookMs, watched.roundTripMs * ROUND_TRIP_DECAY);
    };
    this.call(peer, PING, null, { deadline: sentAt + PING_MS_MAX }).then(onReply, () => {});
  }
}

function silentLooks({ roundTripMs }: Watched): number {
  const looks = Math.ceil((ROUND_TRIPS * roundTripMs) / LOOK_EVERY_MS);
  return Math.min(SILENT_LOOKS_MAX, Math.max(SILENT_LOOKS_MIN, looks));
}
