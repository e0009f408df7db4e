/**
 * Clients of a cluster whose ring changes: they read, write and delete at quorums that overlap,
 * or not, in buckets of every n, and remember what they did and heard for history-check.ts.
 */

import { QuorateError, TransportError } from '../../../src/kernel/errors.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import type { QuorumReport, ReadRepairMode } from '../../../src/node/index.ts';
import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { type TestCluster, valuesOf } from '../harness.ts';
import { REPLICAS, type RecordedRead, type RecordedWrite } from '../history-check.ts';
import { joined, type Knowledge, NOTHING, seenThrough } from '../knowledge.ts';

export interface TestBucket {
  readonly name: string;
  readonly n: number;
  readonly keys: readonly string[];
}

export interface ClientsConfig {
  readonly buckets: readonly TestBucket[];
  /** Fallbacks may stand in. */
  readonly sloppy: boolean;
  /** Levels are quorums, which survive the death of one replica. */
  readonly onlyQuorums: boolean;
}

const CLIENTS = 4;
const PAUSE_MS_MAX = 40;
const BACK_OFF_MS_MAX = 200;

export class RingClients {
  readonly writes: RecordedWrite[] = [];
  readonly reads: RecordedRead[] = [];
  readonly surprises: string[] = [];
  readonly #cluster: TestCluster;
  readonly #config: ClientsConfig;
  readonly #repairModes: readonly ReadRepairMode[];
  #going = true;

  constructor(cluster: TestCluster, random: SeededRandom, config: ClientsConfig) {
    this.#cluster = cluster;
    this.#config = config;
    this.#repairModes = random.chance(0.5) ? ['off'] : ['async', 'blocking', 'off'];
  }

  async run(random: SeededRandom): Promise<void> {
    await Promise.all(
      Array.from({ length: CLIENTS }, (_, i) => this.#client(`${i}`, random.fork())),
    );
  }

  stop(): void {
    this.#going = false;
  }

  /** One read of each key, of all its replicas, by which everything is accounted for. */
  async readAll(at: NodeId): Promise<void> {
    for (const bucket of this.#config.buckets) {
      for (const key of bucket.keys) await this.#cluster.complete(this.#readAt(at, bucket, key));
    }
  }

  async #readAt(at: NodeId, bucket: TestBucket, key: string): Promise<void> {
    const r = bucket.n;
    try {
      await this.#read(at, bucket, key, { r, readRepair: 'off', atTheEnd: true });
    } catch (error) {
      this.surprises.push(`${key} cannot be read at the end: ${String(error)}`);
    }
  }

  async #client(name: string, random: SeededRandom): Promise<void> {
    const knowledge = new Map<string, Knowledge>();
    for (let i = 0; this.#going; i++) {
      await this.#cluster.pause(random.float() * PAUSE_MS_MAX);
      const at = this.#cluster.someNode(random);
      const bucket = random.pick(this.#config.buckets);
      const key = random.pick(bucket.keys);
      const known = knowledge.get(key) ?? NOTHING;
      try {
        const learned = random.chance(0.5)
          ? await this.#readSomething(at, bucket, key, random)
          : await this.#writeSomething(at, bucket, key, `${key}-${name}-${i}`, known, random);
        knowledge.set(key, random.chance(0.3) ? joined(known, learned) : learned);
      } catch (error) {
        this.#expectClientError(error);
        await this.#cluster.pause(random.float() * BACK_OFF_MS_MAX);
      }
    }
  }

  #levelOf({ n }: TestBucket, random: SeededRandom): number {
    const quorum = Math.floor(n / 2) + 1;
    if (this.#config.onlyQuorums || random.chance(0.6)) return quorum;
    return 1 + random.below(n);
  }

  async #readSomething(
    at: NodeId,
    bucket: TestBucket,
    key: string,
    random: SeededRandom,
  ): Promise<Knowledge> {
    const r = this.#levelOf(bucket, random);
    const readRepair = random.pick(this.#repairModes);
    return this.#read(at, bucket, key, { r, readRepair, atTheEnd: false });
  }

  async #read(
    at: NodeId,
    { name, n }: TestBucket,
    key: string,
    how: { readonly r: number; readonly readRepair: ReadRepairMode; readonly atTheEnd: boolean },
  ): Promise<Knowledge> {
    const { r, readRepair, atTheEnd } = how;
    const { sloppy } = this.#config;
    const beganMs = this.#cluster.simulation.nowMs;
    const options = { bucket: name, r, readRepair, sloppy, timeoutMs: 1_000 };
    const answer = await this.#cluster.get(at, key, options);
    this.reads.push({
      key,
      at,
      r: asOfThree(n, r),
      reached: answer.quorum.reached,
      primaries: asOfThree(n, this.#primaries(r, answer.quorum)),
      blocking: readRepair === 'blocking',
      atTheEnd,
      beganMs,
      endedMs: this.#cluster.simulation.nowMs,
      values: valuesOf(answer),
    });
    return { contexts: [answer.context], seen: seenThrough(valuesOf(answer), this.writes) };
  }

  async #writeSomething(
    at: NodeId,
    bucket: TestBucket,
    key: string,
    text: string,
    known: Knowledge,
    random: SeededRandom,
  ): Promise<Knowledge> {
    const cluster = this.#cluster;
    const { name, n } = bucket;
    const sent = random.chance(0.15) ? NOTHING : known;
    const isDelete = sent.contexts.length > 0 && random.chance(0.3);
    const value = isDelete ? undefined : text;
    const w = this.#levelOf(bucket, random);
    const { sloppy } = this.#config;
    const write: RecordedWrite = {
      key,
      value,
      replaces: sent.seen,
      w: asOfThree(n, w),
      primaries: 0,
      strict: !sloppy,
      beganMs: cluster.simulation.nowMs,
      outcome: 'unknown',
      endedMs: Number.POSITIVE_INFINITY,
    };
    this.writes.push(write);
    const timeoutMs = random.pick([200, 1_000]);
    const options = { bucket: name, contexts: sent.contexts, w, sloppy, timeoutMs };
    try {
      const { context, quorum } = await (value === undefined
        ? cluster.delete(at, key, options)
        : cluster.put(at, key, value, options));
      write.primaries = asOfThree(n, this.#primaries(w, quorum));
      this.#end(write, 'acknowledged');
      return { contexts: [context], seen: new Set([...sent.seen, ...(value ? [value] : [])]) };
    } catch (error) {
      if (isDefinite(error)) this.#end(write, 'failed');
      throw error;
    }
  }

  #end(write: RecordedWrite, outcome: RecordedWrite['outcome']): void {
    write.outcome = outcome;
    write.endedMs = this.#cluster.simulation.nowMs;
  }

  /** So many replicas at least were counted, of each list that was asked. */
  #primaries(needed: number, { reached, standIns }: QuorumReport): number {
    const fallbacks = reached.filter((node) => Object.hasOwn(standIns, node)).length;
    if (fallbacks > 0 && !this.#config.sloppy) {
      this.surprises.push(`${reached} were counted: ${JSON.stringify(standIns)}`);
    }
    return Math.max(0, needed - fallbacks);
  }

  #expectClientError(error: unknown): void {
    if (error instanceof TransportError) return;
    if (error instanceof QuorateError && error.status === 503) return;
    this.surprises.push(`a client met ${String(error)}`);
  }
}

/** The check reckons with three replicas: of fewer, all are as good as all of three. */
function asOfThree(n: number, count: number): number {
  return count >= n ? REPLICAS : count;
}

function isDefinite(error: unknown): boolean {
  if (error instanceof TransportError) return error.neverSent;
  return error instanceof QuorateError && error.definite;
}
