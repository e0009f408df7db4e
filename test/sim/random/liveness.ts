/**
 * What a cluster must come to by itself once everything works again, each within a time of its
 * own: all nodes serve, every key can be read and written, moves are finished, hints handed over,
 * replicas alike, deleted keys reaped, and nobody has what is not for it.
 */

import type { NodeId } from '../../../src/kernel/names.ts';
import { differencesOnDisk, tombstonesOn } from '../disks.ts';
import type { TestCluster } from '../harness.ts';
import { hintsWaiting } from '../places.ts';
import { untilSettled } from '../ring-moves/ring-operator.ts';
import { strays } from '../ring-moves/whereabouts.ts';
import type { RingPlayer } from './ring-player.ts';
import type { Configuration } from './scenario.ts';

/** In virtual time, for each thing that is waited for. */
const DEADLINE_MS = 60_000;
const LOOK_EVERY_MS = 50;
/** Who has no places left goes when it has seen that it keeps nothing for others. */
const LEAVING_MS = 5_000;

/** It did not come about in time. */
export class StuckError extends Error {
  override readonly name = 'StuckError';
}

export class Liveness {
  readonly #cluster: TestCluster;
  readonly #configuration: Configuration;
  readonly #ring: RingPlayer;

  constructor(cluster: TestCluster, configuration: Configuration, ring: RingPlayer) {
    this.#cluster = cluster;
    this.#configuration = configuration;
    this.#ring = ring;
  }

  async untilReady(): Promise<void> {
    const cluster = this.#cluster;
    await this.#until('nodes are ready', async () => {
      this.#ring.seeOff();
      const waiting = cluster.nodeIds.filter((id) => !cluster.isUp(id) || this.#isWaiting(id));
      return waiting.map((id) => `${id}: ${this.#whyNot(id)}`);
    });
  }

  /** What was begun of changes of the ring is brought to its end. */
  async untilSettled(): Promise<void> {
    if (this.#configuration.ring === 'fixed') return;
    await this.#ring.end();
    const members = () => this.#ring.members();
    try {
      await untilSettled(this.#cluster, members);
    } catch (error) {
      throw new StuckError(`STUCK: ${String(error)}`);
    }
    if (!this.#ring.mayStillLeave) return;
    await this.#cluster.simulation.advance(LEAVING_MS);
    this.#ring.seeOff();
  }

  async untilAlike(): Promise<void> {
    const cluster = this.#cluster;
    await this.#until('hints are handed over', async () => {
      const waiting = await hintsWaiting(cluster);
      return waiting === 0 ? [] : [`${waiting} wait`];
    });
    if (this.#configuration.compareEveryMs === 'never') return;
    await this.#until('replicas are alike', () => differencesOnDisk(cluster));
  }

  /** Precondition: replicas are alike, and nobody writes. */
  async untilClean(): Promise<void> {
    const cluster = this.#cluster;
    const { reapEveryMs, compareEveryMs } = this.#configuration;
    await this.#until('everything is in its place', () => strays(cluster, this.#ring.gone));
    if (reapEveryMs === 'never' || compareEveryMs === 'never') return;
    await this.#ring.closeSalvages();
    await this.#until('deleted keys are reaped', async () => tombstonesOn(cluster));
  }

  /** Throws `StuckError` with what is left then. */
  async #until(what: string, look: () => Promise<readonly string[]>): Promise<void> {
    const { simulation } = this.#cluster;
    const untilMs = simulation.nowMs + DEADLINE_MS;
    for (;;) {
      const left = await look();
      if (left.length === 0) return;
      if (simulation.nowMs > untilMs) {
        throw new StuckError(`STUCK: everything works again, but not ${what}: ${left.join('; ')}`);
      }
      await simulation.advance(LOOK_EVERY_MS);
    }
  }

  #isWaiting(id: NodeId): boolean {
    return this.#cluster.inspect(id, (node) => !node.ready);
  }

  #whyNot(id: NodeId): string {
    if (!this.#cluster.isUp(id)) return 'down';
    return this.#cluster.inspect(id, (node) => String(node.whyNotReady));
  }
}
