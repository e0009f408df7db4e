/**
 * One random run of clients that change and read a few registers while their partition moves,
 * goes back, loses members for good and has its epoch raised, and processes crash with what they
 * had not flushed; and what the clients heard, as a history.
 */

import { heardOfError } from '../../src/checkers/heard-error.ts';
import type { Operation } from '../../src/checkers/history.ts';
import { Recorder } from '../../src/checkers/recorder.ts';
import { QuorateError } from '../../src/kernel/errors.ts';
import type { NodeId } from '../../src/kernel/names.ts';
import { type Ballot, ballotOfText } from '../../src/paxos/ballot.ts';
import type { Change, Condition } from '../../src/paxos/change.ts';
import type { SeededRandom } from '../../src/sim/seeded-random.ts';
import { MovingRegisters } from '../unit/paxos/moving-registers.ts';
import { PARTITION, putOf } from '../unit/paxos/register-cluster.ts';
import { outputOfChange, outputOfRead } from '../unit/paxos/register-outputs.ts';

const NODES = 6;
const CLIENTS = 4;
const OPERATIONS = 40;
const THINK_MS_MAX = 60;
const TIMEOUT_MS = 400;
const KEYS = ['x', 'y'];
const MEMBERS_MAX = 4;

export class MovingRegisterRun {
  readonly counts = { moves: 0, turnedBack: 0, deaths: 0, acknowledged: 0 };
  readonly #cluster: MovingRegisters;
  readonly #random: SeededRandom;
  readonly #recorder: Recorder;
  /** The last version that anybody heard of, by key. */
  readonly #versions = new Map<string, string>();
  #values = 0;
  #over = false;

  constructor(seed: number) {
    this.#cluster = new MovingRegisters(NODES, ['n1', 'n2', 'n3'], seed);
    const { simulation } = this.#cluster;
    this.#recorder = new Recorder(() => simulation.nowMs);
    this.#cluster.hearingMsMax = 40;
    this.#cluster.attachAll();
    this.#random = this.#cluster.simulation.random.fork();
    const slow = { commitMsMax: 5, flushMsMax: 30 };
    for (const id of this.#cluster.ids) {
      if (this.#random.chance(0.5)) this.#cluster.disk(id).timing = slow;
    }
  }

  async run(): Promise<readonly Operation[]> {
    const { simulation } = this.#cluster;
    const moves = this.#makeMoves();
    const faults = this.#makeTrouble();
    const clients = Array.from({ length: CLIENTS }, (_, process) => this.#client(process));
    await simulation.complete(Promise.all(clients));
    this.#over = true;
    await simulation.complete(faults);
    this.#mend();
    await simulation.complete(moves);
    await simulation.advance(500);
    await simulation.complete(this.#conclude());
    return this.#recorder.operations;
  }

  async #client(process: number): Promise<void> {
    for (let i = 0; i < OPERATIONS; i++) {
      await this.#cluster.pause(this.#random.float() * THINK_MS_MAX);
      const key = this.#random.pick(KEYS);
      if (this.#random.chance(0.4)) await this.#read(process, key, this.#someNode());
      else await this.#change(process, key);
    }
  }

  async #read(process: number, key: string, at: NodeId): Promise<void> {
    const end = this.#recorder.begin({ process, key, at, op: 'read' });
    const heard = await this.#hear(this.#cluster.read(at, key, TIMEOUT_MS));
    if (heard === undefined) return;
    if (heard instanceof QuorateError) return end(heardOfError(heard));
    const output = outputOfRead(heard);
    if (output.version !== null) this.#versions.set(key, output.version);
    end({ outcome: 'ok', output });
  }

  async #change(process: number, key: string): Promise<void> {
    const isDelete = this.#random.chance(0.15);
    const ifVersion = this.#random.chance(0.4) ? this.#versions.get(key) : undefined;
    const condition: Condition =
      ifVersion === undefined ? 'none' : { ifMatch: [ballotOfText(ifVersion) as Ballot] };
    const value = `v${++this.#values}`;
    const change: Change = isDelete ? { type: 'delete', condition } : putOf(value, { condition });
    const at = this.#someNode();
    const end = this.#recorder.begin({
      ...{ process, key, at },
      ...(isDelete ? { op: 'delete' } : { op: 'write', value }),
      ...(ifVersion !== undefined && { ifVersion }),
    });
    const heard = await this.#hear(
      this.#cluster.change(at, key, change, { timeoutMs: TIMEOUT_MS }),
    );
    if (heard === undefined) return;
    if (heard instanceof QuorateError) return end(heardOfError(heard));
    const output = outputOfChange(heard);
    const { version } = output;
    if (output.applied !== false) {
      this.counts.acknowledged++;
      if (typeof version === 'string' && !isDelete) this.#versions.set(key, version);
    }
    end({ outcome: 'ok', output });
  }

  async #makeMoves(): Promise<void> {
    const cluster = this.#cluster;
    while (!this.#over) {
      await cluster.pause(this.#random.float() * 80);
      if (this.#random.chance(0.2)) {
        const at = { partition: PARTITION, epoch: cluster.epoch, idMark: 0 };
        await cluster.raise([at]);
      }
      const to = this.#nextList();
      if (to === undefined) continue;
      cluster.begin(to);
      this.counts.moves++;
      while (cluster.move !== undefined) {
        await cluster.nextStage();
        await cluster.pause(this.#random.float() * 60);
        if (cluster.move === undefined || !this.#random.chance(0.08)) continue;
        cluster.turnBack();
        this.counts.turnedBack++;
      }
    }
  }

  /** One member changed, is added or goes. */
  #nextList(): readonly NodeId[] | undefined {
    const { ids, list, dead } = this.#cluster;
    const random = this.#random;
    const others = ids.filter((id) => !list.includes(id) && !dead.has(id));
    const lost = list.find((id) => dead.has(id)) ?? this.#die();
    if (lost !== undefined) {
      return others.length === 0
        ? undefined
        : list.map((id) => (id === lost ? random.pick(others) : id));
    }
    const roll = random.float();
    const leaver = random.pick(list);
    if (roll < 0.2 && list.length > 3) return list.filter((id) => id !== leaver);
    if (others.length === 0) return undefined;
    const joiner = random.pick(others);
    if (roll < 0.4 && list.length < MEMBERS_MAX) return [...list, joiner];
    return list.map((id) => (id === leaver ? joiner : id));
  }

  /** A member is lost for good, now and then. */
  #die(): NodeId | undefined {
    const cluster = this.#cluster;
    if (cluster.dead.size >= 2 || !this.#random.chance(0.2)) return undefined;
    const victim = this.#random.pick(cluster.list);
    if (cluster.isUp(victim)) cluster.crash(victim);
    cluster.dead.add(victim);
    this.counts.deaths++;
    return victim;
  }

  async #makeTrouble(): Promise<void> {
    const cluster = this.#cluster;
    while (!this.#over) {
      await cluster.pause(20 + this.#random.float() * 150);
      const victim = this.#random.pick(cluster.ids);
      if (this.#random.chance(0.3) && cluster.isUp(victim)) {
        cluster.crash(victim, this.#random.chance(0.7));
        await cluster.pause(this.#random.float() * 150);
      }
      for (const id of cluster.ids) {
        if (!cluster.isUp(id) && !cluster.dead.has(id)) cluster.start(id);
      }
      if (this.#random.chance(0.2)) cluster.network.cutOneWay([victim], cluster.ids);
      else cluster.network.heal();
    }
  }

  #mend(): void {
    const cluster = this.#cluster;
    cluster.network.heal();
    for (const id of cluster.ids) {
      if (!cluster.isUp(id) && !cluster.dead.has(id)) cluster.start(id);
    }
  }

  async #conclude(): Promise<void> {
    const { list, dead } = this.#cluster;
    for (const [process, key] of [...KEYS].entries()) {
      for (const at of list) if (!dead.has(at)) await this.#read(process, key, at);
    }
  }

  #someNode(): NodeId {
    const { ids } = this.#cluster;
    const up = ids.filter((id) => this.#cluster.isUp(id));
    return this.#random.pick(up);
  }

  /** What it came to, or why it did not; undefined: the node crashed with it. */
  #hear<Result>(promise: Promise<Result>): Promise<Result | QuorateError | undefined> {
    const patience = this.#cluster.pause(TIMEOUT_MS * 3).then(() => undefined);
    const answered = promise.catch((error: unknown) => {
      if (error instanceof QuorateError) return error;
      throw error;
    });
    return Promise.race([answered, patience]);
  }
}
