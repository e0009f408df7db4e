/**
 * Clients that read and write on while the ring under them changes.
 *
 * Each writer has keys of its own: it reads one at quorum, and writes it at quorum with the
 * context of what it read. What it must read is known: what was acknowledged last, or a write
 * in doubt that had seen it. Beside that only writes in doubt may show.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import type { GetAnswer } from '../../src/client/answers.ts';
import { isDefinite } from '../../src/kernel/errors.ts';
import { valuesOf } from './harness.ts';
import { type Access, QUORUM, RecordedTraffic, STRICT, type Where } from './recorded-traffic.ts';

const WRITERS = 6;
const KEYS_OF_WRITER = 25;
/** Between two rounds of one writer: a load that the machine bears. */
const PAUSE_MS = 25;

export class RingTraffic extends RecordedTraffic {
  protected readonly check = 'losses';
  /** Writes of which nobody knows what came of them: where a node was killed there are some. */
  doubts = 0;
  readonly #bucket: string;

  /** @param bucket a new one */
  static async start(cluster: LocalCluster, bucket: string): Promise<RingTraffic> {
    const [observer] = cluster.nodes.filter((node) => node.isRunning);
    await cluster.client(observer?.name ?? '').putBucket(bucket);
    const traffic = new RingTraffic(cluster, bucket);
    traffic.begin();
    return traffic;
  }

  private constructor(cluster: LocalCluster, bucket: string) {
    super(cluster, WRITERS);
    this.#bucket = bucket;
  }

  protected pause(): Promise<void> {
    return sleep(PAUSE_MS);
  }

  protected async round(access: Access, process: number, i: number): Promise<void> {
    const key = keyOf(process, i % KEYS_OF_WRITER);
    const found = await this.#read(access, { process, key });
    const value = `${key} for the ${i}th time`;
    const replaces = { values: valuesOf(found) };
    const options = { ...STRICT, context: found.context };
    try {
      await this.record(
        { process, key, op: 'write', value, replaces, quorum: QUORUM },
        () => access.put(this.#bucket, key, value, options),
        () => ({}),
      );
    } catch (error) {
      if (isDefinite(error)) throw error;
      this.doubts++;
    }
  }

  protected async readAll(access: Access, where: Omit<Where, 'key'>): Promise<void> {
    const all = { length: WRITERS * KEYS_OF_WRITER };
    const keys = Array.from(all, (_, i) => keyOf(i % WRITERS, Math.floor(i / WRITERS)));
    await Promise.all(keys.map((key) => this.#read(access, { ...where, key })));
  }

  #read(access: Access, where: Where): Promise<GetAnswer> {
    return this.record(
      { ...where, op: 'read', quorum: QUORUM },
      () => access.get(this.#bucket, where.key, STRICT),
      (answer) => ({ output: { values: valuesOf(answer) } }),
    );
  }
}

function keyOf(writer: number, number: number): string {
  return `${writer}/${number}`;
}
