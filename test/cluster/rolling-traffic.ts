/** Clients that go on while the nodes of a cluster are stopped and started one after the other. */

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { ClusterClient } from '../../src/client/cluster-client.ts';
import { valuesOf } from './harness.ts';

/** Between two requests of one writer: a load that the machine bears. */
const PAUSE_MS = 15;
const KEYS_EACH = 10;

/** Reads and writes at quorum, each writer its own keys, until stopped. */
export class RollingTraffic {
  readonly failures: string[] = [];
  readonly #client: ClusterClient;
  /** By bucket and key. */
  readonly #acknowledged = new Map<string, string>();
  readonly #work: Promise<void>[] = [];
  #done = 0;
  #going = true;

  /** @param buckets of each writer */
  constructor(cluster: LocalCluster, buckets: readonly string[]) {
    this.#client = ClusterClient.inTurn(cluster.urls);
    onTestFinished(() => this.#client.close());
    for (const bucket of buckets) this.addWriter(bucket);
    onTestFinished(() => this.stop());
  }

  /** Rounds that have succeeded. */
  get done(): number {
    return this.#done;
  }

  addWriter(bucket: string): void {
    this.#work.push(this.#run(bucket, this.#work.length));
  }

  /** Resolves when so many more rounds have succeeded. */
  more(rounds: number): Promise<void> {
    const enough = this.#done + rounds;
    return waitFor(`${rounds} more rounds`, 30_000, () => this.#done >= enough);
  }

  async stop(): Promise<void> {
    this.#going = false;
    await Promise.all(this.#work);
  }

  /** What was acknowledged is there. To be called after the stop. */
  async checkAll(): Promise<void> {
    for (const [place, value] of this.#acknowledged) {
      const [bucket, key] = place.split(' ') as [string, string];
      expect([place, valuesOf(await this.#client.get(bucket, key))]).toEqual([place, [value]]);
    }
  }

  async #run(bucket: string, writer: number): Promise<void> {
    for (let i = 0; this.#going; i++) {
      const key = `${writer}/${i % KEYS_EACH}`;
      const place = `${bucket} ${key}`;
      const value = `${writer} wrote ${i}`;
      try {
        const found = await this.#client.get(bucket, key);
        const expected = this.#acknowledged.get(place);
        const read = valuesOf(found).join();
        if (read !== (expected ?? '')) throw new Error(`read [${read}], not [${expected}]`);
        await this.#client.put(bucket, key, value, { context: found.context });
        this.#acknowledged.set(place, value);
        this.#done++;
      } catch (error) {
        this.failures.push(`${place}: ${String(error)}`);
      }
      await sleep(PAUSE_MS);
    }
  }
}
