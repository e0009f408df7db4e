/**
 * A random workload under random faults, decided by one seed: clients that write with what
 * they saw, with several contexts joined and with none, on clusters where every node keeps
 * every key (three nodes) and where requests are handed on (five). What they did and heard is
 * recorded and checked at the end, see history-check.ts.
 *
 * At most one disk is wiped in a run, which the check takes into account.
 */

import { QuorateError, TransportError } from '../../src/kernel/errors.ts';
import type { NodeId } from '../../src/kernel/names.ts';
import type { ReadRepairMode, ReadResult } from '../../src/node/index.ts';
import type { SeededRandom } from '../../src/sim/seeded-random.ts';
import { startCluster, type TestCluster, valuesOf } from './harness.ts';
import {
  MAJORITY,
  type Outcome,
  REPLICAS,
  type RecordedRead,
  type RecordedWrite,
  violationsOf,
} from './history-check.ts';
import { joined, type Knowledge, NOTHING, seenThrough } from './knowledge.ts';
import { RandomFaults } from './random-faults.ts';

const CLIENTS = 4;
/** Blind deletes may replace anything, which weakens the check: they keep to a key of their own. */
const BLIND_DELETES_KEY = 'c';
const KEYS = ['a', 'b', BLIND_DELETES_KEY];
const OPERATIONS_PER_CLIENT = 40;
const PAUSE_MS_MAX = 20;
/** After a failure: else clients would be through with their operations before what is down is up again. */
const BACK_OFF_MS_MAX = 400;
const FAULT_EVERY_MS = 30;
/** Now and then nothing happens for so long: a node that starts has to find its group. */
const LULL_MS = 2_000;
const LULL_CHANCE = 0.1;
/** Longer than any timeout in a node. */
const CALM_MS = 10_000;

export interface RunReport {
  readonly traceHash: string;
  readonly acknowledged: number;
  readonly unknown: number;
  readonly failed: number;
  readonly reads: number;
  readonly virtualMs: number;
  /** Empty in a correct run. */
  readonly violations: readonly string[];
}

export async function runWorkload(seed: number): Promise<RunReport> {
  const cluster = await startCluster(seed, { nodes: seed % 2 === 0 ? 5 : 3 });
  return new Run(cluster).execute();
}

class Run {
  readonly #cluster: TestCluster;
  readonly #random: SeededRandom;
  readonly #faults: RandomFaults;
  readonly #writes: RecordedWrite[] = [];
  readonly #reads: RecordedRead[] = [];
  readonly #surprises: string[] = [];
  #clientsRunning = CLIENTS;

  constructor(cluster: TestCluster) {
    this.#cluster = cluster;
    this.#random = cluster.simulation.random.fork();
    this.#faults = new RandomFaults(cluster, this.#random);
  }

  async execute(): Promise<RunReport> {
    const clients = Array.from({ length: CLIENTS }, (_, i) =>
      this.#client(`${i}`).finally(() => {
        this.#clientsRunning--;
      }),
    );
    const everybody = Promise.all(clients);
    everybody.catch(() => {});
    while (this.#clientsRunning > 0) {
      const lull = this.#random.chance(LULL_CHANCE);
      await this.#cluster.simulation.advance(lull ? LULL_MS : FAULT_EVERY_MS);
      await this.#faults.next();
    }
    await everybody;
    await this.#faults.end();
    await this.#cluster.simulation.advance(CALM_MS);
    for (const key of KEYS) await this.#converge(key);
    return this.#report();
  }

  async #client(name: string): Promise<void> {
    const random = this.#random.fork();
    const knowledge = new Map<string, Knowledge>();
    for (let i = 0; i < OPERATIONS_PER_CLIENT; i++) {
      await this.#cluster.pause(random.float() * PAUSE_MS_MAX);
      const at = this.#cluster.someNode(random);
      const key = random.pick(KEYS);
      const known = knowledge.get(key) ?? NOTHING;
      const learned = random.chance(0.4)
        ? await this.#readSomething(at, key, random)
        : await this.#writeSomething(at, key, `${key}-${name}-${i}`, known, random);
      if (learned === undefined) await this.#cluster.pause(random.float() * BACK_OFF_MS_MAX);
      else knowledge.set(key, random.chance(0.3) ? joined(known, learned) : learned);
    }
  }

  async #readSomething(
    at: NodeId,
    key: string,
    random: SeededRandom,
  ): Promise<Knowledge | undefined> {
    const r = random.pick([1, 2, 3]);
    const readRepair = random.pick(['async', 'blocking', 'off'] as const);
    try {
      const answer = await this.#read(at, key, r, readRepair);
      return { contexts: [answer.context], seen: seenThrough(valuesOf(answer), this.#writes) };
    } catch (error) {
      this.#expectClientError(error);
      return undefined;
    }
  }

  async #read(at: NodeId, key: string, r: number, readRepair: ReadRepairMode): Promise<ReadResult> {
    const beganMs = this.#cluster.simulation.nowMs;
    const answer = await this.#cluster.get(at, key, { r, readRepair });
    const blocking = readRepair === 'blocking';
    this.#record(beganMs, { key, at, r, blocking, values: valuesOf(answer) });
    return answer;
  }

  #record(beganMs: number, read: Omit<RecordedRead, 'beganMs' | 'endedMs'>): void {
    this.#reads.push({ ...read, beganMs, endedMs: this.#cluster.simulation.nowMs });
  }

  async #writeSomething(
    at: NodeId,
    key: string,
    text: string,
    known: Knowledge,
    random: SeededRandom,
  ): Promise<Knowledge | undefined> {
    const sent = random.chance(0.2) ? NOTHING : known;
    const mayDelete = sent.contexts.length > 0 || key === BLIND_DELETES_KEY;
    const value = mayDelete && random.chance(0.15) ? undefined : text;
    const isBlind = value === undefined && sent.contexts.length === 0;
    const write: RecordedWrite = {
      key,
      value,
      replaces: isBlind ? 'what a majority knows' : sent.seen,
      w: random.pick([1, 2, 2, 2, 3]),
      beganMs: this.#cluster.simulation.nowMs,
      outcome: 'unknown',
      endedMs: Number.POSITIVE_INFINITY,
    };
    this.#writes.push(write);
    const timeoutMs = random.pick([100, 500]);
    const options = { contexts: sent.contexts, w: write.w, timeoutMs };
    try {
      const { context } = await (value === undefined
        ? this.#cluster.delete(at, key, options)
        : this.#cluster.put(at, key, value, options));
      this.#end(write, 'acknowledged');
      return { contexts: [context], seen: new Set([...sent.seen, ...(value ? [value] : [])]) };
    } catch (error) {
      if (isBlind && isNotFound(error)) {
        this.#record(write.beganMs, { key, at, r: MAJORITY, blocking: false, values: [] });
      } else this.#expectClientError(error);
      if (isDefinite(error)) this.#end(write, 'failed');
      return undefined;
    }
  }

  #end(write: RecordedWrite, outcome: Outcome): void {
    write.outcome = outcome;
    write.endedMs = this.#cluster.simulation.nowMs;
  }

  #expectClientError(error: unknown): void {
    if (error instanceof TransportError) return;
    if (error instanceof QuorateError && error.status === 503) return;
    this.#surprises.push(`a client met ${String(error)}`);
  }

  /** After one blocking read of all replicas, each by itself answers the same. */
  async #converge(key: string): Promise<void> {
    const at = this.#random.pick(this.#cluster.nodeIds);
    const answer = await this.#cluster.complete(this.#read(at, key, REPLICAS, 'blocking'));
    const values = valuesOf(answer);
    for (const id of answer.quorum.reached) {
      const local = valuesOf(await this.#cluster.complete(this.#read(id, key, 1, 'off')));
      if (local.join() !== values.join()) {
        this.#surprises.push(`${id} has [${local}] under ${key}, all together [${values}]`);
      }
    }
  }

  #report(): RunReport {
    const count = (outcome: Outcome) =>
      this.#writes.filter((write) => write.outcome === outcome).length;
    const { simulation, fatalErrors } = this.#cluster;
    const { wipedAtMs } = this.#faults;
    return {
      traceHash: simulation.traceHash,
      acknowledged: count('acknowledged'),
      unknown: count('unknown'),
      failed: count('failed'),
      reads: this.#reads.length,
      virtualMs: simulation.nowMs,
      violations: [
        ...violationsOf({ writes: this.#writes, reads: this.#reads, wipedAtMs }),
        ...this.#surprises,
        ...fatalErrors.map((error) => `a node threw ${String(error)}`),
      ],
    };
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof QuorateError && error.code === 'not_found';
}

function isDefinite(error: unknown): boolean {
  if (error instanceof TransportError) return error.neverSent;
  return error instanceof QuorateError && error.definite;
}
