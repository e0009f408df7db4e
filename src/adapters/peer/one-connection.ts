/** An HTTP client of one connection, which can be given up while it is still being made. */

import { connect, type Socket } from 'node:net';
import { Client } from 'undici';
import type { PeerAddress } from '../../ports/transport.ts';

export class OneConnection {
  /** Has no limits of time of its own: whoever uses it has a deadline by the node's clock. */
  readonly client: Client;
  #socket: Socket | undefined;
  #connected = false;

  constructor(address: PeerAddress) {
    this.client = new Client(originOf(address), {
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (_, connected) => {
        const connecting = connect({ host: address.host, port: address.port });
        connecting.once('connect', () => {
          this.#connected = true;
          connected(null, connecting);
        });
        // Stays when undici takes its listeners off: an error must never be unhandled.
        connecting.on('error', (error) => connected(error, null));
        this.#socket = connecting;
      },
    });
  }

  /** Somebody listens at the address. */
  get connected(): boolean {
    return this.#connected;
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

/** A name with several addresses fails with an error for each, and no message of its own. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

function originOf({ host, port }: PeerAddress): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
