/**
 * Clients that append words to a few registers, each word once, and delete them, on nodes that
 * crash, are cut off, move their partition, have clocks that differ, and erase and rebuild
 * registers, all decided by one seed. What they asked and heard must be linearizable.
 */

import { heardOfError } from '../../../src/checkers/heard-error.ts';
import type { Outcome } from '../../../src/checkers/history.ts';
import { type Heard, Recorder } from '../../../src/checkers/recorder.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { isExpected, QuorateError } from '../../../src/kernel/errors.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import type { Change } from '../../../src/paxos/change.ts';
import type { ChangeResult, RegisterRead } from '../../../src/paxos/messages.ts';
import { mintRequestId } from '../../../src/paxos/request-id.ts';
import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { MovingRegisters } from '../../unit/paxos/moving-registers.ts';
import { PARTITION } from '../../unit/paxos/register-cluster.ts';
import { outputOfChange, outputOfRead } from '../../unit/paxos/register-outputs.ts';
import { violationsOf } from '../histories.ts';

const NODES = 6;
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f'];
/** For so long two keys are asked for, and then the next two: so that registers come to rest. */
const TURN_MS = 500;
const CLIENTS = 6;
const RUN_MS = 4_000;
const TIMEOUTS_MS = [30, 100, 400, 2_000];
const FINAL_TIMEOUT_MS = 10_000;
/** Who asks a node that crashes hears nothing. */
const PATIENCE_MS = 3_000;
const ATTEMPTS = 4;
const ERASE_EVERY_MS = 300;
const FAULTY = { delayMsMin: 0.1, delayMsMax: 15, drop: 0.03, duplicate: 0.05, cut: false };
const HEALTHY = { delayMsMin: 0.1, delayMsMax: 1, drop: 0, duplicate: 0, cut: false };
/** By how much the clocks of nodes are ahead. */
const AHEAD_MS = [7_200_050, 10_000, -3_000, 0, 4_000, -10_000];

/** What kind of run the seed makes. */
interface Kind {
  readonly moves: boolean;
  /** Values are deleted, and their registers erased: see id-window.ts. */
  readonly erases: boolean;
  readonly skews: boolean;
  readonly damages: boolean;
  /** Nodes are wrong about who can be reached, so that many propose at once. */
  readonly strays: boolean;
}

export interface RunReport {
  readonly violations: readonly string[];
  readonly answered: number;
  readonly unknown: number;
  readonly erased: number;
  readonly epoch: number;
}

export function runAppends(seed: number): Promise<RunReport> {
  const moves = seed % 2 === 0;
  const erases = seed % 3 !== 2;
  const skews = seed % 4 === 1;
  return new Run(seed, {
    moves,
    erases,
    skews,
    damages: erases && !moves,
    strays: seed % 5 < 3,
  }).execute();
}

class Run {
  readonly #cluster: MovingRegisters;
  readonly #random: SeededRandom;
  readonly #kind: Kind;
  readonly #recorder: Recorder;
  #nextProcess = 0;
  #words = 0;
  #isOver = false;
  #erased = 0;

  constructor(seed: number, kind: Kind) {
    this.#kind = kind;
    this.#cluster = new MovingRegisters(NODES, ['n1', 'n2', 'n3'], seed);
    this.#cluster.hearingMsMax = 60;
    this.#cluster.reapEveryMs = kind.erases ? ERASE_EVERY_MS : 'never';
    this.#recorder = new Recorder(() => this.#now);
    this.#random = this.#cluster.simulation.random.fork();
    this.#cluster.attachAll();
    for (const id of this.#cluster.ids) this.#mislead(id);
    this.#cluster.network.defaults = FAULTY;
  }

  async execute(): Promise<RunReport> {
    const cluster = this.#cluster;
    const clients = Array.from({ length: CLIENTS }, () => this.#client());
    const faults = [this.#makeTrouble(), this.#move(), this.#damage()];
    await cluster.simulation.advance(RUN_MS);
    this.#isOver = true;
    cluster.bringBack();
    cluster.network.defaults = HEALTHY;
    for (const id of cluster.ids) if (!cluster.isUp(id)) this.#start(id);
    await cluster.simulation.complete(Promise.all([...clients, ...faults]));
    const process = this.#nextProcess++;
    for (const key of KEYS) {
      const last = { process, key, at: this.#someNode() };
      await cluster.simulation.complete(this.#read(last, FINAL_TIMEOUT_MS));
    }
    for (const id of cluster.ids) this.#countErased(id);
    const history = this.#recorder.history();
    const count = (outcome: Outcome) =>
      history.operations.filter((one) => one.outcome === outcome).length;
    return {
      violations: violationsOf(history, ['linearizable'], 'versioned'),
      answered: count('ok'),
      unknown: count('unknown'),
      erased: this.#erased,
      epoch: cluster.epoch,
    };
  }

  async #client(): Promise<void> {
    const process = this.#nextProcess++;
    while (!this.#isOver) {
      const kind = this.#random.float();
      const where = { process, key: this.#keyOfTurn(), at: this.#someNode() };
      if (kind < 0.35) await this.#read(where, this.#random.pick(TIMEOUTS_MS));
      else if (kind < 0.65 && this.#kind.erases) await this.#change('delete', where);
      else await this.#change('append', where);
      await this.#pause(20);
    }
  }

  async #read(where: Where, timeoutMs: number): Promise<void> {
    const end = this.#recorder.begin({ ...where, op: 'read' });
    const heard = await this.#hear(this.#cluster.read(where.at, where.key, timeoutMs), timeoutMs);
    if (!isAnswer(heard)) return end(heardOf(heard));
    end({ outcome: 'ok', output: outputOfRead(heard) });
  }

  /** Where the outcome is in doubt and the id was given, it is asked for again elsewhere. */
  async #change(op: 'append' | 'delete', where: Where): Promise<void> {
    const { key, at } = where;
    const value = `w${this.#words++},`;
    const end = this.#recorder.begin({ ...where, ...(op === 'append' ? { op, value } : { op }) });
    const asking = this.#random.chance(0.5) ? { id: this.#newId() } : {};
    const change = op === 'delete' ? DELETION : { ...APPENDING, bytes: utf8(value) };
    let isInDoubt = false;
    for (let i = 0, node = at; i < ATTEMPTS; i++, node = this.#someNode()) {
      const timeoutMs = this.#random.pick(TIMEOUTS_MS);
      const heard = await this.#hear(
        this.#cluster.change(node, key, change, { ...asking, timeoutMs }),
        timeoutMs,
      );
      if (isAnswer(heard)) return end({ outcome: 'ok', output: outputOfChange(heard) });
      const failure = heardOf(heard);
      isInDoubt ||= failure.outcome === 'unknown';
      if (!isInDoubt) return end(failure);
      if (asking.id === undefined) return;
      await this.#pause(100);
    }
  }

  /** What it came to; no answer at all where the node has crashed. */
  #hear<Result>(answer: Promise<Result>, timeoutMs: number): Promise<Result | QuorateError | Gone> {
    const given = answer.catch((error: unknown) => {
      if (isExpected(error) && error instanceof QuorateError) return error;
      throw error;
    });
    const gone = this.#cluster.pause(timeoutMs + PATIENCE_MS).then((): Gone => ({ isGone: true }));
    return Promise.race([given, gone]);
  }

  async #makeTrouble(): Promise<void> {
    const cluster = this.#cluster;
    while (!this.#isOver) {
      await this.#pause(700);
      const id = this.#random.pick(cluster.ids);
      const kind = this.#random.float();
      if (kind < 0.3) await this.#restart(id);
      else if (kind < 0.45) await this.#apart(() => cluster.lose(id));
      else if (kind < 0.6) await this.#apart(() => cluster.network.cutOneWay([id], cluster.ids));
      else if (kind < 0.75) await this.#raise();
      else {
        const other = this.#random.pick(cluster.ids);
        await this.#apart(() => cluster.network.cutBothWays([id], [other]));
      }
    }
  }

  async #restart(id: NodeId): Promise<void> {
    this.#countErased(id);
    this.#cluster.crash(id, this.#random.chance(0.7));
    await this.#pause(600);
    if (!this.#cluster.isUp(id)) this.#start(id);
  }

  async #apart(cut: () => void): Promise<void> {
    cut();
    await this.#pause(700);
    this.#cluster.bringBack();
  }

  async #raise(): Promise<void> {
    const { move, epoch } = this.#cluster;
    if (move !== undefined) return;
    const raised = this.#cluster.raise([{ partition: PARTITION, epoch, idMark: 0 }]);
    await raised.catch(ignoreExpected);
  }

  async #move(): Promise<void> {
    const cluster = this.#cluster;
    while (!this.#isOver && this.#kind.moves) {
      await this.#pause(500);
      if (cluster.move === undefined) {
        const { list } = cluster;
        const leaves = this.#random.pick(list);
        const comes = this.#random.pick(cluster.ids.filter((id) => !list.includes(id)));
        cluster.begin(list.map((id) => (id === leaves ? comes : id)));
      }
      if (this.#random.chance(0.15)) cluster.turnBack();
      else await cluster.nextStage();
    }
  }

  async #damage(): Promise<void> {
    const cluster = this.#cluster;
    while (!this.#isOver && this.#kind.damages) {
      await this.#pause(1_500);
      const id = this.#random.pick(cluster.list);
      const key = this.#random.pick(KEYS);
      // One at a time: what two of three have lost is lost.
      const isWhole = () =>
        cluster.ids.every((one) => cluster.node(one)?.damagedRegisters.size === 0);
      if (!isWhole() || cluster.record(id, key) === undefined) continue;
      await cluster.damage(id, key);
      cluster
        .node(id)
        .damagedRegisters.note({ partition: PARTITION, bucketNumber: 1, key: utf8(key) });
      while (!this.#isOver && !isWhole()) await this.#pause(400);
    }
  }

  #start(id: NodeId): void {
    this.#cluster.start(id);
    this.#mislead(id);
  }

  /** As to the time, and as to who can be reached. */
  #mislead(id: NodeId): void {
    const { clock, liveness } = this.#cluster.node(id);
    if (this.#kind.skews) {
      const honest = clock.wallTime.bind(clock);
      const aheadMs = AHEAD_MS[this.#cluster.ids.indexOf(id)] as number;
      clock.wallTime = () => honest() + aheadMs;
    }
    if (!this.#kind.strays) return;
    const { random } = this.#cluster.simulation;
    Object.assign(liveness, { responsive: () => random.chance(0.8) });
  }

  #keyOfTurn(): string {
    const turn = Math.floor(this.#now / TURN_MS);
    return KEYS[(2 * turn + (this.#random.chance(0.5) ? 1 : 0)) % KEYS.length] as string;
  }

  #someNode(): NodeId {
    return this.#random.pick(this.#cluster.ids.filter((id) => this.#cluster.isUp(id)));
  }

  #newId(): Uint8Array {
    return mintRequestId(new SimClock(this.#cluster.simulation), this.#random);
  }

  #countErased(id: NodeId): void {
    if (!this.#cluster.isUp(id)) return;
    this.#erased += this.#cluster.node(id).metrics.value('registers_erased_total') ?? 0;
  }

  get #now(): number {
    return this.#cluster.simulation.nowMs;
  }

  #pause(msMax: number): Promise<void> {
    return this.#cluster.pause(this.#random.float() * msMax);
  }
}

interface Where {
  readonly process: number;
  readonly key: string;
  readonly at: NodeId;
}

interface Gone {
  readonly isGone: true;
}

const DELETION: Change = { type: 'delete', condition: 'none' };
const APPENDING = { type: 'append', contentType: 'x', bytesMax: 1e6, condition: 'none' } as const;

function isAnswer<Result extends RegisterRead | ChangeResult>(
  heard: Result | QuorateError | Gone,
): heard is Result {
  return 'quorum' in heard;
}

function heardOf(heard: QuorateError | Gone): Heard {
  return heard instanceof QuorateError ? heardOfError(heard) : { outcome: 'unknown' };
}

function ignoreExpected(error: unknown): void {
  if (!isExpected(error)) throw error;
}
