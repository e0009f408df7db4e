/**
 * An HTTP server behind TLS, whose certificate follows its files.
 *
 * Whoever speaks plain HTTP to it is told so in plain HTTP, and nothing else. Where callers have
 * to show a certificate, those whose is not from our authorities are told why and get no further.
 * They have to show it each time: none of our nodes resumes a session, and one that began
 * without a certificate must not pass for one with it.
 */

import type { RequestListener, Server, ServerOptions } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { LiveCredentials } from './credentials.ts';

/** Who connects has to be through with the handshake by then, however busily it goes on. */
const HANDSHAKE_MS_MAX = 10_000;

/** For who is refused to read why. */
const REFUSED_MS_MAX = 1_000;

/** First byte of every TLS connection: a handshake record (RFC 8446, section 5.1). */
const HANDSHAKE_RECORD = 22;

/** First bytes of HTTP: the letters of a method. */
const isLetter = (byte: number) => byte >= 0x41 && byte <= 0x5a;

const SPEAKS_TLS =
  'this port speaks TLS only: use https, or for nodes of the cluster the --peer-tls options';

export interface TlsServerOptions {
  readonly credentials: LiveCredentials;
  /** Callers need a certificate from our authorities. */
  readonly mutual: boolean;
  /**
   * So many connections may be on their way to being let in; a further one takes the place of
   * the oldest, since who means it is through in no time.
   */
  readonly handshakesMax: number;
  /** Of the answer to who does not get in. */
  readonly refusalHeaders?: Readonly<Record<string, string>>;
  /** Told who did not get in. */
  readonly onRefused?: (address: string, reason: string) => void;
}

export type CreateServer = (options: ServerOptions, onRequest?: RequestListener) => Server;

/** What takes the place of `createServer` of node:http. */
export function tlsServers(tls: TlsServerOptions): CreateServer {
  return (options, onRequest) => new TlsServer(tls, options, onRequest);
}

/** A connection that is not let in, or not yet. */
interface Handshake {
  readonly socket: Socket;
  readonly origin: string;
  /** Ends it. */
  limit: NodeJS.Timeout;
  /** It was said why it is kept out, or will be by Node, which has it. */
  told: boolean;
}

class TlsServer extends HttpsServer {
  readonly #tls: TlsServerOptions;
  /** The oldest first, by where they come from. */
  readonly #handshakes = new Map<string, Handshake>();

  constructor(tls: TlsServerOptions, options: ServerOptions, onRequest?: RequestListener) {
    const { credentials, mutual } = tls;
    super(
      {
        ...options,
        ...credentials.current.options,
        requestCert: mutual,
        // They are judged, and told so, before anything that they say is read.
        rejectUnauthorized: false,
      },
      onRequest,
    );
    this.#tls = tls;
    const renewed = credentials.onChange((renewal) => this.setSecureContext(renewal.options));
    this.once('close', renewed);
    this.on('tlsClientError', (error, socket) =>
      tls.onRefused?.(addressOf(socket), `the TLS handshake failed: ${error.message}`),
    );
    this.#standBefore('connection', (socket, pass) => this.#sniff(socket, pass));
    this.#standBefore('secureConnection', (socket, pass) => {
      const letIn = () => {
        this.#end(originOf(socket));
        pass();
      };
      if (mutual) this.#judge(socket as TLSSocket, letIn);
      else letIn();
    });
  }

  /** Also those that have not begun with HTTP yet. `close` does this too. */
  override closeIdleConnections(): void {
    super.closeIdleConnections();
    for (const { socket } of this.#handshakes.values()) socket.destroy();
  }

  /** Decides which connections the server's own listener gets to see. */
  #standBefore(
    event: 'connection' | 'secureConnection',
    decide: (socket: Socket, pass: () => void) => void,
  ): void {
    const own = this.listeners(event);
    this.removeAllListeners(event);
    this.on(event, (socket: Socket) =>
      decide(socket, () => {
        for (const listener of own) listener.call(this, socket);
      }),
    );
  }

  /** Looks at the first bytes, and leaves them to whoever reads on. */
  #sniff(socket: Socket, pass: () => void): void {
    const handshake = this.#begin(socket);
    socket.on('error', () => socket.destroy());
    socket.once('readable', () => {
      const bytes: Buffer | null = socket.read();
      const first = bytes?.[0];
      if (bytes === null || first === undefined) {
        socket.destroy();
      } else if (first === HANDSHAKE_RECORD) {
        handshake.told = true;
        socket.unshift(bytes);
        pass();
      } else if (isLetter(first)) {
        this.#refuse(socket, '400 Bad Request', SPEAKS_TLS);
      } else {
        this.#giveUp(handshake, 'it speaks neither TLS nor HTTP');
      }
    });
  }

  #begin(socket: Socket): Handshake {
    const [oldest] = this.#handshakes.values();
    if (oldest !== undefined && this.#handshakes.size >= this.#tls.handshakesMax) {
      this.#giveUp(oldest, 'it was not through when too many others came');
      this.#end(oldest.origin);
    }
    const late = () => this.#giveUp(handshake, `it was not through in ${HANDSHAKE_MS_MAX} ms`);
    const origin = originOf(socket);
    const handshake = { socket, origin, limit: setTimeout(late, HANDSHAKE_MS_MAX), told: false };
    this.#handshakes.set(origin, handshake);
    socket.once('close', () => {
      if (this.#handshakes.get(origin) === handshake) this.#end(origin);
    });
    return handshake;
  }

  #giveUp({ socket, told }: Handshake, reason: string): void {
    if (!told) this.#tls.onRefused?.(addressOf(socket), reason);
    socket.destroy();
  }

  #end(origin: string): void {
    clearTimeout(this.#handshakes.get(origin)?.limit);
    this.#handshakes.delete(origin);
  }

  #judge(socket: TLSSocket, pass: () => void): void {
    if (socket.authorized && !socket.isSessionReused()) {
      pass();
      return;
    }
    // The type says Error; what Node sets is a code.
    const why = socket.authorizationError ?? 'the session was resumed';
    socket.on('error', () => socket.destroy());
    const reason = `the certificate of the caller is none that this node trusts: ${why}`;
    this.#refuse(socket, '403 Forbidden', reason);
  }

  #refuse(socket: Socket, status: string, reason: string): void {
    const { refusalHeaders = {}, onRefused } = this.#tls;
    onRefused?.(addressOf(socket), reason);
    const body = `${reason}\n`;
    const headers = {
      connection: 'close',
      'content-type': 'text/plain; charset=utf-8',
      ...refusalHeaders,
      'content-length': String(Buffer.byteLength(body)),
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    // What the caller goes on to send is thrown away: a reset could overtake the answer.
    const handshake = this.#handshakes.get(originOf(socket));
    if (handshake !== undefined) {
      clearTimeout(handshake.limit);
      handshake.told = true;
      handshake.limit = setTimeout(() => socket.destroy(), REFUSED_MS_MAX);
    }
    socket.resume().end(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`);
  }
}

/** No two connections of one port come from the same place. */
function originOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function addressOf(socket: Socket): string {
  return socket.remoteAddress ?? '';
}
