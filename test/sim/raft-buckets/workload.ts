/**
 * Clients of raft buckets under random faults, decided by one seed. All that they did and
 * heard must be linearizable, who counts must have counted right, and when everything works
 * again, every node must serve.
 */

import type { History } from '../../../src/checkers/history.ts';
import { Recorder } from '../../../src/checkers/recorder.ts';
import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { startCluster, type TestCluster } from '../harness.ts';
import { violationsOf } from '../histories.ts';
import { RandomFaults } from '../random-faults.ts';
import { CountingClient, sumOfCounts } from './counting-client.ts';
import { type Coverage, countHistory } from './coverage.ts';
import { GroupObserver } from './group-observer.ts';
import { RecordingClient } from './recording-client.ts';
import { SimAccess } from './sim-access.ts';
import { setSnapshotPace } from './snapshot-pace.ts';

const CLIENTS = 6;
const OPERATIONS_PER_CLIENT = 40;
/** Beside them, each under a key of its own. */
const COUNTING_CLIENTS = 2;
const INCREMENTS_PER_CLIENT = 40;
const COUNTER_BUCKET = 'precious';
/** Few keys, so that operations meet; the same key in two buckets is two keys. */
const KEYS = [
  ['precious', 'a'],
  ['precious', 'b'],
  ['dear', 'a'],
] as const;
const BUCKETS = ['precious', 'dear'].map((name) => ({ name, mode: 'raft' as const }));
const PAUSE_MS_MAX = 40;
/** After a failure: else clients would be through before what is down is up again. */
const BACK_OFF_MS_MAX = 400;
const TIMEOUTS_MS = [100, 500, 2_000];
/** A group that is struck again before it could elect anybody does nothing. */
const FAULT_EVERY_MS = [100, 300, 1_000];
/** Long enough for a silent voter to be replaced. */
const LULL_MS = 11_000;
const LULL_CHANCE = 0.03;
/** After so many a member makes a snapshot, in every other run. */
const SNAPSHOT_ENTRIES = 15;
/** For one request when everything works again. */
const HEALED_TIMEOUT_MS = 5_000;

export interface RunReport {
  readonly seed: number;
  readonly traceHash: string;
  readonly history: History;
  readonly coverage: Coverage;
  /** With the line that runs it again; undefined of a correct run. */
  readonly violation: string | undefined;
}

export async function runWorkload(seed: number): Promise<RunReport> {
  setSnapshotPace(seed % 2 === 0 ? SNAPSHOT_ENTRIES : Number.POSITIVE_INFINITY);
  const cluster = await startCluster(seed, { nodes: 3 + (seed % 3), buckets: BUCKETS });
  return new Run(cluster).execute();
}

/** From a shell: the same run again. */
export function replayLine(seed: number): string {
  return `FIRST_SEED=${seed} SEEDS=1 npx vitest run --config vitest.soak.config.ts raft-buckets`;
}

class Run {
  readonly #cluster: TestCluster;
  readonly #random: SeededRandom;
  readonly #faults: RandomFaults;
  readonly #recorder: Recorder;
  readonly #stuck: string[] = [];
  readonly #observer: GroupObserver;
  readonly #counters: readonly CountingClient[];
  #clientsRunning = CLIENTS + COUNTING_CLIENTS;

  constructor(cluster: TestCluster) {
    this.#cluster = cluster;
    const now = () => cluster.simulation.nowMs;
    this.#recorder = new Recorder(now);
    this.#random = cluster.simulation.random.fork();
    this.#faults = new RandomFaults(cluster, this.#random);
    this.#observer = new GroupObserver(cluster);
    this.#counters = Array.from({ length: COUNTING_CLIENTS }, (_, i) => {
      const world = { recorder: this.#recorder, wallTime: now };
      return new CountingClient(CLIENTS + i, world, this.#random.fork());
    });
  }

  async execute(): Promise<RunReport> {
    // A node that cannot start from its own disk, or a simulation with nothing left to happen.
    const failure = await this.#live().then(() => undefined, textOfError);
    return this.#report(failure);
  }

  async #live(): Promise<void> {
    await this.#strikeWhile(this.#clients());
    await this.#faults.end();
    await this.#cluster.complete(this.#useEveryNode());
    await this.#observer.look();
  }

  #clients(): Promise<unknown> {
    const working = Array.from({ length: CLIENTS }, (_, process) => this.#work(process));
    const counting = this.#counters.map((counter) => this.#count(counter));
    const everybody = Promise.all(
      [...working, ...counting].map((client) =>
        client.finally(() => {
          this.#clientsRunning--;
        }),
      ),
    );
    everybody.catch(() => {});
    return everybody;
  }

  async #strikeWhile(clients: Promise<unknown>): Promise<void> {
    const random = this.#random;
    const everyMs = random.pick(FAULT_EVERY_MS);
    while (this.#clientsRunning > 0) {
      const lull = random.chance(LULL_CHANCE);
      await this.#cluster.simulation.advance(lull ? LULL_MS : random.float() * 2 * everyMs);
      await this.#observer.look();
      await this.#faults.next();
    }
    await clients;
  }

  async #work(process: number): Promise<void> {
    const random = this.#random.fork();
    const client = this.#newClient(process);
    for (let i = 0; i < OPERATIONS_PER_CLIENT; i++) {
      await this.#cluster.pause(random.float() * PAUSE_MS_MAX);
      const [bucket, key] = random.pick(KEYS);
      const at = this.#cluster.someNode(random);
      const access = new SimAccess(this.#cluster, at, bucket, random.pick(TIMEOUTS_MS));
      const outcome = await client.doSomething(access, key);
      if (outcome !== 'ok') await this.#cluster.pause(random.float() * BACK_OFF_MS_MAX);
    }
  }

  async #count(counter: CountingClient): Promise<void> {
    const random = this.#random.fork();
    for (let i = 0; i < INCREMENTS_PER_CLIENT; i++) {
      await this.#cluster.pause(random.float() * PAUSE_MS_MAX);
      const at = this.#cluster.someNode(random);
      const access = new SimAccess(this.#cluster, at, COUNTER_BUCKET, random.pick(TIMEOUTS_MS));
      if (await counter.step(access)) continue;
      await this.#cluster.pause(random.float() * BACK_OFF_MS_MAX);
    }
  }

  /** Everything works again: every node writes and reads every key at the first attempt. */
  async #useEveryNode(): Promise<void> {
    for (const [i, at] of this.#cluster.nodeIds.entries()) {
      const client = this.#newClient(CLIENTS + COUNTING_CLIENTS + i);
      for (const [bucket, key] of KEYS) {
        const access = new SimAccess(this.#cluster, at, bucket, HEALED_TIMEOUT_MS);
        const outcomes = [await client.read(access, key), await client.write(access, key)];
        if (outcomes.every((outcome) => outcome === 'ok')) continue;
        this.#stuck.push(`everything works again, but at ${at} read and write were ${outcomes}`);
      }
      const access = new SimAccess(this.#cluster, at, COUNTER_BUCKET, HEALED_TIMEOUT_MS);
      await this.#readCounts(client, access);
    }
  }

  /** What was in doubt is known by now. */
  async #readCounts(client: RecordingClient, access: SimAccess): Promise<void> {
    for (const counter of this.#counters) {
      const isCertain = counter.isCertain || (await counter.goOn(access));
      if (isCertain && (await client.read(access, counter.key)) === 'ok') continue;
      this.#stuck.push(`everything works again, but at ${access.at} nothing can be counted`);
    }
  }

  #newClient(process: number): RecordingClient {
    return new RecordingClient(process, this.#recorder, this.#random.fork());
  }

  #report(failure: string | undefined): RunReport {
    const { seed, traceHash } = this.#cluster.simulation;
    const history = this.#recorder.history(this.#faults.windows);
    const [violation] = violationsOf(history, ['linearizable'], 'versioned');
    const wrong = this.#fault() ?? failure ?? violation ?? this.#stuck[0];
    return {
      seed,
      traceHash,
      history,
      coverage: {
        ...countHistory(history.operations),
        ...sumOfCounts(this.#counters),
        ...this.#observer.counts,
      },
      violation: wrong && `seed ${seed}: ${wrong}\n  again: ${replayLine(seed)}`,
    };
  }

  /** What a node threw comes before all that may follow from it. */
  #fault(): string | undefined {
    const [fatal] = this.#cluster.fatalErrors;
    return fatal === undefined ? undefined : `a node threw ${textOfError(fatal)}`;
  }
}

function textOfError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.stack?.split('\n').slice(0, 5).join(' | ')}`;
}
