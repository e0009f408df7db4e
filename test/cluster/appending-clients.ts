/**
 * The scenario in which Riak lost acknowledged writes (basho/riak_kv#1754): many clients append
 * to few keys at strict quorums, resolving siblings as they go, while nodes come and go.
 *
 * What they do is recorded as additions to sets: an element that was acknowledged before a read
 * began must be in what it finds; no element shows that nobody sent.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import type { GetAnswer } from '../../src/client/answers.ts';
import { valuesOf } from './harness.ts';
import { type Access, QUORUM, RecordedTraffic, STRICT, type Where } from './recorded-traffic.ts';

const BUCKET = 'appended';
const KEYS = Array.from({ length: 10 }, (_, i) => `key ${i}`);

export interface AppendingOptions {
  readonly clients: number;
  /** From the end of one append to the beginning of the next, on the average. */
  readonly pauseMs: number;
}

export class AppendingClients extends RecordedTraffic {
  protected readonly check = 'contents';
  readonly #pauseMs: number;

  static async start(cluster: LocalCluster, options: AppendingOptions): Promise<AppendingClients> {
    await cluster.client('n1').putBucket(BUCKET);
    const clients = new AppendingClients(cluster, options);
    clients.begin();
    return clients;
  }

  private constructor(cluster: LocalCluster, { clients, pauseMs }: AppendingOptions) {
    super(cluster, clients);
    this.#pauseMs = pauseMs;
  }

  protected pause(): Promise<void> {
    return sleep(2 * Math.random() * this.#pauseMs);
  }

  protected async round(access: Access, process: number, i: number): Promise<void> {
    const key = KEYS[Math.floor(Math.random() * KEYS.length)] as string;
    const answer = await this.#read(access, { process, key });
    const element = `${process}.${i}`;
    const value = [...elementsOf(answer), element].join(' ');
    const options = { ...STRICT, context: answer.context };
    await this.record(
      { process, key, op: 'add', value: element, quorum: QUORUM },
      () => access.put(BUCKET, key, value, options),
      () => ({}),
    );
  }

  protected async readAll(access: Access, where: Omit<Where, 'key'>): Promise<void> {
    for (const key of KEYS) await this.#read(access, { ...where, key });
  }

  #read(access: Access, where: Where): Promise<GetAnswer> {
    return this.record(
      { ...where, op: 'read', quorum: QUORUM },
      () => access.get(BUCKET, where.key, STRICT),
      (answer) => ({ output: { values: elementsOf(answer) } }),
    );
  }
}

/** Of all siblings. */
function elementsOf(answer: GetAnswer): readonly string[] {
  const elements = valuesOf(answer).flatMap((value) => value.split(' '));
  return [...new Set(elements.filter((element) => element !== ''))];
}
