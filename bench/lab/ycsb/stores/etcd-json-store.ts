/** etcd through its JSON gateway, which takes and gives base64. */

import { Pool } from 'undici';
import { type Change, Conflict, type RemoteStore } from './remote-store.ts';

interface Range {
  readonly kvs?: readonly { readonly value?: string; readonly mod_revision: string }[];
}

const OK = 200;
const CONNECTIONS = 64;

export class EtcdJsonStore implements RemoteStore {
  readonly #pools: readonly Pool[];
  #asked = 0;

  constructor(urls: readonly string[]) {
    this.#pools = urls.map((url) => new Pool(url, { connections: CONNECTIONS }));
  }

  /** Linearizable, as etcd reads where it is not told otherwise. */
  async read(key: string): Promise<Uint8Array | undefined> {
    const { kvs } = await this.#range(key);
    const value = kvs?.[0]?.value;
    return value === undefined ? undefined : Buffer.from(value, 'base64');
  }

  async write(key: string, value: Uint8Array): Promise<void> {
    await this.#post('put', { key: base64(key), value: base64(value) });
  }

  async modify(key: string, change: Change): Promise<void> {
    const [found] = (await this.#range(key)).kvs ?? [];
    const before = found?.value === undefined ? undefined : Buffer.from(found.value, 'base64');
    const name = base64(key);
    const { succeeded } = (await this.#post('txn', {
      compare: [
        { key: name, target: 'MOD', result: 'EQUAL', mod_revision: found?.mod_revision ?? '0' },
      ],
      success: [{ request_put: { key: name, value: base64(change(before)) } }],
    })) as { succeeded?: boolean };
    if (succeeded !== true) throw new Conflict();
  }

  async close(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.destroy()));
  }

  async #range(key: string): Promise<Range> {
    return (await this.#post('range', { key: base64(key) })) as Range;
  }

  async #post(path: string, document: object): Promise<unknown> {
    const pool = this.#pools[this.#asked++ % this.#pools.length];
    if (pool === undefined) throw new Error('a cluster has members');
    const { statusCode, body } = await pool.request({
      method: 'POST',
      path: `/v3/kv/${path}`,
      body: JSON.stringify(document),
    });
    const answer = (await body.json()) as { error?: string };
    if (statusCode === OK) return answer;
    throw Object.assign(new Error(answer.error ?? `status ${statusCode}`), { code: 'etcd' });
  }
}

function base64(bytes: string | Uint8Array): string {
  return Buffer.from(bytes as string).toString('base64');
}
