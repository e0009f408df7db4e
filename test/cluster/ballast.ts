/** Data that takes a while to move, and is there before and after. */

import { expect } from 'vitest';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { valuesOf } from './harness.ts';

const BUCKET = 'ballast';
const AT_ONCE = 8;

export class Ballast {
  readonly #cluster: LocalCluster;
  readonly #keys: readonly string[];
  readonly #valueBytes: number;

  private constructor(cluster: LocalCluster, count: number, valueBytes: number) {
    this.#cluster = cluster;
    this.#keys = Array.from({ length: count }, (_, i) => `ballast ${i}`);
    this.#valueBytes = valueBytes;
  }

  /** On all replicas. */
  static async put(cluster: LocalCluster, count: number, valueBytes: number): Promise<Ballast> {
    const ballast = new Ballast(cluster, count, valueBytes);
    const client = cluster.client('n1');
    await ballast.#forAll(async (key) => {
      await client.put(BUCKET, key, ballast.#valueOf(key), { w: 'all' });
    });
    return ballast;
  }

  /** At a quorum of the keys' own replicas, by way of this node. */
  async check(by: string): Promise<void> {
    const missing: string[] = [];
    const client = this.#cluster.client(by);
    await this.#forAll(async (key) => {
      const found = valuesOf(await client.get(BUCKET, key, { sloppy: false }));
      if (found.length !== 1 || found[0] !== this.#valueOf(key)) missing.push(key);
    });
    expect(missing).toEqual([]);
  }

  #valueOf(key: string): string {
    return key.padEnd(this.#valueBytes, '.');
  }

  async #forAll(work: (key: string) => Promise<void>): Promise<void> {
    const keys = [...this.#keys];
    const worker = async () => {
      for (let key = keys.shift(); key !== undefined; key = keys.shift()) await work(key);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }
}
