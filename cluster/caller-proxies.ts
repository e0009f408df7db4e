/**
 * A proxy in front of each of several servers that call each other, to cut them off from each
 * other: who calls is told by the first bytes of a connection.
 *
 *   const proxies = await CallerProxies.start(servers, { callerOf, idOf: (name) => name });
 *   await proxies.partition(['n1'], ['n2', 'n3']);
 *   await proxies.heal();
 *   await proxies.close();
 */

import { type ProxyAddress, TcpProxy, type TcpProxyOptions } from './tcp-proxy.ts';

export interface ProxiedServer extends Omit<TcpProxyOptions, 'callerOf'> {
  readonly name: string;
}

export interface Callers {
  /** What a server calls itself where it calls; undefined of others, whom nothing cuts off. */
  readonly callerOf: NonNullable<TcpProxyOptions['callerOf']>;
  /** What the server of that name calls itself. */
  readonly idOf: (name: string) => string;
}

export class CallerProxies {
  readonly #proxies: ReadonlyMap<string, TcpProxy>;
  readonly #idOf: Callers['idOf'];

  static async start(
    servers: readonly ProxiedServer[],
    { callerOf, idOf }: Callers,
  ): Promise<CallerProxies> {
    const proxies = await Promise.all(
      servers.map(async ({ name, ...options }) => {
        return [name, await TcpProxy.start({ ...options, callerOf })] as const;
      }),
    );
    return new CallerProxies(new Map(proxies), idOf);
  }

  private constructor(proxies: ReadonlyMap<string, TcpProxy>, idOf: Callers['idOf']) {
    this.#proxies = proxies;
    this.#idOf = idOf;
  }

  /** Where others are to look for this server. */
  addressOf(name: string): ProxyAddress {
    const proxy = this.#proxies.get(name);
    if (proxy === undefined) throw new Error(`there is no proxy in front of ${name}`);
    return proxy.address;
  }

  /** Nothing passes between the two sides any more, in either direction. */
  async partition(a: readonly string[], b: readonly string[]): Promise<void> {
    await Promise.all([this.#silence(a, b), this.#silence(b, a)]);
  }

  async heal(): Promise<void> {
    await Promise.all([...this.#proxies.values()].map((proxy) => proxy.setFaults({})));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#proxies.values()].map((proxy) => proxy.close()));
  }

  async #silence(servers: readonly string[], names: readonly string[]): Promise<void> {
    const callers = names.map(this.#idOf);
    const struck = [...this.#proxies].filter(([name]) => servers.includes(name));
    await Promise.all(struck.map(([, proxy]) => proxy.setFaults({ cut: 'silent', callers })));
  }
}
