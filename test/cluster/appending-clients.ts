/**
 * The scenario in which Riak lost acknowledged writes (basho/riak_kv#1754): many clients append
 * to few keys at strict quorums, resolving siblings as they go, while nodes come and go.
 *
 * An element that was acknowledged before a read began must be in what it finds; no element
 * shows that nobody sent.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { ClusterClient } from '../../src/client/cluster-client.ts';
import { valuesOf } from './harness.ts';

const BUCKET = 'appended';
const KEYS = 10;
const STRICT = { sloppy: false };

export interface AppendingOptions {
  readonly clients: number;
  /** From the end of one append to the beginning of the next, on the average. */
  readonly pauseMs: number;
}

export class AppendingClients {
  readonly failures: string[] = [];
  readonly #cluster: LocalCluster;
  readonly #options: AppendingOptions;
  readonly #acknowledged = new Map<string, Set<string>>();
  readonly #sent = new Set<string>();
  readonly #work: readonly Promise<void>[];
  #client: ClusterClient;
  #done = 0;
  #going = true;

  static async start(cluster: LocalCluster, options: AppendingOptions): Promise<AppendingClients> {
    await cluster.client('n1').putBucket(BUCKET);
    return new AppendingClients(cluster, options);
  }

  private constructor(cluster: LocalCluster, options: AppendingOptions) {
    this.#cluster = cluster;
    this.#options = options;
    for (let i = 0; i < KEYS; i++) this.#acknowledged.set(`key ${i}`, new Set());
    this.#client = this.#clientOfAll();
    this.#work = Array.from({ length: options.clients }, (_, i) => this.#run(i));
    onTestFinished(() => this.#end(), 60_000);
  }

  /** Appends that were acknowledged. */
  get done(): number {
    return this.#done;
  }

  /** From now on by way of those that run now. */
  useRunningNodes(): void {
    this.#client = this.#clientOfAll();
  }

  /** Resolves when so many more appends were acknowledged, and none has failed. */
  async more(appends: number): Promise<void> {
    const enough = this.#done + appends;
    const isOver = () => this.#done >= enough || this.failures.length > 0;
    await waitFor(`${appends} more appends`, 60_000, isOver);
    expect(this.failures).toEqual([]);
  }

  /** Nothing has failed, and every acknowledged append is there by way of each node that serves. */
  async finish(): Promise<void> {
    await this.#end();
    expect(this.failures).toEqual([]);
    for (const { name } of await this.#cluster.serving()) {
      for (const [key, acknowledged] of this.#acknowledged) {
        const found = elementsOf(await this.#cluster.client(name).get(BUCKET, key, STRICT));
        const lost = [...acknowledged].filter((element) => !found.has(element));
        expect({ name, key, lost }).toEqual({ name, key, lost: [] });
      }
    }
  }

  async #end(): Promise<void> {
    this.#going = false;
    await Promise.all(this.#work);
  }

  #clientOfAll(): ClusterClient {
    const running = this.#cluster.nodes.filter((node) => node.isRunning);
    const client = new ClusterClient(running.map(({ url }) => url));
    onTestFinished(() => client.close());
    return client;
  }

  async #run(self: number): Promise<void> {
    for (let i = 0; this.#going; i++) {
      await sleep(2 * Math.random() * this.#options.pauseMs);
      const key = `key ${Math.floor(Math.random() * KEYS)}`;
      try {
        await this.#append(key, `${self}.${i}`);
      } catch (error) {
        this.failures.push(`${key}: ${String(error)}`);
      }
    }
  }

  async #append(key: string, element: string): Promise<void> {
    const acknowledged = this.#acknowledged.get(key) as Set<string>;
    const expected = [...acknowledged];
    const answer = await this.#client.get(BUCKET, key, STRICT);
    const found = elementsOf(answer);
    const lost = expected.filter((one) => !found.has(one));
    if (lost.length > 0) throw new Error(`the read lacks ${lost.join(' ')}`);
    const strange = [...found].filter((one) => !this.#sent.has(one));
    if (strange.length > 0) throw new Error(`nobody sent ${strange.join(' ')}`);
    this.#sent.add(element);
    const value = [...found, element].join(' ');
    await this.#client.put(BUCKET, key, value, { ...STRICT, context: answer.context });
    acknowledged.add(element);
    this.#done++;
  }
}

/** Of all siblings. */
function elementsOf(answer: Parameters<typeof valuesOf>[0]): Set<string> {
  const elements = valuesOf(answer).flatMap((value) => value.split(' '));
  return new Set(elements.filter((element) => element !== ''));
}
