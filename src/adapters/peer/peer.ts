/**
 * One other node, as this one reaches it: its three lanes.
 *
 * Control and data are connected from the start, bulk when it is first used. A success of
 * one lane, or a call from the peer itself, is a sign that the others will succeed as well.
 */

import type { NodeId } from '../../kernel/names.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Random } from '../../ports/random.ts';
import type { Lane, PeerAddress } from '../../ports/transport.ts';
import type { Identity } from './handshake.ts';
import { PeerLink } from './peer-link.ts';
import type { PeerMetrics } from './peer-metrics.ts';

export interface PeerOptions {
  readonly identity: Identity;
  readonly peer: NodeId;
  readonly address: PeerAddress;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: PeerMetrics;
}

/** While another cluster answers at the peer's address, this is told again so often. */
const TELL_AGAIN_MS = 60_000;

/** Different reasons that are remembered so as not to log them again; a peer has few. */
const REASONS_MAX = 32;

export class Peer {
  readonly address: PeerAddress;
  readonly #links: Readonly<Record<Lane, PeerLink>>;
  readonly #options: PeerOptions;
  /** Why the peer could not be reached since it last was: each is logged once. */
  readonly #reasons = new Set<string>();
  #toldOfOtherClusterAt = Number.NEGATIVE_INFINITY;

  constructor(options: PeerOptions) {
    this.#options = options;
    this.address = options.address;
    this.#links = {
      control: this.#link('control'),
      data: this.#link('data'),
      bulk: this.#link('bulk'),
    };
  }

  get reachable(): boolean {
    return !this.#links.control.down && !this.#links.data.down;
  }

  link(lane: Lane): PeerLink {
    return this.#links[lane];
  }

  open(): void {
    this.#links.control.open();
    this.#links.data.open();
  }

  /** The peer has shown that it lives: links that wait for their next attempt hurry up. */
  seen(): void {
    for (const link of Object.values(this.#links)) link.expedite();
  }

  close(): void {
    for (const link of Object.values(this.#links)) link.close();
  }

  #link(lane: Lane): PeerLink {
    const { metrics, logger, peer } = this.#options;
    return new PeerLink({
      ...this.#options,
      lane,
      metrics: metrics[lane],
      onUp: () => {
        logger.info('peer connected', { peer, lane });
        this.#reasons.clear();
        this.seen();
      },
      onDown: (reason, otherCluster) => {
        this.#warn(lane, reason);
        if (otherCluster !== undefined) this.#tellOfOtherCluster(otherCluster);
      },
    });
  }

  #warn(lane: Lane, reason: string): void {
    if (this.#reasons.has(reason) || this.#reasons.size >= REASONS_MAX) return;
    this.#reasons.add(reason);
    const { peer, logger } = this.#options;
    logger.warn('peer unreachable', { peer, lane, address: this.#addressText, reason });
  }

  #tellOfOtherCluster(otherCluster: string): void {
    const { peer, clock, logger, identity } = this.#options;
    if (clock.now() - this.#toldOfOtherClusterAt < TELL_AGAIN_MS) return;
    this.#toldOfOtherClusterAt = clock.now();
    const address = this.#addressText;
    const reason = `the address of ${peer}, ${address}, now answers for cluster ${otherCluster}; this node belongs to cluster ${identity.clusterId}; if the disk of ${peer} was lost, start it with an empty directory under a new name and --join`;
    logger.error('peer belongs to another cluster', { peer, address, otherCluster, reason });
  }

  get #addressText(): string {
    return `${this.address.host}:${this.address.port}`;
  }
}
