/**
 * Clients that read and write on while the ring under them changes, and judge every answer.
 *
 * Each writer has keys of its own: it reads one at quorum, and writes it at quorum with the
 * context of what it read. What it must read is known: what was acknowledged last, or a write
 * in doubt that had seen it. Beside that only writes in doubt may show.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { ClusterClient } from '../../src/client/cluster-client.ts';
import { QuorateError, TransportError } from '../../src/kernel/errors.ts';
import { valuesOf } from './harness.ts';

const WRITERS = 6;
const KEYS_OF_WRITER = 25;
/** Between two rounds of one writer: a load that the machine bears. */
const PAUSE_MS = 8;
/** The patience of a client, and a little. */
const STOP_MS_MAX = 15_000;
const MORE_MS_MAX = 30_000;

/** Of a key's own replicas: a stand-in may know less, and is no part of the promise. */
const STRICT = { sloppy: false };

interface Known {
  acknowledged: string | undefined;
  /** In doubt, and sent since then with a context that covers what was acknowledged. */
  successors: Set<string>;
  readonly inDoubt: Set<string>;
}

export class RingTraffic {
  /** Requests that failed, and answers that were wrong. */
  readonly failures: string[] = [];
  /** Writes of which nobody knows what came of them: where a node was killed there are some. */
  doubts = 0;
  readonly #cluster: LocalCluster;
  readonly #bucket: string;
  readonly #known = new Map<string, Known>();
  readonly #work: readonly Promise<void>[];
  #client: ClusterClient;
  #rounds = 0;
  #going = true;

  /** @param bucket a new one */
  static async start(cluster: LocalCluster, bucket: string): Promise<RingTraffic> {
    const [observer] = cluster.nodes.filter((node) => node.isRunning);
    await cluster.client(observer?.name ?? '').putBucket(bucket);
    return new RingTraffic(cluster, bucket);
  }

  private constructor(cluster: LocalCluster, bucket: string) {
    this.#cluster = cluster;
    this.#bucket = bucket;
    this.#client = this.#clientOfAll();
    this.#work = Array.from({ length: WRITERS }, (_, writer) => this.#run(writer));
    onTestFinished(() => this.stop(), STOP_MS_MAX);
  }

  /** From now on by way of those that run now. */
  useRunningNodes(): void {
    this.#client = this.#clientOfAll();
  }

  /** Resolves when so many more rounds have succeeded, and none has failed. */
  async more(rounds: number): Promise<void> {
    const enough = this.#rounds + rounds;
    const isOver = () => this.#rounds >= enough || this.failures.length > 0;
    await waitFor(`${rounds} more rounds`, MORE_MS_MAX, isOver);
    expect(this.failures).toEqual([]);
  }

  async stop(): Promise<void> {
    this.#going = false;
    await Promise.all(this.#work);
  }

  /** By way of each node that serves. */
  async #checkAll(): Promise<void> {
    const wrong: string[] = [];
    for (const { name } of await this.#cluster.serving()) {
      const client = this.#cluster.client(name);
      await Promise.all(
        [...this.#known].map(async ([key, known]) => {
          const read = valuesOf(await client.get(this.#bucket, key, STRICT));
          const problem = problemOf(read, known);
          if (problem !== undefined) wrong.push(`${key} by way of ${name}: ${problem}`);
        }),
      );
    }
    expect(wrong).toEqual([]);
  }

  /** All writers, stopped, have failed at nothing, and all that they wrote is there. */
  async finish(): Promise<void> {
    await this.stop();
    expect(this.failures).toEqual([]);
    await this.#checkAll();
  }

  #clientOfAll(): ClusterClient {
    const running = this.#cluster.nodes.filter((node) => node.isRunning);
    const client = new ClusterClient(running.map(({ url }) => url));
    onTestFinished(() => client.close());
    return client;
  }

  async #run(writer: number): Promise<void> {
    for (let i = 0; this.#going; i++) {
      const key = `${writer}/${i % KEYS_OF_WRITER}`;
      const known = this.#known.get(key) ?? newKnown();
      this.#known.set(key, known);
      try {
        await this.#round(key, `${key} for the ${i}th time`, known);
        this.#rounds++;
      } catch (error) {
        this.failures.push(`${key}: ${String(error)}`);
      }
      await sleep(PAUSE_MS);
    }
  }

  async #round(key: string, value: string, known: Known): Promise<void> {
    const found = await this.#client.get(this.#bucket, key, STRICT);
    const problem = problemOf(valuesOf(found), known);
    if (problem !== undefined) throw new Error(problem);
    try {
      await this.#client.put(this.#bucket, key, value, { ...STRICT, context: found.context });
    } catch (error) {
      if (didNothing(error)) throw error;
      this.doubts++;
      known.successors.add(value);
      known.inDoubt.add(value);
      return;
    }
    known.acknowledged = value;
    known.successors = new Set();
  }
}

function didNothing(error: unknown): boolean {
  if (error instanceof TransportError) return error.neverSent;
  return error instanceof QuorateError && error.definite;
}

function newKnown(): Known {
  return { acknowledged: undefined, successors: new Set(), inDoubt: new Set() };
}

/** Undefined: it is what there must be. */
function problemOf(
  read: readonly string[],
  { acknowledged, successors, inDoubt }: Known,
): string | undefined {
  const isThere = read.some((value) => value === acknowledged || successors.has(value));
  if (acknowledged !== undefined && !isThere) {
    return `read [${read}], without [${acknowledged}] or a successor of it`;
  }
  const strange = read.find((value) => value !== acknowledged && !inDoubt.has(value));
  return strange === undefined ? undefined : `read [${strange}], which was replaced`;
}
