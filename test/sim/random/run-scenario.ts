/**
 * Runs a scenario: clients and faults together, then everything is mended and the cluster has to
 * come to rest, then what clients asked and heard is judged.
 */

import type { FaultWindow, History } from '../../../src/checkers/history.ts';
import { StoreError } from '../../../src/kernel/errors.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import { majority } from '../../../src/ring/levels.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { TestCluster } from '../harness.ts';
import { setSnapshotPace } from '../raft-buckets/snapshot-pace.ts';
import { settle } from '../settle.ts';
import { replicasOf } from './draw-operations.ts';
import { FaultPlayer } from './fault-player.ts';
import { toBeJudged, violationsIn } from './judge.ts';
import { Liveness, StuckError } from './liveness.ts';
import { type Met, metIn } from './met.ts';
import { PlainKeysClient, type PlainPlace } from './plain-keys.ts';
import { Recording } from './recording.ts';
import { RegisterKeysClient } from './register-keys.ts';
import { RingPlayer } from './ring-player.ts';
import type { BucketPlan, PlannedOperation, Scenario } from './scenario.ts';

export interface RunReport {
  readonly traceHash: string;
  readonly virtualMs: number;
  readonly history: History;
  readonly met: Met;
  /** Empty of a correct run. */
  readonly violations: readonly string[];
}

/** Between two steps of the player, at most. */
const STEP_MS = 100;
/** By then each client has been answered, or its requests are past their deadlines. */
const CLIENTS_MS_MAX = 600_000;
const FRESH_TIMEOUT_MS = 5_000;
/** For one key to be read and written again. */
const FRESH_MS_MAX = 20_000;
const RETRY_MS = 100;

export async function runScenario(
  scenario: Scenario,
  onTrace?: (line: string) => void,
): Promise<RunReport> {
  const { configuration, seed } = scenario;
  const { nodes, partitions: partitionCount, replicationFactor, snapshotEntries } = configuration;
  setSnapshotPace(snapshotEntries ?? Number.POSITIVE_INFINITY);
  const simulation = new Simulation(seed, settle);
  simulation.onTrace = onTrace;
  const { compareEveryMs, reapEveryMs, hintBytesMax } = configuration;
  const cluster = new TestCluster(simulation, {
    ...{ nodes, partitionCount, replicationFactor, compareEveryMs, reapEveryMs, hintBytesMax },
    buckets: configuration.buckets.map(({ name, mode, n }) =>
      mode === 'raft' ? { name, mode } : { name, mode, n },
    ),
  });
  for (const [i, id] of cluster.nodeIds.entries()) {
    const [skew, timing] = [configuration.clocks[i], configuration.disks[i]];
    if (skew !== undefined) cluster.skewClock(id, skew);
    if (timing !== undefined) cluster.slowDisks(id, timing);
  }
  await cluster.startAll();
  return new Run(scenario, cluster).execute();
}

class Run {
  readonly #scenario: Scenario;
  readonly #cluster: TestCluster;
  readonly #recording: Recording;
  readonly #buckets: ReadonlyMap<string, BucketPlan>;
  readonly #ring: RingPlayer;
  readonly #faults: FaultPlayer;
  readonly #liveness: Liveness;
  #going = 0;
  #resolved = 0;

  constructor(scenario: Scenario, cluster: TestCluster) {
    const { configuration, faults } = scenario;
    const { simulation } = cluster;
    this.#scenario = scenario;
    this.#cluster = cluster;
    this.#recording = new Recording(() => simulation.nowMs);
    this.#buckets = new Map(configuration.buckets.map((bucket) => [bucket.name, bucket]));
    this.#ring = new RingPlayer(cluster, configuration.replicationFactor);
    this.#faults = new FaultPlayer(cluster, this.#ring, faults);
    this.#liveness = new Liveness(cluster, configuration, this.#ring);
  }

  async execute(): Promise<RunReport> {
    const stuck = await this.#live().then(
      () => undefined,
      (error: unknown) => (error instanceof StuckError ? error.message : textOf(error)),
    );
    const { simulation, fatalErrors } = this.#cluster;
    const { operations, surprises } = this.#recording;
    const faults: readonly FaultWindow[] = this.#faults.windows;
    const facts = { workload: 'random', seed: this.#scenario.seed };
    const history = toBeJudged({ facts, operations, faults }, this.#scenario.configuration);
    const violations = [
      ...fatalErrors.filter(isSurprising).map((error) => `a node threw ${textOf(error)}`),
      ...violationsIn(history),
      ...(stuck === undefined ? [] : [stuck]),
      ...surprises,
      ...this.#ring.surprises,
    ];
    const met = metIn(this.#cluster, history, this.#ring, this.#resolved);
    const { traceHash, nowMs: virtualMs } = simulation;
    return { traceHash, virtualMs, history, met, violations };
  }

  async #live(): Promise<void> {
    const { simulation } = this.#cluster;
    const clients = this.#clients();
    clients.catch(() => {});
    const untilMs = simulation.nowMs + CLIENTS_MS_MAX;
    while (this.#going > 0) {
      if (simulation.nowMs > untilMs) {
        throw new StuckError(`STUCK: ${this.#going} clients are never through`);
      }
      const nextMs = this.#faults.nextMs ?? Number.POSITIVE_INFINITY;
      if (nextMs <= simulation.nowMs) await this.#faults.next();
      else await simulation.advance(Math.min(STEP_MS, nextMs - simulation.nowMs));
    }
    await clients;
    await this.#faults.end();
    await this.#liveness.untilReady();
    await this.#liveness.untilSettled();
    await this.#cluster.complete(this.#useEveryKey());
    await this.#liveness.untilAlike();
    await this.#cluster.complete(this.#readEverything());
    await this.#liveness.untilClean();
  }

  async #clients(): Promise<void> {
    const plans = new Map<number, PlannedOperation[]>();
    for (const operation of this.#scenario.operations) {
      plans.set(operation.client, [...(plans.get(operation.client) ?? []), operation]);
    }
    this.#going = plans.size;
    const work = async (process: number, operations: readonly PlannedOperation[]) => {
      await this.#client(process, operations).finally(() => {
        this.#going--;
      });
    };
    await Promise.all([...plans].map(([process, operations]) => work(process, operations)));
  }

  async #client(process: number, operations: readonly PlannedOperation[]): Promise<void> {
    const client = this.#newClient(process);
    for (const operation of operations) {
      await this.#cluster.pause(operation.afterMs);
      const isAnswered = await client
        .of(operation.bucket)
        .perform(operation, this.#nodeFor(operation));
      if (!isAnswered) await this.#cluster.pause(operation.backOffMs);
    }
  }

  #newClient(process: number) {
    const { configuration, seed } = this.#scenario;
    const world = {
      seed,
      cluster: this.#cluster,
      recording: this.#recording,
      buckets: this.#buckets,
    };
    const plain = new PlainKeysClient(process, {
      ...world,
      replicasOf: (bucket) => replicasOf(bucket, configuration),
      ringChanges: configuration.ring !== 'fixed',
    });
    const registers = new RegisterKeysClient(process, {
      ...world,
      otherNode: (operation, attempt) => this.#nodeFor(operation, attempt),
      onResolved: () => {
        this.#resolved++;
      },
    });
    const of = (bucket: string) =>
      this.#buckets.get(bucket)?.mode === 'dynamo' ? plain : registers;
    return { plain, registers, of };
  }

  #nodeFor({ node, among }: PlannedOperation, attempt = 0): NodeId {
    const { up, nodeIds } = this.#cluster;
    const choice = among === 'all' || up.length === 0 ? nodeIds : up;
    return choice[(Math.floor(node * choice.length) + attempt) % choice.length] as NodeId;
  }

  /** Reads and writes every key, as a client that tries again what was not answered. */
  async #useEveryKey(): Promise<void> {
    const { plain, registers } = this.#newClient(this.#scenario.operations.length);
    for (const { bucket, key, role, at } of this.#places()) {
      const place = { bucket, key, timeoutMs: FRESH_TIMEOUT_MS };
      if (bucket.mode === 'dynamo') {
        const quorum = majority(replicasOf(bucket, this.#scenario.configuration));
        const read = { r: quorum, pr: 0, sloppy: false, readRepair: 'async' as const };
        const levels = { w: quorum, pw: 0, sloppy: false };
        await this.#untilAnswered(`read of ${bucket.name}/${key}`, () =>
          plain.read({ ...place, at }, read),
        );
        await this.#untilAnswered(`write of ${bucket.name}/${key}`, (attempt) =>
          role === 'set'
            ? plain.add({ ...place, at }, `fresh ${attempt}`, read, levels)
            : plain.write({ ...place, at }, `fresh ${attempt}`, levels),
        );
      } else {
        await this.#untilAnswered(`read of ${bucket.name}/${key}`, () => registers.read(place, at));
        await this.#untilAnswered(`write of ${bucket.name}/${key}`, (attempt) =>
          registers.write(place, at, `fresh ${attempt}`),
        );
      }
    }
  }

  /** The answer; undefined and false are none. */
  async #untilAnswered<Answer>(
    what: string,
    ask: (attempt: number) => Promise<Answer | undefined | false>,
  ): Promise<Answer> {
    const { simulation } = this.#cluster;
    const untilMs = simulation.nowMs + FRESH_MS_MAX;
    for (let attempt = 1; ; attempt++) {
      const answer = await ask(attempt);
      if (answer !== undefined && answer !== false) return answer;
      if (simulation.nowMs > untilMs) {
        throw new StuckError(`STUCK: everything works again, but no ${what} is answered`);
      }
      await this.#cluster.pause(RETRY_MS);
    }
  }

  /** All replicas together, and each that was counted by itself. */
  async #readEverything(): Promise<void> {
    const { plain, registers } = this.#newClient(this.#scenario.operations.length + 1);
    for (const { bucket, key, role, at } of this.#places()) {
      const place = { bucket, key, timeoutMs: FRESH_TIMEOUT_MS };
      if (bucket.mode !== 'dynamo') {
        await this.#untilAnswered(`read of ${key}`, () => registers.read(place, at, true));
        continue;
      }
      const all = replicasOf(bucket, this.#scenario.configuration);
      const levels = { r: all, pr: 0, sloppy: false, readRepair: 'blocking' as const };
      const found = await this.#untilAnswered(`read of ${key} at all replicas`, () =>
        plain.read({ ...place, at }, levels, false, true),
      );
      if (role === 'set' && !this.#hasLost)
        await plain.noteElements({ ...place, at }, found.values);
      await this.#readEach(plain, place, found.reached);
    }
  }

  /** Each replica by itself. */
  async #readEach(
    plain: PlainKeysClient,
    place: Omit<PlainPlace, 'at'>,
    replicas: readonly NodeId[],
  ): Promise<void> {
    for (const at of replicas) {
      const alone = { r: 1, pr: 0, sloppy: false, readRepair: 'off' as const };
      await this.#untilAnswered(`read of ${place.key} at ${at} alone`, () =>
        plain.read({ ...place, at }, alone, false, true),
      );
    }
  }

  /** A disk lost something, and with it what nobody else had. */
  get #hasLost(): boolean {
    return this.#faults.windows.some(({ wiped }) => wiped !== undefined);
  }

  /**
   * Every key, each with another node to ask. Without sessions where a disk lost something: what
   * a value names may be gone, and who has read it in a session is never shown that key.
   */
  #places() {
    const { nodeIds } = this.#cluster;
    const { buckets } = this.#scenario.configuration;
    const asked = this.#hasLost
      ? buckets.map((bucket) => ({ ...bucket, guarantee: undefined }))
      : buckets;
    const keys = asked.flatMap((bucket) =>
      bucket.keys.map(({ key, role }) => ({ bucket, key, role })),
    );
    return keys.map((place, i) => ({ ...place, at: nodeIds[i % nodeIds.length] as NodeId }));
  }
}

/** Neither of one that had left and was started again, nor of one whose disk was full. */
function isSurprising(error: unknown): boolean {
  return !(error instanceof StoreError) && !String(error).includes('has left the cluster');
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.stack?.split('\n').slice(0, 5).join(' | ')}`;
}
