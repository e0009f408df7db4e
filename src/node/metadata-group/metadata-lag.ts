/**
 * Whether this node is behind the metadata group: for a while it has not come to where reachable
 * members had come by then. To be on the way is no lag, as everybody is that while entries are
 * made; and who hears of nobody that is further is not behind as far as it can know.
 */

import type { Clock, Timer } from '../../ports/clock.ts';
import type { Informant } from './catching-up.ts';

/** Longer than a leader change takes, and than gossip tells of what was applied since. */
const GRACE_MS = 3_000;
const LOOK_EVERY_MS = 500;

export interface MetadataLagPorts {
  readonly clock: Clock;
  /** The last entry that this node has applied. */
  readonly applied: () => number;
  readonly others: () => readonly Pick<Informant, 'reachable' | 'applied'>[];
}

/** Indices of entries. */
export interface Lag {
  readonly applied: number;
  /** That another member had applied a while ago. */
  readonly known: number;
}

export class MetadataLag {
  readonly #ports: MetadataLagPorts;
  #known = 0;
  /** When it was first heard of. */
  #since: number;
  #timer: Timer | undefined;

  constructor(ports: MetadataLagPorts) {
    this.#ports = ports;
    this.#since = ports.clock.now();
  }

  start(): void {
    this.#look();
    this.#timer = this.#ports.clock.setTimer(LOOK_EVERY_MS, () => this.start());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Undefined: this node is not behind. */
  get lag(): Lag | undefined {
    const { clock } = this.#ports;
    const applied = this.#ports.applied();
    const isBehind = applied < this.#known && clock.now() - this.#since >= GRACE_MS;
    return isBehind ? { applied, known: this.#known } : undefined;
  }

  /** What is aimed at stays until it is reached: it must not run away from a node that follows. */
  #look(): void {
    const { clock, applied, others } = this.#ports;
    if (applied() < this.#known) return;
    const reachable = others().filter((other) => other.reachable);
    this.#known = Math.max(0, ...reachable.map((other) => other.applied));
    this.#since = clock.now();
  }
}
