/**
 * Clients that change and read a few registers while messages are lost, repeated and cut off,
 * processes crash with what they had not flushed, and the partition's epoch rises; and what
 * they heard, as a history.
 */

import type { Operation } from '../../src/checkers/history.ts';
import { QuorateError } from '../../src/kernel/errors.ts';
import type { NodeId } from '../../src/kernel/names.ts';
import { type Ballot, ballotOfText, ballotText, isZero } from '../../src/paxos/ballot.ts';
import type { Change, Condition } from '../../src/paxos/change.ts';
import type { RegisterRead } from '../../src/paxos/messages.ts';
import { mintRequestId } from '../../src/paxos/request-id.ts';
import type { SeededRandom } from '../../src/sim/seeded-random.ts';
import { HEALTHY_LINK } from '../../src/sim/sim-network.ts';
import { INCREMENT, putOf, RegisterCluster } from '../unit/paxos/register-cluster.ts';

const CLIENTS = 4;
const OPERATIONS = 12;
const TIMEOUT_MS = 400;
const KEYS = ['x', 'y'];
const COUNTER = 'counter';

export interface Counted {
  /** Increments that were confirmed, and what they said that they came to. */
  readonly results: readonly number[];
  /** Increments that may have happened. */
  readonly unknown: number;
  readonly final: number;
}

export interface Recorded {
  readonly history: readonly Operation[];
  readonly counted: Counted;
}

/** What the promise came to: `lost` where the node crashed with it. */
type Heard<Result> = { readonly result: Result } | { readonly error: unknown } | 'lost';

export class RegisterWorkload {
  readonly #cluster: RegisterCluster;
  readonly #random: SeededRandom;
  readonly #list: readonly NodeId[];
  readonly #history: Operation[] = [];
  readonly #results: number[] = [];
  /** Of increments in doubt that can be asked for again. */
  readonly #doubtful: Uint8Array[] = [];
  /** The last version that anybody heard of, by key. */
  readonly #versions = new Map<string, string>();
  #unknown = 0;
  #values = 0;
  #over = false;

  constructor(seed: number, nodeCount: number) {
    this.#list = Array.from({ length: Math.min(3, nodeCount) }, (_, i) => `n${i + 1}`);
    this.#cluster = new RegisterCluster(nodeCount, this.#list, seed);
    this.#random = this.#cluster.simulation.random.fork();
    const slow = { commitMsMax: 5, flushMsMax: 40 };
    for (const id of this.#cluster.ids) {
      if (this.#random.chance(0.5)) this.#cluster.disk(id).timing = slow;
    }
  }

  async run(): Promise<Recorded> {
    const { simulation } = this.#cluster;
    const faults = this.#makeTrouble();
    const clients = Array.from({ length: CLIENTS }, (_, process) => this.#client(process));
    await simulation.complete(Promise.all(clients));
    this.#over = true;
    await simulation.complete(faults);
    const final = await simulation.complete(this.#conclude());
    const counted = { results: this.#results, unknown: this.#unknown, final };
    return { history: this.#history, counted };
  }

  async #client(process: number): Promise<void> {
    for (let i = 0; i < OPERATIONS; i++) {
      await this.#sleep(this.#random.float() * 40);
      if (this.#random.chance(0.3)) await this.#increment();
      else await this.#operate(process, this.#random.pick(KEYS));
    }
  }

  async #increment(): Promise<void> {
    const given = this.#random.chance(0.5);
    const at = this.#someNode();
    const { clock } = this.#cluster.node(at);
    const id = mintRequestId(clock, this.#random);
    const asking = { timeoutMs: TIMEOUT_MS, ...(given && { id }) };
    const heard = await this.#hear(this.#cluster.change(at, COUNTER, INCREMENT, asking));
    if (heard !== 'lost' && 'result' in heard) this.#results.push(heard.result.result as number);
    else if (!isInDoubt(heard)) return;
    else if (given) this.#doubtful.push(id);
    else this.#unknown++;
  }

  async #operate(process: number, key: string): Promise<void> {
    const kind = this.#random.pick(['read', 'read', 'put', 'put', 'cas', 'delete'] as const);
    const invoke = this.#cluster.simulation.nowMs;
    const at = this.#someNode();
    const fixed = { process, key, invoke, info: { at } };
    if (kind === 'read') {
      const heard = await this.#hear(this.#cluster.read(at, key, TIMEOUT_MS));
      const complete = this.#cluster.simulation.nowMs;
      if (heard === 'lost' || !('result' in heard)) return;
      const output = outputOf(heard.result);
      this.#remember(key, output.version);
      this.#history.push({ ...fixed, op: 'read', complete, outcome: 'ok', output });
      return;
    }
    const version = this.#versions.get(key);
    const value = `v${++this.#values}`;
    const ifVersion = kind === 'cas' ? version : undefined;
    const condition: Condition =
      ifVersion === undefined ? 'none' : { ifMatch: [ballotOfText(ifVersion) as Ballot] };
    const change: Change =
      kind === 'delete' ? { type: 'delete', condition } : putOf(value, { condition });
    const given = this.#random.chance(0.3);
    const id = mintRequestId(this.#cluster.node(at).clock, this.#random);
    const asking = { timeoutMs: TIMEOUT_MS, ...(given && { id }) };
    const heard = await this.#hear(this.#cluster.change(at, key, change, asking));
    const complete = this.#cluster.simulation.nowMs;
    const op =
      kind === 'delete'
        ? ({ ...fixed, op: 'delete' } as const)
        : ({
            ...fixed,
            op: 'write',
            value,
            ...(ifVersion !== undefined && { ifVersion }),
          } as const);
    if (heard === 'lost' || !('result' in heard)) {
      const outcome = isInDoubt(heard) ? 'unknown' : 'fail';
      this.#history.push({ ...op, complete, outcome });
      return;
    }
    const applied = heard.result.outcome === 'applied';
    const told = isZero(heard.result.version) ? null : ballotText(heard.result.version);
    const output = applied
      ? { ...(kind !== 'delete' && { version: told }) }
      : { applied, version: told };
    if (applied && kind !== 'delete') this.#remember(key, told);
    this.#history.push({ ...op, complete, outcome: 'ok', output });
  }

  #remember(key: string, version: string | number | null | undefined): void {
    if (typeof version === 'string') this.#versions.set(key, version);
  }

  /** Everything is mended; what can be found out is, and all is read once more. */
  async #conclude(): Promise<number> {
    const cluster = this.#cluster;
    cluster.network.heal();
    for (const id of cluster.ids) if (!cluster.isUp(id)) cluster.start(id);
    cluster.hear(...cluster.ids);
    const isWhole = () =>
      cluster.ids.every((id) =>
        cluster.ids.every((peer) => peer === id || cluster.node(id).transport.reachable(peer)),
      );
    while (!isWhole()) await this.#sleep(20);
    for (const id of this.#doubtful) await this.#findOut(id);
    for (const [process, key] of [...KEYS].entries()) {
      const invoke = cluster.simulation.nowMs;
      const output = outputOf(await cluster.read('n1', key));
      const complete = cluster.simulation.nowMs;
      this.#history.push({ process, key, invoke, op: 'read', complete, outcome: 'ok', output });
    }
    const { content } = await cluster.read('n1', COUNTER);
    return content === undefined ? 0 : Number(Buffer.from(content.value).toString());
  }

  async #findOut(id: Uint8Array): Promise<void> {
    const heard = await this.#hear(this.#cluster.change('n1', COUNTER, INCREMENT, { id }));
    if (heard !== 'lost' && 'result' in heard) this.#results.push(heard.result.result as number);
    else if (isInDoubt(heard)) this.#unknown++;
    else throw new Error('a healthy cluster refused an increment');
  }

  async #makeTrouble(): Promise<void> {
    const cluster = this.#cluster;
    const random = this.#random;
    while (!this.#over) {
      await this.#sleep(10 + random.float() * 60);
      const victim = random.pick(cluster.ids);
      switch (random.below(8)) {
        case 0:
          if (cluster.isUp(victim)) cluster.crash(victim, random.chance(0.7));
          break;
        case 1:
        case 2:
          for (const id of cluster.ids) if (!cluster.isUp(id)) cluster.start(id);
          break;
        case 3:
          cluster.network.defaults = {
            ...HEALTHY_LINK,
            delayMsMax: random.pick([1, 5, 50]),
            drop: random.pick([0, 0.05, 0.2]),
            duplicate: random.pick([0, 0.2]),
          };
          break;
        case 4:
          cluster.network.cutOneWay([victim], cluster.ids);
          break;
        case 5:
          cluster.network.heal();
          break;
        case 6:
          this.#raiseEpoch();
          break;
        case 7:
          for (const id of cluster.ids) if (cluster.isUp(id)) cluster.crash(id);
          for (const id of cluster.ids) cluster.start(id);
          break;
      }
    }
  }

  /** An entry for the partition, of which each node hears in its own time. */
  #raiseEpoch(): void {
    const cluster = this.#cluster;
    cluster.raiseEpoch(this.#list);
    for (const id of cluster.ids) {
      cluster.simulation.schedule(this.#random.float() * 20, () => cluster.hear(id));
    }
  }

  #someNode(): NodeId {
    const { ids } = this.#cluster;
    const up = ids.filter((id) => this.#cluster.isUp(id));
    if (up.length > 0) return this.#random.pick(up);
    this.#cluster.start('n1');
    return 'n1';
  }

  #hear<Result>(promise: Promise<Result>): Promise<Heard<Result>> {
    const patience = this.#sleep(TIMEOUT_MS * 3).then((): Heard<Result> => 'lost');
    const answered = promise.then(
      (result): Heard<Result> => ({ result }),
      (error: unknown): Heard<Result> => ({ error }),
    );
    return Promise.race([answered, patience]);
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#cluster.simulation.schedule(ms, resolve));
  }
}

function isInDoubt(heard: { readonly error: unknown } | 'lost'): boolean {
  if (heard === 'lost') return true;
  if (heard.error instanceof QuorateError) return !heard.error.definite;
  throw heard.error;
}

function outputOf({ version, content }: RegisterRead) {
  if (content === undefined) return { value: null, version: null };
  return { value: Buffer.from(content.value).toString(), version: ballotText(version) };
}
