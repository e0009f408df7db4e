/** A bucket of Quorate: every node is asked in turn. */

import type { GetAnswer } from '../../../../src/client/answers.ts';
import { NodeClient } from '../../../../src/client/http-client.ts';
import { QuorateError } from '../../../../src/kernel/errors.ts';
import { type Change, Conflict, type RemoteStore, type StoreAddress } from './remote-store.ts';

type QuorateAddress = Extract<StoreAddress, { kind: 'quorate' }>;

export class QuorateStore implements RemoteStore {
  readonly #clients: readonly NodeClient[];
  readonly #address: QuorateAddress;
  #asked = 0;

  constructor(address: QuorateAddress) {
    this.#clients = address.urls.map((url) => new NodeClient(url));
    this.#address = address;
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    const { bucket, read } = this.#address;
    const { values } = await this.#client().get(bucket, key, read);
    return values[0]?.value;
  }

  async write(key: string, value: Uint8Array): Promise<void> {
    const { bucket, write } = this.#address;
    await this.#client().put(bucket, key, value, write);
  }

  async modify(key: string, change: Change): Promise<void> {
    const { bucket, read, write } = this.#address;
    const client = this.#client();
    const found = await client.get(bucket, key, read);
    const value = change(found.values[0]?.value);
    try {
      await client.put(bucket, key, value, { ...write, ...conditionOf(found) });
    } catch (error) {
      if (error instanceof QuorateError && error.code === 'condition_failed') throw new Conflict();
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  #client(): NodeClient {
    const client = this.#clients[this.#asked++ % this.#clients.length];
    if (client === undefined) throw new Error('a cluster has nodes');
    return client;
  }
}

/** A dynamo bucket keeps what is written at the same time as siblings: nothing is refused. */
function conditionOf({ context, version, revision }: GetAnswer) {
  const seen = version ?? revision;
  if (seen !== undefined) return { ifMatch: seen };
  return context === undefined ? {} : { context };
}
