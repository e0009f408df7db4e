/** etcd by gRPC, with the client that Node programs use. */

import type { Etcd3 } from 'etcd3';
import { type Change, Conflict, type RemoteStore } from './remote-store.ts';

export class EtcdGrpcStore implements RemoteStore {
  readonly #client: Etcd3;

  private constructor(client: Etcd3) {
    this.#client = client;
  }

  /** Rejects where the package `etcd3` is not installed. */
  static async connect(urls: readonly string[]): Promise<EtcdGrpcStore> {
    const { Etcd3 } = await import('etcd3');
    return new EtcdGrpcStore(new Etcd3({ hosts: [...urls] }));
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    return (await this.#client.get(key).buffer()) ?? undefined;
  }

  async write(key: string, value: Uint8Array): Promise<void> {
    await this.#client.put(key).value(Buffer.from(value)).exec();
  }

  async modify(key: string, change: Change): Promise<void> {
    const [found] = (await this.#client.get(key).exec()).kvs;
    const value = Buffer.from(change(found?.value));
    const { succeeded } = await this.#client
      .if(key, 'Mod', '==', found?.mod_revision ?? 0)
      .then(this.#client.put(key).value(value))
      .commit();
    if (!succeeded) throw new Conflict();
  }

  async close(): Promise<void> {
    this.#client.close();
  }
}
