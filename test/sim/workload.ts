/**
 * A random workload under random faults, decided by one seed, with a check at its end that
 * no acknowledged write was lost: each is among the values, or some write that had seen it
 * took its place.
 *
 * Restrictions that the promises of today ask for: writes at W=2 of N=3, and at most one
 * disk wiped in a run, after which W=2 still has a copy elsewhere. Replicas left behind
 * converge by a read at R=3 with blocking repair.
 */

import { QuorateError, TransportError } from '../../src/kernel/errors.ts';
import type { NodeId } from '../../src/kernel/names.ts';
import type { SeededRandom } from '../../src/sim/seeded-random.ts';
import { type DiskTiming, QUICK_DISK } from '../../src/sim/sim-store.ts';
import { startCluster, type TestCluster, valuesOf } from './harness.ts';

const CLIENTS = 4;
const KEYS = ['a', 'b', 'c', 'd'];
const OPERATIONS_PER_CLIENT = 40;

interface Attempt {
  readonly key: string;
  /** Unique; undefined for a delete. */
  readonly value: string | undefined;
  /** Values that this write replaces, as its writer knew. */
  readonly seen: ReadonlySet<string>;
  outcome: 'acknowledged' | 'failed' | 'unknown';
}

interface Knowledge {
  readonly contexts: readonly string[];
  readonly seen: ReadonlySet<string>;
}

const SLOW_DISK: DiskTiming = { commitMsMax: 20, flushMsMax: 100 };

const NOTHING: Knowledge = { contexts: [], seen: new Set() };

export interface RunReport {
  readonly traceHash: string;
  readonly acknowledged: number;
  readonly unknown: number;
  readonly failed: number;
  readonly virtualMs: number;
  /** Empty in a correct run. */
  readonly violations: readonly string[];
}

/** Faults that a run may meet. */
export interface FaultPlan {
  readonly kills: boolean;
  readonly powerLoss: boolean;
  /** Disks that take their time, so that a power loss finds much that is not flushed. */
  readonly slowDisks: boolean;
  readonly partitions: boolean;
  readonly lossyLinks: boolean;
  readonly wipes: boolean;
  readonly skewedClocks: boolean;
}

export const ALL_FAULTS: FaultPlan = {
  kills: true,
  powerLoss: true,
  slowDisks: true,
  partitions: true,
  lossyLinks: true,
  wipes: true,
  skewedClocks: true,
};

export async function runWorkload(
  seed: number,
  faults: FaultPlan = ALL_FAULTS,
): Promise<RunReport> {
  const cluster = await startCluster(seed, { nodes: 3 });
  const run = new Run(cluster, faults);
  return run.execute();
}

class Run {
  readonly #cluster: TestCluster;
  readonly #faults: FaultPlan;
  readonly #random: SeededRandom;
  readonly #attempts: Attempt[] = [];
  readonly #violations: string[] = [];
  #wiped = false;
  #clientsRunning = CLIENTS;

  constructor(cluster: TestCluster, faults: FaultPlan) {
    this.#cluster = cluster;
    this.#faults = faults;
    this.#random = cluster.simulation.random.fork();
  }

  async execute(): Promise<RunReport> {
    const clients = Array.from({ length: CLIENTS }, (_, i) => this.#client(i));
    const everything = Promise.all(clients);
    everything.catch(() => {});
    while (this.#clientsRunning > 0) {
      await this.#cluster.simulation.advance(50);
      await this.#injectFault();
    }
    await everything;
    await this.#recover();
    await this.#checkKeys();
    return this.#report();
  }

  async #client(index: number): Promise<void> {
    const random = this.#random.fork();
    const knowledge = new Map<string, Knowledge>();
    for (let i = 0; i < OPERATIONS_PER_CLIENT; i++) {
      await this.#pause(random.float() * 20);
      const at = random.pick(this.#cluster.nodeIds);
      const key = random.pick(KEYS);
      const known = random.chance(0.2) ? NOTHING : (knowledge.get(key) ?? NOTHING);
      if (random.chance(0.4)) await this.#read(at, key, random, knowledge);
      else await this.#write(at, key, `${key}-${index}-${i}`, known, random, knowledge);
    }
    this.#clientsRunning--;
  }

  async #read(
    at: NodeId,
    key: string,
    random: SeededRandom,
    knowledge: Map<string, Knowledge>,
  ): Promise<void> {
    const readRepair = random.pick(['async', 'blocking', 'off'] as const);
    try {
      const read = await this.#cluster.get(at, key, { r: random.pick([1, 2, 3]), readRepair });
      const superseded = this.#supersededBy(valuesOf(read));
      knowledge.set(key, {
        contexts: [read.context],
        seen: new Set([...valuesOf(read), ...superseded]),
      });
    } catch (error) {
      this.#expectClientError(error);
    }
  }

  /** Whoever saw a value saw, through its writer, what that writer had seen. */
  #supersededBy(values: readonly string[]): ReadonlySet<string> {
    const seen = new Set<string>();
    for (const attempt of this.#attempts) {
      if (attempt.value === undefined || !values.includes(attempt.value)) continue;
      for (const value of attempt.seen) seen.add(value);
    }
    return seen;
  }

  async #write(
    at: NodeId,
    key: string,
    text: string,
    known: Knowledge,
    random: SeededRandom,
    knowledge: Map<string, Knowledge>,
  ): Promise<void> {
    const isDelete = known.contexts.length > 0 && random.chance(0.15);
    const value = isDelete ? undefined : text;
    const attempt: Attempt = { key, value, seen: known.seen, outcome: 'unknown' };
    this.#attempts.push(attempt);
    const options = { contexts: known.contexts, w: 2, timeoutMs: 500 };
    try {
      const result = isDelete
        ? await this.#cluster.delete(at, key, options)
        : await this.#cluster.put(at, key, text, options);
      attempt.outcome = 'acknowledged';
      const seen = new Set([...known.seen, ...(value === undefined ? [] : [value])]);
      knowledge.set(key, { contexts: [result.context], seen });
    } catch (error) {
      this.#expectClientError(error);
      attempt.outcome = isDefinite(error) ? 'failed' : 'unknown';
    }
  }

  #expectClientError(error: unknown): void {
    if (error instanceof TransportError) return;
    if (error instanceof QuorateError && error.status === 503) return;
    this.#violations.push(`a client met ${String(error)}`);
  }

  #pause(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#cluster.simulation.schedule(durationMs, resolve);
    });
  }

  async #injectFault(): Promise<void> {
    const cluster = this.#cluster;
    const random = this.#random;
    const down = cluster.nodeIds.filter((id) => !cluster.isUp(id));
    if (down.length > 0 && random.chance(0.5)) return cluster.start(random.pick(down));
    const victim = random.pick(cluster.nodeIds);
    const others = cluster.nodeIds.filter((id) => id !== victim);
    const { kills, powerLoss, slowDisks, partitions, lossyLinks, wipes, skewedClocks } =
      this.#faults;
    if (skewedClocks && random.chance(0.2)) {
      const skew = { offsetMs: random.below(60_000) - 30_000, rate: 0.9 + random.float() * 0.2 };
      cluster.skewClock(victim, skew);
    }
    switch (random.below(10)) {
      case 0:
        if (kills && cluster.isUp(victim)) cluster.kill(victim);
        return;
      case 1:
        if (powerLoss && cluster.isUp(victim)) cluster.losePower(victim);
        return;
      case 2:
        if (powerLoss) for (const id of cluster.up) cluster.losePower(id);
        return;
      case 3:
        if (slowDisks) cluster.disk(victim).timing = SLOW_DISK;
        return;
      case 4:
        if (partitions) cluster.network.cutBothWays([victim], others);
        return;
      case 5:
        if (partitions) cluster.network.cutOneWay([victim], others);
        return;
      case 6:
        if (lossyLinks) {
          cluster.network.defaults = {
            delayMsMin: 0.1,
            delayMsMax: 50,
            drop: 0.1,
            duplicate: 0.1,
            cut: false,
          };
        }
        return;
      case 7:
        if (wipes && !this.#wiped && down.length === 0) {
          this.#wiped = true;
          cluster.kill(victim);
          cluster.disk(victim).wipe();
        }
        return;
      default:
        cluster.network.heal();
        cluster.disk(victim).timing = QUICK_DISK;
    }
  }

  async #recover(): Promise<void> {
    this.#cluster.network.heal();
    for (const id of this.#cluster.nodeIds) {
      if (!this.#cluster.isUp(id)) await this.#cluster.start(id);
    }
    await this.#cluster.simulation.advance(10_000);
  }

  async #checkKeys(): Promise<void> {
    for (const key of KEYS) {
      const at = this.#random.pick(this.#cluster.nodeIds);
      const options = { r: 3, readRepair: 'blocking' } as const;
      const values = valuesOf(await this.#cluster.complete(this.#cluster.get(at, key, options)));
      this.#checkKey(key, values);
      for (const id of this.#cluster.nodeIds) {
        const local = valuesOf(await this.#cluster.complete(this.#cluster.get(id, key, { r: 1 })));
        if (local.join() !== values.join()) {
          this.#violations.push(`${id} has ${local} under ${key}, the others ${values}`);
        }
      }
    }
  }

  #checkKey(key: string, values: readonly string[]): void {
    const attempts = this.#attempts.filter((attempt) => attempt.key === key);
    const mayHaveHappened = attempts.filter(({ outcome }) => outcome !== 'failed');
    const superseded = new Set(mayHaveHappened.flatMap(({ seen }) => [...seen]));
    const overwritten = new Set(
      attempts.filter(({ outcome }) => outcome === 'acknowledged').flatMap(({ seen }) => [...seen]),
    );
    for (const { value, outcome } of attempts) {
      if (value === undefined) continue;
      const present = values.includes(value);
      if (outcome === 'acknowledged' && !present && !superseded.has(value)) {
        this.#violations.push(`lost: ${value} was acknowledged and nobody replaced it`);
      }
      if (present && overwritten.has(value)) {
        this.#violations.push(`resurrected: ${value} was replaced by an acknowledged write`);
      }
      if (present && outcome === 'failed') {
        this.#violations.push(`surfaced: ${value} was reported as definitely not written`);
      }
    }
  }

  #report(): RunReport {
    const count = (outcome: Attempt['outcome']) =>
      this.#attempts.filter((attempt) => attempt.outcome === outcome).length;
    const { simulation, fatalErrors } = this.#cluster;
    const fatal = fatalErrors.map((error) => `a node threw ${String(error)}`);
    return {
      traceHash: simulation.traceHash,
      acknowledged: count('acknowledged'),
      unknown: count('unknown'),
      failed: count('failed'),
      virtualMs: simulation.nowMs,
      violations: [...this.#violations, ...fatal],
    };
  }
}

function isDefinite(error: unknown): boolean {
  if (error instanceof TransportError) return error.neverSent;
  return error instanceof QuorateError && error.definite;
}
