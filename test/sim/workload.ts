/**
 * A random workload under random faults, decided by one seed: clients that write with what
 * they saw, with several contexts joined and with none, on clusters where every node keeps
 * every key (three nodes) and where requests are handed on and fallbacks stand in (five). What they did and heard is
 * recorded and checked at the end, see history-check.ts.
 *
 * At most one disk is wiped in a run, which the check takes into account.
 */

import { QuorateError, TransportError } from '../../src/kernel/errors.ts';
import type { NodeId } from '../../src/kernel/names.ts';
import {
  DEFAULT_COMPARE_EVERY_MS,
  type QuorumReport,
  type ReadRepairMode,
  type ReadResult,
} from '../../src/node/index.ts';
import type { SeededRandom } from '../../src/sim/seeded-random.ts';
import { whatStaysApart } from './agreement.ts';
import { tombstonesOn } from './disks.ts';
import { type ReadOptions, startCluster, type TestCluster, valuesOf } from './harness.ts';
import {
  MAJORITY,
  type Outcome,
  REPLICAS,
  type RecordedRead,
  type RecordedWrite,
  violationsOf,
} from './history-check.ts';
import { joined, type Knowledge, NOTHING, seenThrough } from './knowledge.ts';
import { drain } from './places.ts';
import { type Asked, judgeQuorum } from './quorum-judge.ts';
import { RandomFaults } from './random-faults.ts';

/** So fast that rounds fall into everything else that happens. */
const REAP_EVERY_MS = 150;
/** For all that was deleted to be reaped, at the end. */
const REAPED_MS_MAX = 60_000;

const CLIENTS = 4;
const SLOPPY_CHANCE = 0.7;
/** Blind deletes may replace anything, which weakens the check: they keep to a key of their own. */
const BLIND_DELETES_KEY = 'c';
/** Deleted again and again, so that there is something to reap. */
const DELETED_OFTEN: readonly string[] = ['d', 'e', 'f'];
const KEYS = ['a', 'b', BLIND_DELETES_KEY, ...DELETED_OFTEN];
const OPERATIONS_PER_CLIENT = 60;
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
  /** Acknowledged writes and answered reads in which a fallback counted. */
  readonly sloppy: number;
  /** Keys removed from all their replicas. */
  readonly reaped: number;
  readonly virtualMs: number;
  /** Empty in a correct run. */
  readonly violations: readonly string[];
}

export async function runWorkload(seed: number): Promise<RunReport> {
  const nodes = seed % 2 === 0 ? 5 : 3;
  const cluster = await startCluster(seed, {
    nodes,
    compareEveryMs: DEFAULT_COMPARE_EVERY_MS,
    reapEveryMs: REAP_EVERY_MS,
  });
  return new Run(cluster).execute();
}

class Run {
  readonly #cluster: TestCluster;
  readonly #random: SeededRandom;
  readonly #faults: RandomFaults;
  readonly #writes: RecordedWrite[] = [];
  readonly #reads: RecordedRead[] = [];
  readonly #surprises: string[] = [];
  /** All nodes keep every key, so nobody can stand in. */
  readonly #isFull: boolean;
  /** In some runs reads mend nothing. */
  readonly #repairModes: readonly ReadRepairMode[];
  #sloppy = 0;
  #clientsRunning = CLIENTS;

  constructor(cluster: TestCluster) {
    this.#cluster = cluster;
    this.#isFull = cluster.nodeIds.length === REPLICAS;
    this.#random = cluster.simulation.random.fork();
    this.#faults = new RandomFaults(cluster, this.#random);
    this.#repairModes = this.#random.chance(0.5) ? ['off'] : ['async', 'blocking', 'off'];
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
    await this.#drain();
    this.#surprises.push(...(await whatStaysApart(this.#cluster)));
    for (const key of KEYS) await this.#converge(key);
    await this.#reapAll();
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
    const pr = random.chance(0.2) ? random.pick([1, 2, 3]) : 0;
    const readRepair = random.pick(this.#repairModes);
    const sloppy = random.chance(SLOPPY_CHANCE);
    try {
      const answer = await this.#read(at, key, { r, pr, readRepair, sloppy });
      return { contexts: [answer.context], seen: seenThrough(valuesOf(answer), this.#writes) };
    } catch (error) {
      this.#expectClientError(error);
      return undefined;
    }
  }

  async #read(
    at: NodeId,
    key: string,
    options: ReadOptions & { readonly r: number },
    atTheEnd = false,
  ): Promise<ReadResult> {
    const beganMs = this.#cluster.simulation.nowMs;
    const answer = await this.#cluster.get(at, key, options);
    const { readRepair, sloppy = true } = options;
    // Answers count for the larger of the two.
    const pr = Number(options.pr ?? 0);
    const r = Math.max(options.r, pr);
    const primaries = this.#primariesOf(answer.quorum, { needed: r, ofPrimaries: pr, sloppy });
    const blocking = readRepair === 'blocking';
    this.#record(beganMs, {
      key,
      at,
      r,
      reached: answer.quorum.reached,
      primaries,
      blocking,
      atTheEnd,
      values: valuesOf(answer),
    });
    return answer;
  }

  /** How many of those counted are replicas; there must be as many as were asked for. */
  #primariesOf(quorum: QuorumReport, asked: Asked): number {
    const { primaries, fallbacks, fault } = judgeQuorum(quorum, asked);
    if (fault !== undefined) this.#surprises.push(fault);
    if (fallbacks > 0) this.#sloppy++;
    return primaries;
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
    const deleteChance = DELETED_OFTEN.includes(key) ? 0.6 : 0.15;
    const value = mayDelete && random.chance(deleteChance) ? undefined : text;
    const isBlind = value === undefined && sent.contexts.length === 0;
    const sloppy = random.chance(SLOPPY_CHANCE);
    const pw = random.chance(0.2) ? random.pick([1, 2, 3]) : 0;
    const write: RecordedWrite = {
      key,
      value,
      replaces: isBlind ? 'what a majority knows' : sent.seen,
      w: Math.max(pw, random.pick([1, 2, 2, 2, 3])),
      primaries: 0,
      strict: !sloppy || this.#isFull,
      beganMs: this.#cluster.simulation.nowMs,
      outcome: 'unknown',
      endedMs: Number.POSITIVE_INFINITY,
    };
    this.#writes.push(write);
    const timeoutMs = random.pick([100, 500]);
    const options = { contexts: sent.contexts, w: write.w, pw, sloppy, timeoutMs };
    try {
      const { context, quorum } = await (value === undefined
        ? this.#cluster.delete(at, key, options)
        : this.#cluster.put(at, key, value, options));
      const { w } = write;
      write.primaries = this.#primariesOf(quorum, { needed: w, ofPrimaries: pw, sloppy });
      this.#end(write, 'acknowledged');
      return { contexts: [context], seen: new Set([...sent.seen, ...(value ? [value] : [])]) };
    } catch (error) {
      if (isBlind && isNotFound(error)) {
        this.#recordAbsence(write, at);
      } else this.#expectClientError(error);
      if (isDefinite(error)) this.#end(write, 'failed');
      return undefined;
    }
  }

  /** A delete found nothing to delete: it read a majority. */
  #recordAbsence({ key, beganMs, strict }: RecordedWrite, at: NodeId): void {
    const primaries = strict ? MAJORITY : 0;
    const levels = { r: MAJORITY, primaries, blocking: false, atTheEnd: false };
    this.#record(beganMs, { key, at, reached: [], ...levels, values: [] });
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

  async #drain(): Promise<void> {
    try {
      await drain(this.#cluster);
    } catch (error) {
      this.#surprises.push(String(error));
    }
  }

  /** Once all is calm, no tombstone stays. */
  async #reapAll(): Promise<void> {
    const untilMs = this.#cluster.simulation.nowMs + REAPED_MS_MAX;
    while (tombstonesOn(this.#cluster).length > 0) {
      if (this.#cluster.simulation.nowMs > untilMs) {
        this.#surprises.push(`are not reaped: ${tombstonesOn(this.#cluster)}`);
        return;
      }
      await this.#cluster.simulation.advance(200);
    }
  }

  /** After one blocking read of all replicas, each by itself answers the same. */
  async #converge(key: string): Promise<void> {
    const at = this.#random.pick(this.#cluster.nodeIds);
    const all = { r: REPLICAS, readRepair: 'blocking', sloppy: false } as const;
    const answer = await this.#cluster.complete(this.#read(at, key, all, true));
    const values = valuesOf(answer);
    for (const id of answer.quorum.reached) {
      const alone = { r: 1, readRepair: 'off', sloppy: false } as const;
      const local = valuesOf(await this.#cluster.complete(this.#read(id, key, alone)));
      if (local.join() !== values.join()) {
        this.#surprises.push(`${id} has [${local}] under ${key}, all together [${values}]`);
      }
    }
  }

  #reaped(): number {
    const { nodeIds, metrics } = this.#cluster;
    return nodeIds.reduce((sum, id) => sum + (metrics.get(id)?.value('reaped_keys_total') ?? 0), 0);
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
      sloppy: this.#sloppy,
      reaped: this.#reaped(),
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
