/**
 * The hosts under which a node lets itself be asked where it takes no tokens.
 *
 * A web page may have its own name resolved to the address of a node (DNS rebinding): to the
 * browser, page and node are then one origin, and the page may read and write all that its
 * visitor may. What gives it away is the header Host, which has the name of the page. An address
 * cannot be made to stand for another, so those that the node listens on are its own.
 */

import { isIP } from 'node:net';

/** What is before the port, if there is one. */
const HOST_AND_PORT = /^(\[[^\]]*\]|[^:]*)(?::[0-9]*)?$/;

const EVERYWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '::']);
const LOOPBACK = /^(127(\.[0-9]+){3}|::1)$/;

export class OwnHosts {
  readonly #known: ReadonlySet<string>;
  readonly #listensEverywhere: boolean;

  /** Names and addresses beside those of loopback, among them what is listened on. */
  constructor(listenedOn: string, others: readonly string[]) {
    this.#known = new Set(['localhost', listenedOn, ...others].map(plainHost));
    this.#listensEverywhere = EVERYWHERE.has(listenedOn);
  }

  /**
   * @param authority is what Host says
   * @param address is that at which the request came in
   */
  includes(authority: string, address: string | undefined): boolean {
    const [, host = ''] = HOST_AND_PORT.exec(authority) ?? [];
    const plain = plainHost(host);
    if (this.#known.has(plain)) return true;
    if (isIP(plain) === 0) return false;
    // Behind a translation of addresses, clients name one that this machine knows nothing of.
    return this.#listensEverywhere || LOOPBACK.test(plain) || plain === plainHost(address ?? '');
  }
}

/** One text for all ways to write a host: `N1.test.`, `[0:0::1]`, `::ffff:127.0.0.1`. */
function plainHost(host: string): string {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (isIP(bare) !== 6) return bare.replace(/\.$/, '');
  const [, mapped] = /^::ffff:([0-9.]+)$/.exec(bare) ?? [];
  return mapped ?? new URL(`http://[${bare.replace(/%.*$/, '')}]`).hostname.slice(1, -1);
}
