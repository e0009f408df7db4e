/**
 * One fault after another, at random: nodes, disks, links and clocks.
 *
 * Each run meets only some of the kinds, but meets those often: what takes several faults of
 * one kind would drown among all the others (Groce and others, "Swarm Testing", 2012).
 */

import type { FaultWindow } from '../../src/checkers/history.ts';
import type { NodeId } from '../../src/kernel/names.ts';
import type { SeededRandom } from '../../src/sim/seeded-random.ts';
import type { LinkFaults } from '../../src/sim/sim-network.ts';
import { type DiskTiming, QUICK_DISK } from '../../src/sim/sim-store.ts';
import { loseObjects, type TestCluster } from './harness.ts';

/** So slow that a power loss finds much that is not flushed. */
const SLOW_DISKS: readonly DiskTiming[] = [
  { commitMsMax: 20, flushMsMax: 100 },
  { commitMsMax: 5, flushMsMax: 500 },
];

const BAD_LINK: LinkFaults = {
  delayMsMin: 0.1,
  delayMsMax: 50,
  drop: 0.1,
  duplicate: 0.1,
  cut: false,
};

type Strike = (victim: NodeId, others: readonly NodeId[]) => void | Promise<void>;

export interface FaultKinds {
  /** Disks that forget every object. */
  readonly wipes: boolean;
  /** Others than those that are told of here. */
  readonly more: readonly (() => void | Promise<void>)[];
}

export class RandomFaults {
  readonly #cluster: TestCluster;
  readonly #random: SeededRandom;
  readonly #strikes: readonly Strike[];
  /** At most one: a write at W=2 then still has a copy. */
  readonly wipes: FaultWindow[] = [];

  constructor(
    cluster: TestCluster,
    random: SeededRandom,
    { wipes, more }: FaultKinds = { wipes: true, more: [] },
  ) {
    this.#cluster = cluster;
    this.#random = random;
    const kinds = [...this.#kinds(), ...(wipes ? [this.#wiping()] : []), ...more];
    const chosen = kinds.filter(() => random.chance(0.5));
    this.#strikes = chosen.length === 0 ? kinds : chosen;
    if (random.chance(0.5)) for (const id of cluster.nodeIds) this.#slowDown(id);
  }

  /** Mends something or strikes. */
  async next(): Promise<void> {
    const { nodeIds } = this.#cluster;
    const down = nodeIds.filter((id) => !this.#cluster.isUp(id));
    if (down.length > 0 && this.#random.chance(0.6)) {
      return this.#cluster.launch(this.#random.pick(down));
    }
    if (this.#random.chance(0.2)) return this.#cluster.network.heal();
    const victim = this.#random.pick(nodeIds);
    const others = nodeIds.filter((id) => id !== victim);
    await this.#random.pick(this.#strikes)(victim, others);
  }

  /** Everything works again; what was lost stays lost. */
  async end(): Promise<void> {
    const { nodeIds, network } = this.#cluster;
    network.heal();
    for (const id of nodeIds) {
      this.#cluster.slowDisks(id, QUICK_DISK);
      if (!this.#cluster.isUp(id)) await this.#cluster.launch(id);
    }
    for (const id of nodeIds) await this.#cluster.untilReady(id);
  }

  #kinds(): readonly Strike[] {
    const cluster = this.#cluster;
    const { network } = cluster;
    const ifUp = (strike: Strike) => this.#ifUp(strike);
    return [
      ifUp((victim) => cluster.kill(victim)),
      ifUp((victim) => cluster.losePower(victim)),
      () => {
        for (const id of cluster.up) cluster.losePower(id);
      },
      ifUp((victim) => {
        cluster.losePower(victim);
        return cluster.launch(victim);
      }),
      ifUp((victim) => cluster.stop(victim)),
      (victim) => this.#slowDown(victim),
      (victim, others) => network.cutBothWays([victim], others),
      (victim, others) => network.cutOneWay([victim], others),
      (victim, others) => network.cutOneWay(others, [victim]),
      () => {
        network.defaults = BAD_LINK;
      },
      (victim) => this.#skewClock(victim),
    ];
  }

  #ifUp(strike: Strike): Strike {
    return (victim, others) => (this.#cluster.isUp(victim) ? strike(victim, others) : undefined);
  }

  #wiping(): Strike {
    return this.#ifUp((victim) => this.#wipe(victim));
  }

  #wipe(victim: NodeId): void {
    if (this.wipes.length > 0) return;
    this.#cluster.kill(victim);
    loseObjects(this.#cluster, victim);
    const { nowMs } = this.#cluster.simulation;
    this.wipes.push({ fault: `wipe ${victim}`, from: nowMs, until: nowMs, wiped: [victim] });
  }

  #slowDown(victim: NodeId): void {
    this.#cluster.slowDisks(victim, this.#random.pick([QUICK_DISK, ...SLOW_DISKS]));
  }

  /** Takes effect with the node's next start. */
  #skewClock(id: NodeId): void {
    const offsetMs = this.#random.below(60_000) - 30_000;
    this.#cluster.skewClock(id, { offsetMs, rate: 0.9 + this.#random.float() * 0.2 });
  }
}
