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

/** Different reasons that are remembered so as not to log them again; a peer has few. */
const REASONS_MAX = 32;

export class Peer {
  readonly address: PeerAddress;
  readonly #links: Readonly<Record<Lane, PeerLink>>;
  readonly #options: PeerOptions;
  /** Why the peer could not be reached since it last was: each is logged once. */
  readonly #reasons = new Set<string>();

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
      onDown: (reason) => this.#warn(lane, reason),
    });
  }

  #warn(lane: Lane, reason: string): void {
    if (this.#reasons.has(reason) || this.#reasons.size >= REASONS_MAX) return;
    this.#reasons.add(reason);
    const { peer, logger } = this.#options;
    const { host, port } = this.address;
    logger.warn('peer unreachable', { peer, lane, address: `${host}:${port}`, reason });
  }
}
