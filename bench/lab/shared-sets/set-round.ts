/**
 * Clients that add elements to shared sets for some time: each reads a set, and puts down all
 * that it has read and one more element, with the context of the read. One of the clients is on
 * the side of the first node, all others are on the other side.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalCluster } from '../../../cluster/local-cluster.ts';
import { waitFor } from '../../../cluster/wait-for.ts';
import { Recorder } from '../../../src/checkers/recorder.ts';
import type { GetAnswer } from '../../../src/client/answers.ts';
import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { textsOf } from '../../workloads/values-found.ts';
import { quorumOf } from '../../workloads/workload.ts';
import { recorded } from '../recorded-request.ts';
import type { Condition, Policy } from './conditions.ts';

export interface SetRoundOptions {
  readonly cluster: LocalCluster;
  readonly policy: Policy;
  readonly condition: Condition;
  readonly repeat: number;
  readonly random: SeededRandom;
  /** Milliseconds, one clock for all rounds. */
  readonly now: () => number;
}

export const FIRST_SIDE: readonly string[] = ['n1'];
export const OTHER_SIDE: readonly string[] = ['n2', 'n3'];
export const CLIENTS = 5;

const REPLICAS = 3;
const TIMEOUT_MS = 5_000;
/** From the end of one addition to the beginning of the next, at most. */
const PAUSE_MS = 20;
const LAST_READ_MS_MAX = 30_000;

export class SetRound {
  readonly policy: Policy;
  readonly condition: Condition;
  readonly repeat: number;
  readonly recorder: Recorder;
  readonly #options: SetRoundOptions;
  readonly #keys = new Set<string>();
  /** By key, at the end: how many values it has. */
  readonly siblings = new Map<string, number>();
  #values = 0;
  /** Acknowledged, by client. */
  readonly #added = new Array<number>(CLIENTS).fill(0);

  constructor(options: SetRoundOptions) {
    this.#options = options;
    this.policy = options.policy;
    this.condition = options.condition;
    this.repeat = options.repeat;
    this.recorder = new Recorder(options.now);
  }

  /** Of the client that has the fewest. */
  get leastAdded(): number {
    return Math.min(...this.#added);
  }

  /** Resolves with the last answer. */
  async add(isOver: () => boolean): Promise<void> {
    const startedAt = this.#options.now();
    const clients = this.#added.map(async (_, process) => {
      const random = this.#options.random.fork();
      while (!isOver()) {
        await sleep(random.float() * PAUSE_MS);
        const key = this.#keyAt(this.#options.now() - startedAt, random);
        if (await this.#addTo(key, process, random)) this.#count(process);
      }
    });
    await Promise.all(clients);
  }

  /** What all replicas have together, once nothing is added any more and they hear each other. */
  async readAtEnd(): Promise<void> {
    const { policy, condition } = this.#options;
    for (const key of this.#keys) {
      const what = `all replicas of ${policy.bucket}/${key} to answer (${condition.title})`;
      await waitFor(what, LAST_READ_MS_MAX, () => this.#readFinally(key));
    }
  }

  #keyAt(elapsedMs: number, random: SeededRandom): string {
    const { keys, keyMs, name } = this.condition;
    const turn = Math.floor(elapsedMs / keyMs);
    const key = `${name}-${this.repeat}-${turn}-${random.below(keys)}`;
    this.#keys.add(key);
    return key;
  }

  /** Whether it was acknowledged. */
  async #addTo(key: string, process: number, random: SeededRandom): Promise<boolean> {
    const { cluster, policy, condition } = this.#options;
    const { level } = condition;
    const options = { sloppy: false, timeout: TIMEOUT_MS };
    const quorum = quorumOf(level, true);
    const nodes = process === 0 ? FIRST_SIDE : OTHER_SIDE;
    const [readAt, writeAt] = [random.pick(nodes), random.pick(nodes)];
    const found = await recorded(
      this.recorder,
      { process, key, op: 'read', at: readAt, quorum },
      () => cluster.client(readAt).get(policy.bucket, key, { ...options, r: level }),
      (answer) => ({ output: { values: unionOf(answer) } }),
    );
    if (found === undefined) return false;
    const value = `${process}.${this.#values++}`;
    const text = [...unionOf(found), value].join(' ');
    const put = { ...options, w: level, context: found.context };
    const made = await recorded(
      this.recorder,
      { process, key, op: 'add', value, at: writeAt, quorum },
      () => cluster.client(writeAt).put(policy.bucket, key, text, put),
      () => ({}),
    );
    return made !== undefined;
  }

  #count(process: number): void {
    this.#added[process] = (this.#added[process] ?? 0) + 1;
  }

  async #readFinally(key: string): Promise<boolean> {
    const { cluster, policy } = this.#options;
    const [at] = FIRST_SIDE as readonly [string];
    const options = { r: REPLICAS, sloppy: false, readRepair: 'off', timeout: TIMEOUT_MS };
    const found = await recorded(
      this.recorder,
      { process: CLIENTS, key, op: 'read', at, final: true, quorum: quorumOf(REPLICAS, true) },
      () => cluster.client(at).get(policy.bucket, key, options),
      (answer) => ({ output: { values: unionOf(answer) } }),
    );
    if (found !== undefined) this.siblings.set(key, found.values.length);
    return found !== undefined;
  }
}

/** Siblings have many elements in common. */
function unionOf(answer: GetAnswer): readonly string[] {
  return [...new Set(textsOf(answer).flatMap((text) => text.split(' ')))];
}
