/**
 * Clients of paxos buckets on a whole cluster under random faults, with a ring that changes and
 * with registers that are erased in part of the runs, all decided by one seed. What they asked
 * and heard must be linearizable, who counts must have counted right, a repeat must hear what
 * was answered first, and when everything works again every key must be served at every node.
 */

import type { History, Operation, Outcome } from '../../../src/checkers/history.ts';
import { Recorder } from '../../../src/checkers/recorder.ts';
import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { startCluster, type TestCluster } from '../harness.ts';
import { violationsOf } from '../histories.ts';
import { RandomFaults } from '../random-faults.ts';
import { RandomOperator } from '../ring-moves/random-operator.ts';
import { untilSettled } from '../ring-moves/ring-operator.ts';
import { type Coverage, newCoverage } from './coverage.ts';
import { type Change, PaxosAccess, type Place } from './key-access.ts';
import { type ClientWorld, NOTHING_ASKED, RecordingClient } from './recording-client.ts';

const CLIENTS = 5;
const OPERATIONS_PER_CLIENT = 40;
/** Beside them, each under a key of its own. */
const COUNTERS = 2;
const INCREMENTS_PER_COUNTER = 30;
const BUCKETS = [
  { name: 'three', mode: 'paxos' as const, n: 3 },
  { name: 'two', mode: 'paxos' as const, n: 2 },
];
/** Few keys, so that operations meet. */
const PLACES: readonly Place[] = [
  { bucket: 'three', key: 'a' },
  { bucket: 'three', key: 'b' },
  { bucket: 'two', key: 'a' },
];
const PARTITIONS = 4;
const PAUSE_MS_MAX = 40;
/** After a failure: else clients would be through before what is down is up again. */
const BACK_OFF_MS_MAX = 400;
const TIMEOUTS_MS = [100, 500, 2_000];
const FAULT_EVERY_MS = [100, 300, 1_000];
const LULL_MS = 4_000;
const LULL_CHANCE = 0.05;
const CHANGE_CHANCE = 0.5;
const ERASE_EVERY_MS = 200;
/** When everything works again: for one request, and for the first of a key to be answered. */
const HEALED_TIMEOUT_MS = 5_000;
const HEALED_MS_MAX = 10_000;
const RETRY_MS = 100;
const OTHER_KEYS = 16;
const MEANWHILE_PAUSE_MS_MAX = 200;
/** Until who leaves is out of the ring. */
const LEAVING_MS = 5_000;
const INCREMENT: Change = { op: 'increment', by: 1 };

export interface RunReport {
  readonly seed: number;
  readonly traceHash: string;
  readonly history: History;
  readonly coverage: Coverage;
  /** With the line that runs it again; undefined of a correct run. */
  readonly violation: string | undefined;
}

/** From a shell: the same run again. */
export function replayLine(seed: number): string {
  return `FIRST_SEED=${seed} SEEDS=1 npx vitest run --config vitest.soak.config.ts paxos`;
}

/** What kind of run the seed makes. */
interface Kind {
  readonly nodes: number;
  readonly moves: boolean;
  /** Nodes are lost for good, and replaced. */
  readonly mayDie: boolean;
  /** Registers that hold nothing are erased; see id-window.ts. */
  readonly erases: boolean;
}

export async function runWorkload(seed: number): Promise<RunReport> {
  const kind: Kind = {
    nodes: 3 + (seed % 3),
    moves: seed % 2 === 0,
    mayDie: seed % 4 === 0,
    erases: seed % 3 !== 0,
  };
  const cluster = await startCluster(seed, {
    nodes: kind.nodes,
    partitionCount: PARTITIONS,
    buckets: BUCKETS,
    reapEveryMs: kind.erases ? ERASE_EVERY_MS : 'never',
  });
  return new Run(cluster, kind).execute();
}

class Run {
  readonly #cluster: TestCluster;
  readonly #random: SeededRandom;
  readonly #faults: RandomFaults;
  readonly #operator: RandomOperator | undefined;
  readonly #world: ClientWorld;
  #nextProcess = 0;
  #isSettled = false;
  #going = CLIENTS + COUNTERS;

  constructor(cluster: TestCluster, kind: Kind) {
    const { simulation } = cluster;
    this.#cluster = cluster;
    this.#random = simulation.random.fork();
    this.#faults = new RandomFaults(cluster, this.#random, { wipes: false, more: [] });
    const { moves, mayDie } = kind;
    this.#operator = moves ? new RandomOperator(cluster, this.#random, mayDie) : undefined;
    const clock = new SimClock(simulation);
    this.#world = {
      recorder: new Recorder(() => simulation.nowMs),
      wallTime: () => clock.wallTime(),
      counts: { ...NOTHING_ASKED },
    };
  }

  async execute(): Promise<RunReport> {
    const failure = await this.#live().then(() => undefined, textOfError);
    return this.#report(failure);
  }

  async #live(): Promise<void> {
    const clients = this.#clients();
    clients.catch(() => {});
    const everyMs = this.#random.pick(FAULT_EVERY_MS);
    while (this.#going > 0) {
      const lull = this.#random.chance(LULL_CHANCE);
      await this.#cluster.simulation.advance(lull ? LULL_MS : this.#random.float() * 2 * everyMs);
      await this.#faults.next();
      if (this.#random.chance(CHANGE_CHANCE)) this.#operator?.next();
    }
    const served = await clients;
    await this.#faults.end();
    await this.#settle();
    await this.#cluster.complete(this.#useEveryNode(served));
  }

  #clients(): Promise<readonly RecordingClient[]> {
    const working = Array.from({ length: CLIENTS }, () => this.#work());
    const counting = Array.from({ length: COUNTERS }, () => this.#count());
    const ended = () => {
      this.#going--;
    };
    return Promise.all([...working, ...counting].map((client) => client.finally(ended)));
  }

  async #work(): Promise<RecordingClient> {
    const random = this.#random.fork();
    const client = this.#newClient();
    for (let i = 0; i < OPERATIONS_PER_CLIENT; i++) {
      await this.#cluster.pause(random.float() * PAUSE_MS_MAX);
      const place = random.pick(PLACES);
      const outcome = await client.doSomething(this.#access(random), place);
      if (outcome !== 'ok') await this.#cluster.pause(random.float() * BACK_OFF_MS_MAX);
    }
    return client;
  }

  /** One increment after the other under ids, each until it is known to have happened. */
  async #count(): Promise<RecordingClient> {
    const random = this.#random.fork();
    const process = this.#nextProcess;
    const client = this.#newClient();
    const place = { bucket: 'three', key: counterOf(process) };
    for (let i = 0; i < INCREMENTS_PER_COUNTER; i++) {
      await this.#cluster.pause(random.float() * PAUSE_MS_MAX);
      const access = this.#access(random);
      const [doubtful] = client.inDoubt;
      const outcome = await (doubtful === undefined
        ? client.change(access, place, INCREMENT, true)
        : client.repeat(access, doubtful));
      if (outcome !== 'ok') await this.#cluster.pause(random.float() * BACK_OFF_MS_MAX);
    }
    return client;
  }

  /** The operator ends what is begun, and all moves are carried out. */
  async #settle(): Promise<void> {
    const operator = this.#operator;
    if (operator === undefined) return;
    const asking = this.#askMeanwhile();
    asking.catch(() => {});
    await operator.end();
    const members = () => operator.membersExpected();
    await untilSettled(this.#cluster, members);
    await this.#cluster.simulation.advance(LEAVING_MS);
    await untilSettled(this.#cluster, members);
    operator.seeEverybodyOff();
    this.#isSettled = true;
    await this.#cluster.complete(asking);
    const [surprise] = operator.surprises;
    if (surprise !== undefined) throw new Error(surprise);
  }

  /** Also of keys in every partition, so that every node deals with every other. */
  async #askMeanwhile(): Promise<void> {
    const random = this.#random.fork();
    const client = this.#newClient();
    while (!this.#isSettled) {
      await this.#cluster.pause(random.float() * MEANWHILE_PAUSE_MS_MAX);
      const place = random.chance(0.3)
        ? random.pick(PLACES)
        : { bucket: 'three', key: `other ${random.below(OTHER_KEYS)}` };
      await client.doSomething(this.#access(random), place);
    }
  }

  /**
   * Everything works again: what is in doubt is asked for again, and every node reads and writes
   * every key.
   */
  async #useEveryNode(served: readonly RecordingClient[]): Promise<void> {
    for (const client of served) {
      for (const named of client.inDoubt) await client.repeat(this.#healed(), named);
    }
    for (const at of this.#cluster.nodeIds) {
      const access = this.#healed(at);
      const client = this.#newClient();
      for (const place of PLACES) {
        const write = { op: 'write', value: `end ${at}` } as const;
        await this.#untilAnswered(() => client.read(access, place));
        await this.#untilAnswered(() => client.change(access, place, write, false));
      }
      for (let process = CLIENTS; process < CLIENTS + COUNTERS; process++) {
        const place = { bucket: 'three', key: counterOf(process) };
        await this.#untilAnswered(() => client.read(this.#healed(at), place));
      }
    }
  }

  /** As a client that tries again what was not answered. */
  async #untilAnswered(ask: () => Promise<Outcome>): Promise<void> {
    const { simulation } = this.#cluster;
    const untilMs = simulation.nowMs + HEALED_MS_MAX;
    while ((await ask()) !== 'ok') {
      if (simulation.nowMs > untilMs) {
        const { key, op, info } = this.#world.recorder.operations.at(-1) as Operation;
        throw new Error(`STUCK: everything works again, but ${op} of ${key}: ${info?.heard}`);
      }
      await this.#cluster.pause(RETRY_MS);
    }
  }

  #access(random: SeededRandom): PaxosAccess {
    const at = this.#cluster.someNode(random);
    return new PaxosAccess(this.#cluster, at, random.pick(TIMEOUTS_MS));
  }

  #healed(at = this.#random.pick(this.#cluster.nodeIds)): PaxosAccess {
    return new PaxosAccess(this.#cluster, at, HEALED_TIMEOUT_MS);
  }

  #newClient(): RecordingClient {
    return new RecordingClient(this.#nextProcess++, this.#world, this.#random.fork());
  }

  #report(failure: string | undefined): RunReport {
    const { seed, traceHash } = this.#cluster.simulation;
    const { recorder, counts } = this.#world;
    const history = recorder.history(this.#faults.windows);
    const [violation] = violationsOf(history, ['linearizable'], 'versioned');
    const wrong = this.#fault() ?? violation ?? failure;
    return {
      seed,
      traceHash,
      history,
      coverage: newCoverage(this.#cluster, counts, this.#operator),
      violation: wrong && `seed ${seed}: ${wrong}\n  again: ${replayLine(seed)}`,
    };
  }

  /** What a node threw comes before all that may follow from it. */
  #fault(): string | undefined {
    const [fatal] = this.#cluster.fatalErrors.filter(isSurprising);
    return fatal === undefined ? undefined : `a node threw ${textOfError(fatal)}`;
  }
}

function counterOf(process: number): string {
  return `count ${process}`;
}

/** One that had left was started again. */
function isSurprising(error: unknown): boolean {
  return !String(error).includes('has left the cluster');
}

function textOfError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.stack?.split('\n').slice(0, 5).join(' | ')}`;
}
