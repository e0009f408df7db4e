/**
 * A random workload under random faults, decided by one seed: clients that write with what
 * they saw, with several contexts joined and with none, on clusters where every node keeps
 * every key (three nodes) and where requests are handed on and fallbacks stand in (five). What they did and heard is
 * recorded and checked at the end (src/checkers/losses.ts and convergence.ts).
 *
 * At most one disk is wiped in a run, which the check takes into account.
 */

import { heardOfError } from '../../src/checkers/heard-error.ts';
import type { History, Quorum } from '../../src/checkers/history.ts';
import { Recorder } from '../../src/checkers/recorder.ts';
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
import { foundBy, violationsOf } from './histories.ts';
import { joined, type Knowledge, knowledgeAfter, NOTHING } from './knowledge.ts';
import { drain } from './places.ts';
import { type Asked, judgeQuorum } from './quorum-judge.ts';
import { RandomFaults } from './random-faults.ts';

/** So fast that rounds fall into everything else that happens. */
const REAP_EVERY_MS = 150;
/** For all that was deleted to be reaped, at the end. */
const REAPED_MS_MAX = 60_000;

const REPLICAS = 3;
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
  readonly history: History;
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

/** Who asks which node for what. */
interface Where {
  readonly process: number;
  readonly at: NodeId;
  readonly key: string;
}

class Run {
  readonly #cluster: TestCluster;
  readonly #random: SeededRandom;
  readonly #faults: RandomFaults;
  readonly #recorder: Recorder;
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
    this.#recorder = new Recorder(() => cluster.simulation.nowMs);
    this.#random = cluster.simulation.random.fork();
    this.#faults = new RandomFaults(cluster, this.#random);
    this.#repairModes = this.#random.chance(0.5) ? ['off'] : ['async', 'blocking', 'off'];
  }

  async execute(): Promise<RunReport> {
    const clients = Array.from({ length: CLIENTS }, (_, i) =>
      this.#client(i).finally(() => {
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

  async #client(process: number): Promise<void> {
    const random = this.#random.fork();
    const knowledge = new Map<string, Knowledge>();
    for (let i = 0; i < OPERATIONS_PER_CLIENT; i++) {
      await this.#cluster.pause(random.float() * PAUSE_MS_MAX);
      const at = this.#cluster.someNode(random);
      const key = random.pick(KEYS);
      const known = knowledge.get(key) ?? NOTHING;
      const learned = random.chance(0.4)
        ? await this.#readSomething({ process, at, key }, random)
        : await this.#writeSomething({ process, at, key }, `${key}-${process}-${i}`, known, random);
      if (learned === undefined) await this.#cluster.pause(random.float() * BACK_OFF_MS_MAX);
      else knowledge.set(key, random.chance(0.3) ? joined(known, learned) : learned);
    }
  }

  async #readSomething(where: Where, random: SeededRandom): Promise<Knowledge | undefined> {
    const r = random.pick([1, 2, 3]);
    const pr = random.chance(0.2) ? random.pick([1, 2, 3]) : 0;
    const readRepair = random.pick(this.#repairModes);
    const sloppy = random.chance(SLOPPY_CHANCE);
    try {
      const answer = await this.#read(where, { r, pr, readRepair, sloppy });
      return { contexts: [answer.context], shown: new Set(valuesOf(answer)) };
    } catch (error) {
      this.#expectClientError(error);
      return undefined;
    }
  }

  async #read(
    where: Where & { readonly final?: true },
    options: ReadOptions & { readonly r: number },
  ): Promise<ReadResult> {
    const { readRepair, sloppy = true, r, pr } = options;
    // Answers count for the larger of the two.
    const asked = { needed: Math.max(r, Number(pr ?? 0)), ofPrimaries: Number(pr ?? 0), sloppy };
    const quorum: Quorum = {
      n: REPLICAS,
      needed: asked.needed,
      strict: !sloppy || this.#isFull,
      ...(readRepair === 'blocking' && { blocking: true }),
    };
    const end = this.#recorder.begin({ op: 'read', ...where, quorum });
    try {
      const answer = await this.#cluster.get(where.at, where.key, options);
      const counted = this.#counted(answer.quorum, asked);
      end({ outcome: 'ok', output: foundBy(answer), quorum: { ...quorum, ...counted } });
      return answer;
    } catch (error) {
      end(heardOfError(error));
      throw error;
    }
  }

  /** Who was counted; there must be as many as were asked for. */
  #counted(
    quorum: QuorumReport,
    asked: Asked,
  ): Pick<Quorum, 'primaries' | 'fallbacks' | 'reached'> {
    const { primaries, fallbacks, fault } = judgeQuorum(quorum, asked);
    if (fault !== undefined) this.#surprises.push(fault);
    if (fallbacks > 0) this.#sloppy++;
    return { primaries, fallbacks, reached: quorum.reached };
  }

  async #writeSomething(
    where: Where,
    text: string,
    known: Knowledge,
    random: SeededRandom,
  ): Promise<Knowledge | undefined> {
    const { at, key } = where;
    const sent = random.chance(0.2) ? NOTHING : known;
    const mayDelete = sent.contexts.length > 0 || key === BLIND_DELETES_KEY;
    const deleteChance = DELETED_OFTEN.includes(key) ? 0.6 : 0.15;
    const value = mayDelete && random.chance(deleteChance) ? undefined : text;
    const isBlind = value === undefined && sent.contexts.length === 0;
    const sloppy = random.chance(SLOPPY_CHANCE);
    const pw = random.chance(0.2) ? random.pick([1, 2, 3]) : 0;
    const w = Math.max(pw, random.pick([1, 2, 2, 2, 3]));
    const quorum = { n: REPLICAS, needed: w, strict: !sloppy || this.#isFull };
    const replaced = isBlind ? {} : { replaces: { values: [...sent.shown] } };
    const end = this.#recorder.begin({
      ...(value === undefined ? { op: 'delete' } : { op: 'write', value }),
      ...where,
      ...replaced,
      quorum,
    });
    const timeoutMs = random.pick([100, 500]);
    const options = { contexts: sent.contexts, w, pw, sloppy, timeoutMs };
    try {
      const answer = await (value === undefined
        ? this.#cluster.delete(at, key, options)
        : this.#cluster.put(at, key, value, options));
      const counted = this.#counted(answer.quorum, { needed: w, ofPrimaries: pw, sloppy });
      end({ outcome: 'ok', quorum: { ...quorum, ...counted } });
      return knowledgeAfter(value, sent, answer.context);
    } catch (error) {
      if (isBlind && isNotFound(error)) {
        end({ outcome: 'ok', output: { applied: false } });
        return undefined;
      }
      end(heardOfError(error));
      this.#expectClientError(error);
      return undefined;
    }
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
    const where = { process: CLIENTS, key, final: true } as const;
    const all = { r: REPLICAS, readRepair: 'blocking', sloppy: false } as const;
    const answer = await this.#cluster.complete(this.#read({ ...where, at }, all));
    for (const id of answer.quorum.reached) {
      const alone = { r: 1, readRepair: 'off', sloppy: false } as const;
      await this.#cluster.complete(this.#read({ ...where, at: id }, alone));
    }
  }

  #reaped(): number {
    const { nodeIds, metrics } = this.#cluster;
    return nodeIds.reduce((sum, id) => sum + (metrics.get(id)?.value('reaped_keys_total') ?? 0), 0);
  }

  #report(): RunReport {
    const { simulation, fatalErrors } = this.#cluster;
    const history = this.#recorder.history(this.#faults.windows);
    const answered = history.operations.filter(
      ({ op, outcome }) => op === 'read' && outcome === 'ok',
    );
    return {
      traceHash: simulation.traceHash,
      history,
      acknowledged: this.#recorder.count('ok'),
      unknown: this.#recorder.count('unknown'),
      failed: this.#recorder.count('fail'),
      reads: answered.length,
      sloppy: this.#sloppy,
      reaped: this.#reaped(),
      virtualMs: simulation.nowMs,
      violations: [
        ...violationsOf(history, ['losses', 'convergence']),
        ...this.#surprises,
        ...fatalErrors.map((error) => `a node threw ${String(error)}`),
      ],
    };
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof QuorateError && error.code === 'not_found';
}
