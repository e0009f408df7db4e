/**
 * A proxy for TCP in front of any process, to delay what passes and to cut it off:
 *
 *   const proxy = await TcpProxy.start({ target: { host: '127.0.0.1', port: 2379 } });
 *   proxy.setFaults({ delay: { distribution: 'uniform', minMs: 20, maxMs: 40 } });
 *   proxy.setFaults({ cut: 'silent' });
 *   proxy.setFaults({});
 *   await proxy.close();
 *
 * It knows nothing of what is said. Between Quorate nodes it stands at another loopback address
 * with the port of the node: that is started with `--advertise 127.0.0.2`, and the others find
 * the proxy there. A faulty network in front of one node takes what the others ask of it and
 * its replies, and leaves what it asks of the others, which goes by their proxies.
 */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Delay } from '../src/kernel/delay.ts';
import { ProxyStream } from './proxy-stream.ts';

export interface ProxyAddress {
  readonly host: string;
  readonly port: number;
}

export interface TcpProxyOptions {
  /** Where what comes here goes to. */
  readonly target: ProxyAddress;
  /** Where to listen: a free port of loopback by default. */
  readonly listen?: ProxyAddress;
  /** Who has made a connection, by the first bytes that came from there. */
  readonly callerOf?: (first: Buffer) => string | undefined;
}

/** Nothing that is left out happens. */
export interface ProxyFaults {
  /**
   * `refused`: connections break, and new ones are refused, as where a process was killed.
   * `silent`: connections stay and new ones are made, and nothing comes through, as where a
   * cable is pulled; what was sent meanwhile comes when it is put in again. `silent-requests`
   * and `silent-replies`: only what goes to the target, or comes from it.
   */
  readonly cut?: 'refused' | 'silent' | 'silent-requests' | 'silent-replies';
  /** Silent are only the connections of these callers. */
  readonly callers?: readonly string[];
  /** Of each piece in each direction; order is kept, so that a late one holds up the next. */
  readonly delay?: Delay;
  /** Of each connection in each direction. */
  readonly bytesPerSecond?: number;
}

const LOOPBACK: ProxyAddress = { host: '127.0.0.1', port: 0 };

interface Connection {
  readonly client: Socket;
  readonly target: Socket;
  readonly streams: ProxyStream[];
  /** Known from its first bytes on. */
  caller: string | undefined;
}

export class TcpProxy {
  readonly #target: ProxyAddress;
  readonly #callerOf: TcpProxyOptions['callerOf'];
  readonly #connections = new Set<Connection>();
  #listen: ProxyAddress;
  #server: Server | undefined;
  #faults: ProxyFaults = {};
  /** Listening begins and ends one after the other. */
  #changing: Promise<void> = Promise.resolve();

  /** Resolves when it listens. */
  static async start({ target, listen = LOOPBACK, callerOf }: TcpProxyOptions): Promise<TcpProxy> {
    const proxy = new TcpProxy(target, listen, callerOf);
    await proxy.#open();
    return proxy;
  }

  private constructor(
    target: ProxyAddress,
    listen: ProxyAddress,
    callerOf: TcpProxyOptions['callerOf'],
  ) {
    this.#callerOf = callerOf;
    this.#target = target;
    this.#listen = listen;
  }

  /** Where it listens, also while it refuses. */
  get address(): ProxyAddress {
    return this.#listen;
  }

  get connections(): number {
    return this.#connections.size;
  }

  get faults(): ProxyFaults {
    return this.#faults;
  }

  /** In place of those before; resolves when connections find it so. */
  setFaults(faults: ProxyFaults): Promise<void> {
    this.#faults = faults;
    const refuses = faults.cut === 'refused';
    for (const { client, target, streams } of [...this.#connections]) {
      if (refuses) for (const socket of [client, target]) socket.resetAndDestroy();
      for (const stream of streams) {
        if (faults.delay === undefined && faults.bytesPerSecond === undefined) {
          stream.forgetDelays();
        }
        stream.pass();
      }
    }
    const change = () => (refuses ? this.#shut() : this.#open());
    this.#changing = this.#changing.then(change, change);
    return this.#changing;
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    await this.setFaults({ cut: 'refused' });
  }

  async #open(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
    server.listen(this.#listen.port, this.#listen.host);
    await once(server, 'listening');
    this.#server = server;
    this.#listen = { ...this.#listen, port: (server.address() as AddressInfo).port };
  }

  async #shut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    await new Promise((resolve) => server.close(resolve));
  }

  #accept(client: Socket): void {
    if (this.#faults.cut === 'refused') {
      client.resetAndDestroy();
      return;
    }
    const target = connect({ ...this.#target, allowHalfOpen: true });
    const connection: Connection = { client, target, streams: [], caller: undefined };
    client.once('data', (first: Buffer) => {
      connection.caller = this.#callerOf?.(first);
    });
    connection.streams.push(
      new ProxyStream(client, target, () => this.#of(connection, 'silent-requests')),
      new ProxyStream(target, client, () => this.#of(connection, 'silent-replies')),
    );
    this.#connections.add(connection);
    for (const socket of [client, target]) {
      socket.setNoDelay(true);
      // What becomes of the other side is the streams' affair, which see the close.
      socket.on('error', () => {});
      socket.on('close', () => {
        if (client.destroyed && target.destroyed) this.#connections.delete(connection);
      });
    }
  }

  #of({ caller }: Connection, silence: 'silent-requests' | 'silent-replies') {
    const { cut, delay, bytesPerSecond, callers } = this.#faults;
    const isStruck = callers === undefined || (caller !== undefined && callers.includes(caller));
    const held = isStruck && (cut === 'silent' || cut === silence);
    return { delay, bytesPerSecond, held };
  }
}
