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

/** `start`: whom it ended is started again; `end`: all works again at the end of the run. */
type Mending = 'at once' | 'start' | 'heal' | 'end' | 'never';

export interface FaultKind {
  /** For a person. */
  readonly fault: string;
  readonly mending: Mending;
  readonly strike: Strike;
  /** It is not the victim whom it strikes. */
  readonly isOfOthers?: true;
  /** Disks forget every object. */
  readonly wipes?: true;
}

export interface FaultKinds {
  /** Disks that forget every object. */
  readonly wipes: boolean;
  /** Others than those that are told of here. */
  readonly more: readonly FaultKind[];
}

interface OpenWindow {
  readonly place: number;
  readonly mending: Mending;
}

export class RandomFaults {
  readonly #cluster: TestCluster;
  readonly #random: SeededRandom;
  readonly #kinds: readonly FaultKind[];
  /** Of those that struck. */
  readonly windows: FaultWindow[] = [];
  #open: readonly OpenWindow[] = [];

  constructor(
    cluster: TestCluster,
    random: SeededRandom,
    { wipes, more }: FaultKinds = { wipes: true, more: [] },
  ) {
    this.#cluster = cluster;
    this.#random = random;
    const kinds = [...this.#allKinds(), ...(wipes ? [this.#wiping()] : []), ...more];
    const chosen = kinds.filter(() => random.chance(0.5));
    this.#kinds = chosen.length === 0 ? kinds : chosen;
    if (random.chance(0.5)) for (const id of cluster.nodeIds) this.#slowDown(id);
  }

  /** Mends something or strikes. */
  async next(): Promise<void> {
    const { nodeIds } = this.#cluster;
    const down = nodeIds.filter((id) => !this.#cluster.isUp(id));
    if (down.length > 0 && this.#random.chance(0.6)) {
      await this.#cluster.launch(this.#random.pick(down));
      return this.#close('start');
    }
    if (this.#random.chance(0.2)) {
      this.#cluster.network.heal();
      return this.#close('heal');
    }
    const victim = this.#random.pick(nodeIds);
    const others = nodeIds.filter((id) => id !== victim);
    await this.#strike(this.#random.pick(this.#kinds), victim, others);
  }

  /** Everything works again; what was lost stays lost. */
  async end(): Promise<void> {
    const { nodeIds, network } = this.#cluster;
    network.heal();
    for (const id of nodeIds) {
      this.#cluster.slowDisks(id, QUICK_DISK);
      if (!this.#cluster.isUp(id)) await this.#cluster.launch(id);
    }
    for (const mending of ['start', 'heal', 'end'] as const) this.#close(mending);
    for (const id of nodeIds) await this.#cluster.untilReady(id);
  }

  async #strike(kind: FaultKind, victim: NodeId, others: readonly NodeId[]): Promise<void> {
    const { fault, mending, strike, isOfOthers, wipes } = kind;
    const from = this.#cluster.simulation.nowMs;
    const { up } = this.#cluster;
    await strike(victim, others);
    const ended = up.filter((id) => !this.#cluster.isUp(id));
    const nodes = mending === 'start' ? ended : [victim];
    if (nodes.length === 0 || (mending === 'at once' && !up.includes(victim))) return;
    const until = mending === 'at once' ? from : null;
    const struck = isOfOthers ? { fault } : { fault: `${fault} ${nodes.join(' ')}`, nodes };
    const place = this.windows.push({ ...struck, from, until, ...(wipes && { wiped: nodes }) }) - 1;
    if (until === null) this.#open = [...this.#open, { place, mending }];
  }

  /** Windows of what is mended now. */
  #close(mending: Mending): void {
    const until = this.#cluster.simulation.nowMs;
    const isMended = (open: OpenWindow) => {
      const { nodes = [] } = this.windows[open.place] as FaultWindow;
      if (open.mending !== mending) return false;
      return mending !== 'start' || nodes.every((id) => this.#cluster.isUp(id));
    };
    for (const { place } of this.#open.filter(isMended)) {
      this.windows[place] = { ...(this.windows[place] as FaultWindow), until };
    }
    this.#open = this.#open.filter((open) => !isMended(open));
  }

  #allKinds(): readonly FaultKind[] {
    const cluster = this.#cluster;
    const { network } = cluster;
    const ending = (fault: string, strike: Strike): FaultKind => {
      return { fault, mending: 'start', strike: this.#ifUp(strike) };
    };
    const cutting = (fault: string, strike: Strike): FaultKind => {
      return { fault, mending: 'heal', strike };
    };
    return [
      ending('kill', (victim) => cluster.kill(victim)),
      ending('power loss', (victim) => cluster.losePower(victim)),
      {
        fault: 'power loss',
        mending: 'start',
        strike: () => {
          for (const id of cluster.up) cluster.losePower(id);
        },
      },
      {
        fault: 'power loss and start',
        mending: 'at once',
        strike: this.#ifUp((victim) => {
          cluster.losePower(victim);
          return cluster.launch(victim);
        }),
      },
      ending('stop', (victim) => cluster.stop(victim)),
      { fault: 'disk speed', mending: 'end', strike: (victim) => this.#slowDown(victim) },
      cutting('cut off', (victim, others) => network.cutBothWays([victim], others)),
      cutting('cut off from', (victim, others) => network.cutOneWay([victim], others)),
      cutting('cut off to', (victim, others) => network.cutOneWay(others, [victim])),
      {
        fault: 'bad links',
        mending: 'heal',
        isOfOthers: true,
        strike: () => {
          network.defaults = BAD_LINK;
        },
      },
      { fault: 'clock', mending: 'never', strike: (victim) => this.#skewClock(victim) },
    ];
  }

  #ifUp(strike: Strike): Strike {
    return (victim, others) => (this.#cluster.isUp(victim) ? strike(victim, others) : undefined);
  }

  #wiping(): FaultKind {
    const strike = this.#ifUp((victim) => this.#wipe(victim));
    return { fault: 'wipe', mending: 'start', strike, wipes: true };
  }

  /** At most once: a write at W=2 then still has a copy. */
  #wipe(victim: NodeId): void {
    if (this.windows.some(({ wiped }) => wiped !== undefined)) return;
    this.#cluster.kill(victim);
    loseObjects(this.#cluster, victim);
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
