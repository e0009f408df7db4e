/**
 * Whom a simulated process knows, at what address, and whom it holds for unreachable.
 *
 * An address is the name of a process: `{ host: nodeId, port: 1 }`. A peer at the address of
 * another is not found there, as a handshake would find out. Peers that count as unreachable
 * are probed until one probe is answered.
 */

import type { NodeId } from '../kernel/names.ts';
import type { PeerAddress } from '../ports/transport.ts';
import type { SimNetwork } from './sim-network.ts';
import type { Simulation } from './simulation.ts';

/** How often a peer that counts as unreachable is tried again. */
const PROBE_EVERY_MS = 200;

export interface SimPeerBookPorts {
  readonly self: NodeId;
  readonly simulation: Simulation;
  readonly network: SimNetwork;
  /** The processes that are up. */
  readonly exchange: { has(node: NodeId): boolean };
  /** The process lives and has not closed its transport. */
  readonly isOpen: () => boolean;
}

/** Where a simulated node listens for others. */
export function simAddress(node: NodeId): PeerAddress {
  return { host: node, port: 1 };
}

export class SimPeerBook {
  readonly #ports: SimPeerBookPorts;
  #addresses: ReadonlyMap<NodeId, PeerAddress> = new Map();
  readonly #unreachable = new Set<NodeId>();

  constructor(ports: SimPeerBookPorts) {
    this.#ports = ports;
  }

  /** Returns the peers that left or moved; of what happened to them nothing is held against them. */
  replace(addresses: ReadonlyMap<NodeId, PeerAddress>): ReadonlySet<NodeId> {
    const changed = new Set<NodeId>();
    for (const [peer, { host, port }] of this.#addresses) {
      const now = addresses.get(peer);
      if (peer === this.#ports.self || (now?.host === host && now.port === port)) continue;
      changed.add(peer);
      this.#unreachable.delete(peer);
    }
    this.#addresses = new Map(addresses);
    return changed;
  }

  reachable(peer: NodeId): boolean {
    if (peer === this.#ports.self) return true;
    return this.#addresses.has(peer) && !this.#unreachable.has(peer);
  }

  /** The process that listens at the peer's address is up, and is the peer. */
  listens(peer: NodeId): boolean {
    const { self, exchange } = this.#ports;
    return (peer === self || this.#addresses.get(peer)?.host === peer) && exchange.has(peer);
  }

  countAsUnreachable(peer: NodeId): void {
    if (peer === this.#ports.self || !this.reachable(peer)) return;
    this.#unreachable.add(peer);
    this.#probe(peer);
  }

  #probe(peer: NodeId): void {
    const { network, self, simulation, isOpen } = this.#ports;
    if (!isOpen() || !this.#unreachable.has(peer)) return;
    network.deliver(self, peer, 'probe', () => {
      if (!this.listens(peer)) return;
      network.deliver(peer, self, 'probe answered', () => this.#unreachable.delete(peer));
    });
    simulation.schedule(PROBE_EVERY_MS, () => this.#probe(peer));
  }
}
