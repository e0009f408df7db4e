/**
 * All nodes in turn, whatever they keep: for those who want every node to be asked, as tests and
 * experiments do. Those that cannot serve are left alone for a while.
 */

import type { ConnectionOptions } from './connection.ts';
import { type Directory, LEFT_ALONE_MS, type Target } from './directory.ts';
import { Peer } from './peer.ts';

export class InTurn implements Directory {
  readonly #peers: readonly Peer[];
  #turn = 0;

  /** @param addresses of nodes: `http://host:port` */
  constructor(addresses: readonly string[], options: ConnectionOptions = {}) {
    this.#peers = addresses.map((address) => new Peer(address, options));
  }

  ready(): undefined {}

  /** The next that serves; where none does, the next. */
  choose(): Peer {
    const at = this.#turn;
    this.#turn = (at + 1) % this.#peers.length;
    const inTurn = this.#peers.map((_, i) => this.#peers[(at + i) % this.#peers.length] as Peer);
    return inTurn.find(({ serves }) => serves) ?? (inTurn[0] as Peer);
  }

  keeper(): Peer {
    return this.choose();
  }

  second(_target: Target, tried: readonly Peer[]): Peer | undefined {
    return this.#peers.find((peer) => peer.serves && !tried.includes(peer));
  }

  failed(peer: Peer, leaveAloneMs = LEFT_ALONE_MS): void {
    peer.leaveAlone(leaveAloneMs);
  }

  wasForwarded(): void {}

  epochSeen(): void {}

  async close(): Promise<void> {
    await Promise.all(this.#peers.map((peer) => peer.close()));
  }
}
