/**
 * Carries the schedule of a nemesis out on a cluster of real processes, whose nodes were
 * started with --enable-faults where it cuts links or strikes disks and clocks.
 *
 *   const random = new SeededRandom(seed);
 *   const pace = { durationMs: 600_000, ...DEFAULT_PACE };
 *   const schedule = nemeses['random-mixture'](random, nodeNames(5), pace);
 *   const { faults, surprises } = await runSchedule(cluster, schedule, { now: () => clock.now() });
 *
 * Whatever happens it heals at the end: every node that ran at the beginning runs, has no
 * faults, reaches the others and serves. Whoever did not run is left alone.
 * The cluster is closed only after that. It does not wait for nodes to serve in between, which they may not before the next fault.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalCluster } from '../local-cluster.ts';
import { waitFor } from '../wait-for.ts';
import { type Fault, faultText, type Schedule, type ScheduledFault, struckBy } from './fault.ts';
import { Guests } from './guests.ts';
import { NodeUnderFaults, type Surprise } from './node-under-faults.ts';

/** When a fault struck, as a recorded history has it. */
export interface FaultWindow {
  /** For a person: `partition n1 | n2 n3`. */
  readonly fault: string;
  /** Milliseconds of the clock that was given. */
  readonly from: number;
  readonly until: number | null;
  readonly nodes?: readonly string[];
}

export interface ScheduleRunOptions {
  /** The clock of the history that is being recorded, in milliseconds. */
  readonly now: () => number;
  /** Ends the run early; the cluster is healed all the same. */
  readonly signal?: AbortSignal;
}

export interface ScheduleRun {
  /** In the order in which they began. */
  readonly faults: readonly FaultWindow[];
  /** Nodes that ended though no fault would have them end. */
  readonly surprises: readonly Surprise[];
}

/** For all nodes to be as they are to be, and for all to serve. */
const HEALING_MS_MAX = 60_000;

/** Rejects where the cluster does not become whole again. */
export async function runSchedule(
  cluster: LocalCluster,
  schedule: Schedule,
  { now, signal }: ScheduleRunOptions,
): Promise<ScheduleRun> {
  const run = new RunningSchedule(cluster, now);
  try {
    await run.play(schedule, signal);
  } finally {
    await run.heal();
  }
  return run;
}

interface Turn {
  readonly atMs: number;
  readonly begins: boolean;
  readonly scheduled: ScheduledFault;
}

interface Active {
  readonly fault: Fault;
  readonly window: { -readonly [Field in keyof FaultWindow]: FaultWindow[Field] };
}

class RunningSchedule implements ScheduleRun {
  readonly faults: FaultWindow[] = [];
  readonly surprises: Surprise[] = [];
  readonly #cluster: LocalCluster;
  readonly #now: () => number;
  readonly #nodes: readonly NodeUnderFaults[];
  readonly #guests: Guests;
  readonly #active = new Map<ScheduledFault, Active>();

  constructor(cluster: LocalCluster, now: () => number) {
    this.#cluster = cluster;
    this.#now = now;
    const onSurprise = (surprise: Surprise) => void this.surprises.push(surprise);
    this.#nodes = cluster.nodes
      .filter(({ isRunning }) => isRunning)
      .map((node) => new NodeUnderFaults({ node, faults: cluster.faults, now, onSurprise }));
    this.#guests = new Guests(cluster);
  }

  async play(schedule: Schedule, signal: AbortSignal | undefined): Promise<void> {
    const startedAt = performance.now();
    for (const { atMs, begins, scheduled } of turnsOf(schedule)) {
      const leftMs = Math.max(0, startedAt + atMs - performance.now());
      await sleep(leftMs, undefined, signal === undefined ? {} : { signal }).catch(() => {});
      if (signal?.aborted === true) return;
      if (begins) this.#begin(scheduled);
      else this.#end(scheduled);
    }
  }

  async heal(): Promise<void> {
    try {
      await this.#heal();
    } finally {
      for (const node of this.#nodes) node.release();
    }
  }

  async #heal(): Promise<void> {
    for (const scheduled of [...this.#active.keys()]) this.#end(scheduled);
    const late = sleep(HEALING_MS_MAX, 'late' as const, { ref: false });
    if ((await Promise.race([this.#settled(), late])) === 'late') {
      throw new Error(`the nodes were not healed within ${HEALING_MS_MAX} ms`);
    }
    // Nobody waits for a guest to be reached that is about to go.
    await this.#guests.gone();
    await this.#cluster.waitUntilConnected();
    await waitFor('every node to serve', HEALING_MS_MAX, async () => {
      const running = this.#cluster.nodes.filter((node) => node.isRunning);
      return (await this.#cluster.serving()).length === running.length;
    });
  }

  #begin(scheduled: ScheduledFault): void {
    const { fault } = scheduled;
    const nodes = struckBy(fault);
    const told = nodes.length === 0 ? {} : { nodes };
    const window = { fault: faultText(fault), from: this.#now(), until: null, ...told };
    this.faults.push(window);
    this.#active.set(scheduled, { fault, window });
    if (fault.type === 'join') this.#guests.join();
    else this.#want();
  }

  #end(scheduled: ScheduledFault): void {
    const active = this.#active.get(scheduled);
    if (active === undefined) return;
    this.#active.delete(scheduled);
    const { fault, window } = active;
    const isJoin = fault.type === 'join';
    if (!isJoin) this.#want();
    // What goes wrong is told by `heal`, which waits for the same.
    void (isJoin ? this.#guests.leave() : this.#settled()).then(
      () => {
        window.until = this.#now();
      },
      () => {},
    );
  }

  async #settled(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.settled()));
  }

  #want(): void {
    const active = [...this.#active.values()].map(({ fault }) => fault);
    for (const node of this.#nodes) node.want(active);
  }
}

/** Begins and ends; where both come at the same moment, ends come first. */
function turnsOf(schedule: Schedule): readonly Turn[] {
  return schedule
    .flatMap((scheduled) => [
      { atMs: scheduled.atMs, begins: true, scheduled },
      { atMs: scheduled.until, begins: false, scheduled },
    ])
    .sort((a, b) => a.atMs - b.atMs || Number(a.begins) - Number(b.begins));
}
