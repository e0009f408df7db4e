/**
 * The peer port: an HTTP server of its own that upgrades connections of other nodes, lets
 * nodes that are to become some introduce themselves, and tells everybody else in a sentence
 * what it is for.
 */

import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { invariant } from '../../kernel/invariant.ts';
import type { NodeId } from '../../kernel/names.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { PeerAddress } from '../../ports/transport.ts';
import { tlsServers } from '../tls/tls-server.ts';
import type { Handlers } from './handlers.ts';
import {
  type Admission,
  admit,
  CLUSTER_HEADER,
  type Greeting,
  type Identity,
  PEER_PROTOCOL,
} from './handshake.ts';
import { INTRODUCTION_PATH, PROTOCOL_HEADER } from './introduction-wire.ts';
import type { Introductions } from './introductions.ts';
import type { PeerMetrics } from './peer-metrics.ts';
import { ServedConnection } from './served-connection.ts';

/** Three lanes of 340 nodes. */
const CONNECTIONS_MAX = 1_024;

/** Of them: strangers are to leave room for nodes. */
const HANDSHAKES_MAX = 256;

/** Of one request: greetings are small. */
const HEADER_BYTES_MAX = 16 * 1024;

/** While callers are kept out for one reason, this is told again so often. */
const TELL_AGAIN_MS = 60_000;

/** Reasons that are remembered so as not to tell them too often; there are few. */
const REASONS_MAX = 32;

/** Who connects and then says nothing is cut off. */
const HEADERS_MS_MAX = 5_000;

export interface PeerServerOptions {
  readonly identity: Identity;
  readonly listen: PeerAddress;
  readonly handlers: Handlers;
  readonly introductions: Introductions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: PeerMetrics;
  /** A peer has connected. */
  readonly onPeer: (peer: NodeId) => void;
  /** A node of another cluster tried to. */
  readonly onStranger: (greeting: Greeting) => void;
}

export class PeerServer {
  readonly #options: PeerServerOptions;
  readonly #server: Server;
  readonly #connections = new Set<ServedConnection>();
  /** Why callers were kept out, and when that was last told. */
  readonly #toldAt = new Map<string, number>();

  constructor(options: PeerServerOptions) {
    this.#options = options;
    const { credentials } = options.identity;
    const listening =
      credentials === undefined
        ? createServer
        : tlsServers({
            credentials,
            mutual: true,
            handshakesMax: HANDSHAKES_MAX,
            // Whoever dials knows by it that this is a peer port, and passes the text on.
            refusalHeaders: { [PROTOCOL_HEADER]: PEER_PROTOCOL },
            onRefused: (address, reason) => this.#keptOut(address, reason),
          });
    this.#server = listening({
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: HEADERS_MS_MAX,
      requestTimeout: HEADERS_MS_MAX,
      connectionsCheckingInterval: HEADERS_MS_MAX,
    });
    this.#server.maxConnections = CONNECTIONS_MAX;
    this.#server.on('upgrade', (request, socket, head) =>
      this.#upgrade(request, socket as Socket, head),
    );
    this.#server.on('request', (request, response) => {
      if (isFromBrowser(request)) {
        response.writeHead(403, refusalHeaders()).end(`${NO_BROWSERS}\n`);
        return;
      }
      if (request.method === 'POST' && request.url === INTRODUCTION_PATH) {
        void options.introductions.answer(request, response);
        return;
      }
      const status = request.url?.startsWith('/peer/') ? 426 : 404;
      response.writeHead(status, refusalHeaders());
      response.end(
        `this port is for other nodes of the cluster and speaks ${PEER_PROTOCOL} only\n`,
      );
    });
  }

  /** Rejects with an error that names the address when it cannot be listened on. */
  listen(): Promise<void> {
    const { host, port } = this.#options.listen;
    return new Promise((resolve, reject) => {
      const fail = (error: NodeJS.ErrnoException) => {
        const why = error.code === 'EADDRINUSE' ? 'the port is in use' : error.message;
        reject(new Error(`cannot listen for peers on ${host}:${port}: ${why}`, { cause: error }));
      };
      this.#server.once('error', fail);
      this.#server.listen(port, host, () => {
        this.#server.off('error', fail);
        resolve();
      });
    });
  }

  /** The port listened on: where 0 was asked for, the one that was given. */
  get port(): number {
    const address = this.#server.address();
    invariant(address !== null && typeof address === 'object', 'the peer port is not listening');
    return address.port;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
      for (const connection of this.#connections) connection.close();
    });
  }

  /** Before it could say who it is: anybody may try that often, so few lines tell of it. */
  #keptOut(address: string, reason: string): void {
    const { clock, logger, metrics } = this.#options;
    metrics.keptOut.add();
    const now = clock.now();
    if (now - (this.#toldAt.get(reason) ?? Number.NEGATIVE_INFINITY) < TELL_AGAIN_MS) return;
    if (this.#toldAt.size >= REASONS_MAX) this.#toldAt.clear();
    this.#toldAt.set(reason, now);
    logger.warn('peer kept out', { address, reason });
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const { identity, logger, onPeer, onStranger } = this.#options;
    // The server took its listeners off: without one, an error would end the process.
    socket.on('error', () => socket.destroy());
    if (isFromBrowser(request)) {
      refuse(socket, { admitted: false, status: 403, reason: NO_BROWSERS }, {});
      return;
    }
    const admission = admit(request.url, request.headers, identity);
    if (!admission.admitted) {
      const { status, reason, stranger } = admission;
      logger.debug('peer refused', { address: socket.remoteAddress, status, reason });
      const { clusterId } = identity;
      refuse(socket, admission, stranger === undefined ? {} : { [CLUSTER_HEADER]: clusterId });
      if (stranger !== undefined) onStranger(stranger);
      return;
    }
    const lines = Object.entries(admission.headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${PEER_PROTOCOL}\r\n${lines.join('')}\r\n`,
    );
    if (head.length > 0) socket.unshift(head);
    this.#serve(socket, admission.greeting);
    onPeer(admission.greeting.from);
  }

  #serve(socket: Socket, greeting: Greeting): void {
    const { handlers, clock, logger, metrics } = this.#options;
    const connection = new ServedConnection(socket, {
      greeting,
      handlers,
      clock,
      logger,
      metrics: metrics[greeting.lane],
      onClose: (reason) => {
        this.#connections.delete(connection);
        logger.info('peer left', { peer: greeting.from, lane: greeting.lane, reason });
      },
    });
    this.#connections.add(connection);
  }
}

/**
 * A web page whose name was made to stand for this node could say all that a node says; but for
 * the header Origin, which browsers put to whatever may have an effect, and nodes never.
 */
function isFromBrowser({ headers }: IncomingMessage): boolean {
  return headers.origin !== undefined;
}

const NO_BROWSERS = 'this port is for other nodes of the cluster, and for no web page';

function refusalHeaders(): Record<string, string> {
  return {
    connection: 'close',
    'content-type': 'text/plain; charset=utf-8',
    upgrade: PEER_PROTOCOL,
  };
}

type Refusal = Extract<Admission, { admitted: false }>;

function refuse(
  socket: Socket,
  { status, reason }: Refusal,
  more: Readonly<Record<string, string>>,
): void {
  const headers = { ...refusalHeaders(), ...more };
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  lines.push(`content-length: ${Buffer.byteLength(reason) + 1}`, '', `${reason}\n`);
  socket.write(lines.join('\r\n'));
  socket.destroySoon();
}
