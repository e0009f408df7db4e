/** Carries out the faults of a scenario, each at its time, and mends them again. */

import type { FaultWindow } from '../../../src/checkers/history.ts';
import { TransportError } from '../../../src/kernel/errors.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import { TRUE_TIME } from '../../../src/sim/sim-clock.ts';
import { HEALTHY_LINK } from '../../../src/sim/sim-network.ts';
import { QUICK_DISK } from '../../../src/sim/sim-store.ts';
import { damage, keyTextOf, storedKeys } from '../disks.ts';
import { loseObjects, type TestCluster } from '../harness.ts';
import type { RingChange, RingPlayer } from './ring-player.ts';
import type { CutLinks, Fault, PlannedFault, Victim } from './scenario.ts';

/** Mends what the fault did. */
type Mend = () => void | Promise<void>;

interface Event {
  readonly atMs: number;
  readonly run: () => void | Promise<void>;
}

export class FaultPlayer {
  /** Of those that struck. */
  readonly windows: FaultWindow[] = [];
  readonly #cluster: TestCluster;
  readonly #ring: RingPlayer;
  readonly #beganMs: number;
  /** In the order of their times. */
  readonly #events: Event[];
  /** By link, how many faults cut it. */
  readonly #cuts = new Map<string, number>();

  constructor(cluster: TestCluster, ring: RingPlayer, faults: readonly PlannedFault[]) {
    this.#cluster = cluster;
    this.#ring = ring;
    this.#beganMs = cluster.simulation.nowMs;
    this.#events = faults.map((planned) => ({
      atMs: this.#beganMs + planned.atMs,
      run: () => this.#strike(planned),
    }));
  }

  /** When something is to happen next; undefined: nothing is. */
  get nextMs(): number | undefined {
    return this.#events[0]?.atMs;
  }

  async next(): Promise<void> {
    await this.#events.shift()?.run();
  }

  /** Everything works again; what was lost stays lost. */
  async end(): Promise<void> {
    const cluster = this.#cluster;
    this.#events.length = 0;
    cluster.network.heal();
    for (const id of cluster.nodeIds) {
      for (const disk of Object.values(cluster.disks(id))) disk.failing = false;
      cluster.slowDisks(id, QUICK_DISK);
      cluster.skewClock(id, TRUE_TIME);
      await this.#launch(id);
      if (cluster.isUp(id)) cluster.resumeProcess(id);
    }
  }

  async #strike({ fault, nemesis, untilMs }: PlannedFault): Promise<void> {
    const fromMs = this.#cluster.simulation.nowMs;
    const mend = await this.#carryOut(fault);
    if (mend === undefined) return;
    const until = untilMs === null ? null : this.#beganMs + untilMs;
    const wiped = 'victim' in fault && isLoss(fault) ? { wiped: [fault.victim] } : {};
    this.windows.push({ fault: `${nemesis} ${whom(fault)}`, from: fromMs, until, ...wiped });
    if (until === null) return;
    const at = this.#events.findIndex(({ atMs }) => atMs > until);
    const place = at < 0 ? this.#events.length : at;
    this.#events.splice(place, 0, { atMs: until, run: mend });
  }

  /** Undefined where it cannot be. */
  async #carryOut(fault: Fault): Promise<Mend | undefined> {
    const cluster = this.#cluster;
    const { network } = cluster;
    switch (fault.type) {
      case 'kill':
        return this.#end(fault.victims, (id) => cluster.kill(id));
      case 'power-loss':
        return this.#end(fault.victims, (id) => cluster.losePower(id));
      case 'stop':
        return this.#end(fault.victims, (id) => this.#stop(id));
      case 'pause':
        return this.#pause(fault.victims);
      case 'full-disk':
        return this.#fill(fault.victims);
      case 'clock': {
        const [id] = this.#whom([fault.victim]);
        if (id === undefined || !cluster.isUp(id)) return undefined;
        cluster.kill(id);
        cluster.skewClock(id, fault.skew);
        await this.#launch(id);
        return () => {};
      }
      case 'cut':
        return this.#cut(fault);
      case 'links':
        network.defaults = fault.links;
        return () => {
          network.defaults = HEALTHY_LINK;
        };
      case 'disk': {
        const [id] = this.#whom([fault.victim]);
        if (id === undefined) return undefined;
        cluster.slowDisks(id, fault.timing);
        return () => cluster.slowDisks(id, QUICK_DISK);
      }
      case 'wipe':
        return this.#end([fault.victim], (id) => {
          cluster.kill(id);
          loseObjects(cluster, id);
        });
      case 'damage':
        return this.#damage(fault.victim, fault.key);
      default:
        return this.#change(fault);
    }
  }

  #change(change: RingChange): Mend {
    this.#ring.begin(change);
    return () => {};
  }

  async #end(
    victims: readonly Victim[],
    how: (id: NodeId) => void | Promise<void>,
  ): Promise<Mend | undefined> {
    const ended = this.#whom(victims).filter((id) => this.#cluster.isUp(id));
    for (const id of ended) await how(id);
    return ended.length === 0 ? undefined : () => this.#launchAll(ended);
  }

  /** What is paused hears of it when it goes on; with a full disk it dies of it. */
  async #stop(id: NodeId): Promise<void> {
    this.#cluster.resumeProcess(id);
    try {
      await this.#cluster.stop(id);
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
    }
  }

  #pause(victims: readonly Victim[]): Mend | undefined {
    const cluster = this.#cluster;
    const paused = this.#whom(victims).filter((id) => cluster.isUp(id));
    for (const id of paused) cluster.pauseProcess(id);
    if (paused.length === 0) return undefined;
    return () => {
      for (const id of paused) if (cluster.isUp(id)) cluster.resumeProcess(id);
    };
  }

  /** The node ends when it next writes. */
  #fill(victims: readonly Victim[]): Mend | undefined {
    const cluster = this.#cluster;
    const filled = this.#whom(victims);
    const setFailing = (failing: boolean) => {
      for (const id of filled) {
        for (const disk of Object.values(cluster.disks(id))) disk.failing = failing;
      }
    };
    setFailing(true);
    return async () => {
      setFailing(false);
      await this.#launchAll(filled);
    };
  }

  #damage(victim: NodeId, key: string): Mend | undefined {
    const cluster = this.#cluster;
    if (!cluster.nodeIds.includes(victim)) return undefined;
    if (!storedKeys(cluster, victim).some((stored) => keyTextOf(stored) === key)) return undefined;
    damage(cluster, victim, [key]);
    return () => {};
  }

  #cut({ from, to, bothWays }: CutLinks): Mend {
    const senders = this.#whom(from);
    const { nodeIds, network } = this.#cluster;
    const receivers = to === 'others' ? nodeIds.filter((id) => !senders.includes(id)) : to;
    const one = senders.flatMap((a) => receivers.map((b) => [a, b] as const));
    const links = bothWays ? [...one, ...one.map(([a, b]) => [b, a] as const)] : one;
    const add = (count: number) => {
      for (const [a, b] of links) {
        if (a === b) continue;
        const name = `${a}>${b}`;
        const cuts = (this.#cuts.get(name) ?? 0) + count;
        this.#cuts.set(name, cuts);
        network.setLink(a, b, { cut: cuts > 0 });
      }
    };
    add(1);
    return () => add(-1);
  }

  async #launchAll(ids: readonly NodeId[]): Promise<void> {
    for (const id of ids) await this.#launch(id);
  }

  /** Not while its disk is full: it would end at once. */
  async #launch(id: NodeId): Promise<void> {
    const cluster = this.#cluster;
    if (!cluster.nodeIds.includes(id) || cluster.isUp(id) || cluster.disk(id).failing) return;
    await cluster.launch(id);
  }

  /** Nodes that there are. */
  #whom(victims: readonly Victim[]): readonly NodeId[] {
    const { nodeIds } = this.#cluster;
    const { knowledge } = this.#ring;
    const [move] = knowledge.moves();
    return victims.flatMap((victim) => {
      const id =
        {
          leader: () => knowledge.leader(),
          giver: () => move?.from.find((node) => !move.to.includes(node)),
          taker: () => move?.to.find((node) => !move.from.includes(node)),
        }[victim as 'leader']?.() ?? victim;
      return nodeIds.includes(id) ? [id] : [];
    });
  }
}

function isLoss(fault: Fault): fault is Extract<Fault, { type: 'wipe' | 'damage' }> {
  return fault.type === 'wipe' || fault.type === 'damage';
}

function whom(fault: Fault): string {
  if ('victims' in fault) return fault.victims.join(' ');
  if ('victim' in fault) return fault.victim;
  return fault.type === 'cut' ? `${fault.from.join(' ')} > ${fault.to}` : '';
}
