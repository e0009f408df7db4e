/** Raft buckets of a simulated cluster, as a client meets them at one node. */

import { utf8 } from '../../../src/kernel/bytes.ts';
import { QuorateError } from '../../../src/kernel/errors.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import type { Bucket, Condition, QuorateNode } from '../../../src/node/index.ts';
import type { TestCluster } from '../harness.ts';
import type { CounterAccess } from './counting-client.ts';
import type { BucketAccess, VersionedText, WriteCondition } from './recording-client.ts';

export class SimAccess implements BucketAccess, CounterAccess {
  readonly at: NodeId;
  readonly bucket: string;
  readonly #cluster: TestCluster;
  readonly #timeoutMs: number;

  constructor(cluster: TestCluster, at: NodeId, bucket: string, timeoutMs: number) {
    this.#cluster = cluster;
    this.at = at;
    this.bucket = bucket;
    this.#timeoutMs = timeoutMs;
  }

  async get(key: string): Promise<VersionedText | undefined> {
    const found = await this.#request((node, bucket) =>
      node.raftBuckets.get(bucket, utf8(key), this.#timeoutMs),
    );
    if (found === undefined) return undefined;
    return { value: Buffer.from(found.value).toString(), version: found.revision };
  }

  async put(key: string, value: string, condition: WriteCondition): Promise<number> {
    const put = {
      value: utf8(value),
      contentType: 'text/plain',
      meta: [],
      condition: conditionOf(condition),
      lease: undefined,
    };
    const { revision } = await this.#request((node, bucket) =>
      node.raftBuckets.put(bucket, utf8(key), put, this.#timeoutMs),
    );
    return revision as number;
  }

  async delete(key: string, condition: WriteCondition): Promise<number | undefined> {
    const { revision } = await this.#request((node, bucket) =>
      node.raftBuckets.delete(
        bucket,
        utf8(key),
        { condition: conditionOf(condition) },
        this.#timeoutMs,
      ),
    );
    return revision;
  }

  async increment(key: string, requestId: Uint8Array): Promise<number> {
    const update = { type: 'increment' as const, by: 1 };
    const { result } = await this.#request((node, bucket) =>
      node.raftBuckets.update(
        bucket,
        utf8(key),
        { update, condition: 'none', requestId },
        this.#timeoutMs,
      ),
    );
    return result as number;
  }

  #request<Result>(work: (node: QuorateNode, bucket: Bucket) => Promise<Result>): Promise<Result> {
    return this.#cluster.request(this.at, async (node) => {
      const bucket = node.bucket(this.bucket);
      if (bucket !== undefined) return work(node, bucket);
      throw new QuorateError('no_such_bucket', `${this.at} does not know ${this.bucket}`);
    });
  }
}

function conditionOf({ ifVersion, ifAbsent }: WriteCondition): Condition {
  if (ifAbsent) return { ifNoneMatch: 'any' };
  return ifVersion === undefined ? 'none' : { ifMatch: [ifVersion] };
}
