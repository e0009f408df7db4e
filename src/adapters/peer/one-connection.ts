/** An HTTP client of one connection, which can be given up while it is still being made. */

import { connect, isIP, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { Client } from 'undici';
import type { PeerAddress } from '../../ports/transport.ts';
import type { LiveCredentials } from '../tls/credentials.ts';

export class OneConnection {
  /** Has no limits of time of its own: whoever uses it has a deadline by the node's clock. */
  readonly client: Client;
  #socket: Socket | undefined;
  #connected = false;
  #distrust: string | undefined;

  /** With credentials both sides show their certificates, and that of the other must name its host. */
  constructor(address: PeerAddress, credentials?: LiveCredentials) {
    this.client = new Client(originOf(address), {
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (_, connected) => {
        const connecting =
          credentials === undefined
            ? connect({ host: address.host, port: address.port })
            : connectSecurely(secureOptions(address, credentials));
        connecting.once(credentials === undefined ? 'connect' : 'secureConnect', () => {
          this.#connected = true;
          connected(null, connecting);
        });
        // Stays when undici takes its listeners off: an error must never be unhandled.
        connecting.on('error', (error) => {
          if (isOfTls(error)) this.#distrust = messageOf(error);
          connected(error, null);
        });
        this.#socket = connecting;
      },
    });
  }

  /** Somebody listens at the address. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Why no TLS connection came about with whoever listens there; undefined where one did. */
  get distrust(): string | undefined {
    return this.#distrust;
  }

  /** Of no more use to HTTP; an upgraded socket lives on. */
  release(): void {
    void this.client.destroy();
  }

  destroy(): void {
    this.#socket?.destroy();
    this.release();
  }
}

function secureOptions({ host, port }: PeerAddress, credentials: LiveCredentials) {
  const { context } = credentials.current;
  const name = isIP(host) === 0 ? { servername: host } : {};
  return { host, port, secureContext: context, ...name };
}

/** Codes of OpenSSL's errors and of what it finds wrong with certificates; others are of sockets. */
function isOfTls({ code = '' }: NodeJS.ErrnoException): boolean {
  return /^ERR_(SSL|TLS)_|CERT|^UNABLE_TO_|^EPROTO$/.test(code);
}

/** A name with several addresses fails with an error for each, and no message of its own. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

function originOf({ host, port }: PeerAddress): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
