/**
 * Clients of a cluster whose ring changes: they read, write and delete at quorums that overlap,
 * or not, in buckets of every n, and record what they did and heard.
 */

import { heardOfError } from '../../../src/checkers/heard-error.ts';
import type { Quorum } from '../../../src/checkers/history.ts';
import { Recorder } from '../../../src/checkers/recorder.ts';
import { QuorateError, TransportError } from '../../../src/kernel/errors.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import type { QuorumReport, ReadRepairMode } from '../../../src/node/index.ts';
import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { type TestCluster, valuesOf } from '../harness.ts';
import { foundBy } from '../histories.ts';
import { joined, type Knowledge, knowledgeAfter, NOTHING } from '../knowledge.ts';

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

/** Who asks which node for what. */
interface Where {
  readonly process: number;
  readonly at: NodeId;
  readonly bucket: TestBucket;
  readonly key: string;
}

export class RingClients {
  readonly recorder: Recorder;
  readonly surprises: string[] = [];
  readonly #cluster: TestCluster;
  readonly #config: ClientsConfig;
  readonly #repairModes: readonly ReadRepairMode[];
  #going = true;

  constructor(cluster: TestCluster, random: SeededRandom, config: ClientsConfig) {
    this.recorder = new Recorder(() => cluster.simulation.nowMs);
    this.#cluster = cluster;
    this.#config = config;
    this.#repairModes = random.chance(0.5) ? ['off'] : ['async', 'blocking', 'off'];
  }

  async run(random: SeededRandom): Promise<void> {
    await Promise.all(Array.from({ length: CLIENTS }, (_, i) => this.#client(i, random.fork())));
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
      const where = { process: CLIENTS, at, bucket, key, final: true } as const;
      await this.#read(where, { r, readRepair: 'off' });
    } catch (error) {
      this.surprises.push(`${key} cannot be read at the end: ${String(error)}`);
    }
  }

  async #client(process: number, random: SeededRandom): Promise<void> {
    const knowledge = new Map<string, Knowledge>();
    for (let i = 0; this.#going; i++) {
      await this.#cluster.pause(random.float() * PAUSE_MS_MAX);
      const at = this.#cluster.someNode(random);
      const bucket = random.pick(this.#config.buckets);
      const key = random.pick(bucket.keys);
      const known = knowledge.get(key) ?? NOTHING;
      const where = { process, at, bucket, key };
      try {
        const learned = random.chance(0.5)
          ? await this.#readSomething(where, random)
          : await this.#writeSomething(where, `${key}-${process}-${i}`, known, random);
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

  async #readSomething(where: Where, random: SeededRandom): Promise<Knowledge> {
    const r = this.#levelOf(where.bucket, random);
    const readRepair = random.pick(this.#repairModes);
    return this.#read(where, { r, readRepair });
  }

  async #read(
    { bucket: { name, n }, ...where }: Where & { readonly final?: true },
    { r, readRepair }: { readonly r: number; readonly readRepair: ReadRepairMode },
  ): Promise<Knowledge> {
    const { sloppy } = this.#config;
    const blocking = readRepair === 'blocking' && ({ blocking: true } as const);
    const quorum = { n, needed: r, strict: !sloppy, ...blocking };
    const end = this.recorder.begin({ op: 'read', ...where, quorum });
    try {
      const options = { bucket: name, r, readRepair, sloppy, timeoutMs: 1_000 };
      const answer = await this.#cluster.get(where.at, where.key, options);
      const counted = this.#counted(r, answer.quorum);
      end({ outcome: 'ok', output: foundBy(answer), quorum: { ...quorum, ...counted } });
      return { contexts: [answer.context], shown: new Set(valuesOf(answer)) };
    } catch (error) {
      end(heardOfError(error));
      throw error;
    }
  }

  async #writeSomething(
    { bucket, ...where }: Where,
    text: string,
    known: Knowledge,
    random: SeededRandom,
  ): Promise<Knowledge> {
    const cluster = this.#cluster;
    const { at, key } = where;
    const { name, n } = bucket;
    const sent = random.chance(0.15) ? NOTHING : known;
    const isDelete = sent.contexts.length > 0 && random.chance(0.3);
    const value = isDelete ? undefined : text;
    const w = this.#levelOf(bucket, random);
    const { sloppy } = this.#config;
    const quorum = { n, needed: w, strict: !sloppy };
    const end = this.recorder.begin({
      ...(value === undefined ? { op: 'delete' } : { op: 'write', value }),
      ...where,
      replaces: { values: [...sent.shown] },
      quorum,
    });
    const timeoutMs = random.pick([200, 1_000]);
    const options = { bucket: name, contexts: sent.contexts, w, sloppy, timeoutMs };
    try {
      const answer = await (value === undefined
        ? cluster.delete(at, key, options)
        : cluster.put(at, key, value, options));
      end({ outcome: 'ok', quorum: { ...quorum, ...this.#counted(w, answer.quorum) } });
      return knowledgeAfter(value, sent, answer.context);
    } catch (error) {
      end(heardOfError(error));
      throw error;
    }
  }

  /** So many replicas at least were counted, of each list that was asked. */
  #counted(
    needed: number,
    { reached, standIns }: QuorumReport,
  ): Pick<Quorum, 'primaries' | 'fallbacks' | 'reached'> {
    const fallbacks = reached.filter((node) => Object.hasOwn(standIns, node)).length;
    if (fallbacks > 0 && !this.#config.sloppy) {
      this.surprises.push(`${reached} were counted: ${JSON.stringify(standIns)}`);
    }
    return { primaries: Math.max(0, needed - fallbacks), fallbacks, reached };
  }

  #expectClientError(error: unknown): void {
    if (error instanceof TransportError) return;
    if (error instanceof QuorateError && error.status === 503) return;
    this.surprises.push(`a client met ${String(error)}`);
  }
}
