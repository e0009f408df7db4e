/**
 * One random run: clients, an operator who changes the ring, and faults, all decided by one
 * seed. At the end everything works again, and then the changes of the ring have to come to
 * their end, with all data in its place, on all replicas alike, and nowhere else.
 */

import type { NodeId } from '../../../src/kernel/names.ts';
import { DEFAULT_COMPARE_EVERY_MS } from '../../../src/node/index.ts';
import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { whatStaysApart } from '../agreement.ts';
import { tombstonesOn } from '../disks.ts';
import { startCluster, type TestCluster } from '../harness.ts';
import { violationsOf } from '../histories.ts';
import { drain } from '../places.ts';
import { type FaultKind, RandomFaults } from '../random-faults.ts';
import { RandomOperator } from './random-operator.ts';
import { RingClients, type TestBucket } from './ring-clients.ts';
import { RingKnowledge } from './ring-knowledge.ts';
import { untilSettled } from './ring-operator.ts';
import { strays } from './whereabouts.ts';

const STEPS = 80;
const STEP_MS = 100;
const FAULT_CHANCE = 0.35;
const CHANGE_CHANCE = 0.3;
const LULL_CHANCE = 0.1;
const LULL_MS = 2_000;
const LEAVING_MS = 5_000;
const CALM_MS = 10_000;
const REAPED_MS_MAX = 60_000;
const REAP_EVERY_MS = 300;

/** How often runs met what is worth meeting. */
export function newRingCounts() {
  return {
    acknowledged: 0,
    reads: 0,
    joins: 0,
    leaves: 0,
    deaths: 0,
    others: 0,
    aborts: 0,
    left: 0,
    strikesInMoves: 0,
  };
}

export interface RingRunReport {
  readonly traceHash: string;
  readonly counts: ReturnType<typeof newRingCounts>;
  readonly virtualMs: number;
  /** Empty in a correct run. */
  readonly violations: readonly string[];
}

/** What kind of run the seed makes: sloppy, with nodes that die, with repair of its own. */
interface Kind {
  readonly sloppy: boolean;
  readonly mayDie: boolean;
  readonly compares: boolean;
  readonly nodes: number;
}

export async function runRingWorkload(seed: number): Promise<RingRunReport> {
  const sloppy = seed % 4 === 3;
  const kind = {
    sloppy,
    mayDie: !sloppy && seed % 2 === 0,
    compares: seed % 3 !== 0,
    nodes: 3 + (seed % 5 === 0 ? 2 : seed % 2),
  };
  const names = ['test', 'pair', ...(kind.mayDie ? [] : ['single'])];
  const buckets = names.map((name) => ({ name, n: nOf(name) }));
  const cluster = await startCluster(seed, {
    nodes: kind.nodes,
    partitionCount: 4,
    buckets,
    compareEveryMs: kind.compares ? DEFAULT_COMPARE_EVERY_MS : 'never',
    reapEveryMs: seed % 5 < 3 ? REAP_EVERY_MS : 'never',
  });
  return new RingRun(cluster, kind, buckets.map(testBucket), seed % 5 < 3).execute();
}

function nOf(name: string): number {
  return { pair: 2, single: 1 }[name] ?? 3;
}

function testBucket({ name, n }: { readonly name: string; readonly n: number }): TestBucket {
  const count = name === 'test' ? 8 : 4;
  return { name, n, keys: Array.from({ length: count }, (_, i) => `${name}${i}`) };
}

class RingRun {
  readonly #cluster: TestCluster;
  readonly #kind: Kind;
  readonly #reaps: boolean;
  readonly #random: SeededRandom;
  readonly #knowledge: RingKnowledge;
  readonly #faults: RandomFaults;
  readonly #operator: RandomOperator;
  readonly #clients: RingClients;
  readonly #surprises: string[] = [];
  #strikesInMoves = 0;

  constructor(cluster: TestCluster, kind: Kind, buckets: readonly TestBucket[], reaps: boolean) {
    const random = cluster.simulation.random.fork();
    this.#cluster = cluster;
    this.#kind = kind;
    this.#reaps = reaps;
    this.#random = random;
    this.#knowledge = new RingKnowledge(cluster);
    this.#faults = new RandomFaults(cluster, random, { wipes: false, more: this.#kinds() });
    this.#operator = new RandomOperator(cluster, random, kind.mayDie);
    const { sloppy, mayDie: onlyQuorums } = kind;
    this.#clients = new RingClients(cluster, random, { buckets, sloppy, onlyQuorums });
  }

  async execute(): Promise<RingRunReport> {
    const cluster = this.#cluster;
    const ended = this.#clients.run(this.#random);
    ended.catch(() => {});
    for (let step = 0; step < STEPS; step++) {
      const lull = this.#random.chance(LULL_CHANCE);
      await cluster.simulation.advance(lull ? LULL_MS : this.#random.float() * STEP_MS * 2);
      if (this.#random.chance(FAULT_CHANCE)) await this.#faults.next();
      if (this.#random.chance(CHANGE_CHANCE)) this.#operator.next();
    }
    await this.#faults.end();
    try {
      await this.#settle();
    } catch (error) {
      this.#surprises.push(String(error));
    }
    this.#clients.stop();
    await cluster.complete(ended);
    await cluster.simulation.advance(CALM_MS);
    if (this.#surprises.length === 0) await this.#trying(() => this.#judgeWhereabouts());
    return this.#report();
  }

  /** Clients go on while the last moves are carried out. */
  async #settle(): Promise<void> {
    await this.#operator.end();
    const members = () => this.#operator.membersExpected();
    await untilSettled(this.#cluster, members);
    await this.#letThemLeave();
    await untilSettled(this.#cluster, members);
  }

  /** Who leaves goes out of the ring when it keeps nothing more, hints neither. */
  async #letThemLeave(): Promise<void> {
    await this.#cluster.simulation.advance(LEAVING_MS);
    this.#operator.seeEverybodyOff();
  }

  async #judgeWhereabouts(): Promise<void> {
    const cluster = this.#cluster;
    await this.#trying(() => drain(cluster));
    await this.#letThemLeave();
    this.#surprises.push(...(await strays(cluster, this.#operator.gone)));
    await this.#clients.readAll(cluster.up[0] as NodeId);
    if (!this.#kind.compares) return;
    this.#surprises.push(...(await whatStaysApart(cluster)));
    if (this.#reaps) await this.#trying(() => this.#reapAll());
  }

  async #trying(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#surprises.push(String(error));
    }
  }

  /** The directories of the dead are given up first: nothing is reaped that they may bring back. */
  async #reapAll(): Promise<void> {
    await this.#operator.closeSalvages();
    const untilMs = this.#cluster.simulation.nowMs + REAPED_MS_MAX;
    while (tombstonesOn(this.#cluster).length > 0) {
      if (this.#cluster.simulation.nowMs > untilMs) {
        throw new Error(`are not reaped: ${tombstonesOn(this.#cluster)}`);
      }
      await this.#cluster.simulation.advance(200);
    }
  }

  /** At those who carry a move. */
  #kinds(): readonly FaultKind[] {
    const cluster = this.#cluster;
    const ending = (whom: string, choose: () => NodeId | undefined): FaultKind => ({
      fault: `end the ${whom}`,
      mending: 'start',
      strike: () => {
        const victim = choose();
        if (victim === undefined || !cluster.isUp(victim)) return;
        if (this.#knowledge.ring().moves.size > 0) this.#strikesInMoves++;
        if (this.#random.chance(0.5)) cluster.kill(victim);
        else cluster.losePower(victim);
      },
    });
    const someMove = () => {
      const moves = this.#knowledge.moves();
      return moves.length === 0 ? undefined : this.#random.pick(moves);
    };
    return [
      ending('leader', () => this.#knowledge.leader()),
      ending('sender', () => someMove()?.from.find((id) => !someMove()?.to.includes(id))),
      ending('receiver', () => someMove()?.to.findLast((id) => cluster.isUp(id))),
      {
        // A quorum by themselves, who do not hear how the move goes on.
        fault: 'cut off two of C',
        mending: 'heal',
        isOfOthers: true,
        strike: () => {
          const island = someMove()?.from.slice(-2) ?? [];
          const others = cluster.nodeIds.filter((id) => !island.includes(id));
          cluster.network.cutBothWays(island, others);
        },
      },
    ];
  }

  #report(): RingRunReport {
    const { recorder } = this.#clients;
    const history = recorder.history(this.#faults.windows);
    const { simulation, fatalErrors } = this.#cluster;
    return {
      traceHash: simulation.traceHash,
      counts: {
        acknowledged: recorder.count('ok'),
        reads: history.operations.filter(({ op, outcome }) => op === 'read' && outcome === 'ok')
          .length,
        ...this.#operator.counts,
        left: this.#operator.gone.length,
        strikesInMoves: this.#strikesInMoves,
      },
      virtualMs: simulation.nowMs,
      violations: [
        ...violationsOf(history, ['losses']),
        ...this.#surprises,
        ...this.#clients.surprises,
        ...this.#operator.surprises,
        ...fatalErrors.filter(isSurprising).map((error) => `a node threw ${String(error)}`),
      ],
    };
  }
}

/** One that had left was started again. */
function isSurprising(error: unknown): boolean {
  return !String(error).includes('has left the cluster');
}
