/** A raft bucket as a client meets it at one node over HTTP. */

import type { NodeClient } from '../../src/client/http-client.ts';
import { QuorateError } from '../../src/kernel/errors.ts';
import type { CounterAccess } from '../sim/raft-buckets/counting-client.ts';
import type {
  BucketAccess,
  VersionedText,
  WriteCondition,
} from '../sim/raft-buckets/recording-client.ts';

/** For the node to answer; shorter than a cluster without majority lasts. */
const TIMEOUT_MS = 1_000;

export class HttpAccess implements BucketAccess, CounterAccess {
  readonly at: string;
  readonly bucket: string;
  readonly #client: NodeClient;

  constructor(at: string, bucket: string, client: NodeClient) {
    this.at = at;
    this.bucket = bucket;
    this.#client = client;
  }

  async get(key: string): Promise<VersionedText | undefined> {
    const { values, revision } = await this.#client.get(this.bucket, key, { timeout: TIMEOUT_MS });
    const [found] = values;
    if (found === undefined) return undefined;
    return { value: Buffer.from(found.value).toString(), version: revision as number };
  }

  async put(key: string, value: string, condition: WriteCondition): Promise<number> {
    const options = optionsOf(condition);
    const { revision } = await this.#client.put(this.bucket, key, value, options);
    return revision as number;
  }

  async delete(key: string, condition: WriteCondition): Promise<number | undefined> {
    try {
      const { revision } = await this.#client.delete(this.bucket, key, optionsOf(condition));
      return revision;
    } catch (error) {
      if (error instanceof QuorateError && error.code === 'not_found') return undefined;
      throw error;
    }
  }

  async increment(key: string, requestId: Uint8Array): Promise<number> {
    const options = { timeout: TIMEOUT_MS, idempotencyKey: uuidOf(requestId) };
    const { number } = await this.#client.increment(this.bucket, key, 1, options);
    return number;
  }
}

function uuidOf(id: Uint8Array): string {
  const hex = Buffer.from(id).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function optionsOf({ ifVersion, ifAbsent }: WriteCondition) {
  return { timeout: TIMEOUT_MS, ifMatch: ifVersion, ifNoneMatch: ifAbsent && ('*' as const) };
}
