/**
 * Redis with asynchronous replicas: a write is on the primary, and `WAIT` tells how many
 * replicas have it in memory; it takes nothing back where too few do.
 */

import type { Redis } from 'ioredis';
import { type Change, Conflict, type RemoteStore, type StoreAddress } from './remote-store.ts';

/** `WAIT` holds up its connection, as a transaction takes one for itself. */
const CONNECTIONS = 32;
const WAIT_MS = 2_000;

export class RedisStore implements RemoteStore {
  readonly #connections: readonly Redis[];
  readonly #idle: Redis[];
  readonly #waiting: ((connection: Redis) => void)[] = [];
  readonly #wait: number;

  private constructor(connections: readonly Redis[], wait: number) {
    this.#connections = connections;
    this.#idle = [...connections];
    this.#wait = wait;
  }

  /** Rejects where the package `ioredis` is not installed. */
  static async connect({
    host,
    port,
    wait,
  }: Extract<StoreAddress, { kind: 'redis' }>): Promise<RedisStore> {
    const { Redis } = await import('ioredis');
    const connections = Array.from({ length: CONNECTIONS }, () => new Redis({ host, port }));
    return new RedisStore(connections, wait);
  }

  read(key: string): Promise<Uint8Array | undefined> {
    return this.#with(async (redis) => (await redis.getBuffer(key)) ?? undefined);
  }

  write(key: string, value: Uint8Array): Promise<void> {
    return this.#with(async (redis) => {
      const written = redis.set(key, Buffer.from(value));
      const reached = redis.wait(this.#wait, WAIT_MS);
      await written;
      this.#demand(await reached);
    });
  }

  modify(key: string, change: Change): Promise<void> {
    return this.#with(async (redis) => {
      await redis.watch(key);
      const value = Buffer.from(change((await redis.getBuffer(key)) ?? undefined));
      const committed = redis.multi().set(key, value).exec();
      const reached = redis.wait(this.#wait, WAIT_MS);
      if ((await committed) === null) throw new Conflict();
      this.#demand(await reached);
    });
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) connection.disconnect();
  }

  #demand(reached: number): void {
    if (reached >= this.#wait) return;
    throw Object.assign(new Error(`${reached} replicas have it`), { code: 'too_few_replicas' });
  }

  async #with<Result>(work: (redis: Redis) => Promise<Result>): Promise<Result> {
    const connection =
      this.#idle.pop() ?? (await new Promise<Redis>((resolve) => this.#waiting.push(resolve)));
    try {
      return await work(connection);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(connection);
      else next(connection);
    }
  }
}
