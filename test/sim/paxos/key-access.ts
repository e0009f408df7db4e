/** Keys of linearizable buckets of a simulated cluster, as a client meets them at one node. */

import type { Conditions } from '../../../src/checkers/history.ts';
import type { Input } from '../../../src/checkers/recorder.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { QuorateError } from '../../../src/kernel/errors.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import type { Bucket, PaxosChange, QuorateNode } from '../../../src/node/index.ts';
import type { TestCluster } from '../harness.ts';
import type { Answer } from '../repeated-request.ts';

export interface Place {
  readonly bucket: string;
  readonly key: string;
}

export type Change = Extract<Input, { op: 'write' | 'delete' | 'append' | 'increment' }>;

/** Throws `QuorateError` and `TransportError`; what changed nothing is an answer. */
export interface KeyAccess {
  readonly at: NodeId;
  readonly timeoutMs: number;
  read(place: Place): Promise<Answer>;
  change(place: Place, change: Change, requestId?: Uint8Array): Promise<Answer>;
}

const REFUSALS: ReadonlySet<string> = new Set(['condition_failed', 'not_found', 'not_a_number']);

export class PaxosAccess implements KeyAccess {
  readonly at: NodeId;
  readonly timeoutMs: number;
  readonly #cluster: TestCluster;

  constructor(cluster: TestCluster, at: NodeId, timeoutMs: number) {
    this.#cluster = cluster;
    this.at = at;
    this.timeoutMs = timeoutMs;
  }

  async read(place: Place): Promise<Answer> {
    const { content, version } = await this.#request(place, (node, bucket) =>
      node.paxosBuckets.get(bucket, utf8(place.key), this.timeoutMs),
    );
    if (content === undefined) return { output: { value: null, version: null } };
    return { output: { value: textOf(content.value), version: version ?? null } };
  }

  async change(place: Place, change: Change, requestId?: Uint8Array): Promise<Answer> {
    const condition = conditionOf(change);
    const asked = { ...askedFor(change), condition, requestId } as PaxosChange;
    try {
      const { version, result } = await this.#request(place, (node, bucket) =>
        node.paxosBuckets.change(bucket, utf8(place.key), asked, this.timeoutMs),
      );
      return { output: { version, ...(result !== undefined && { value: result }) } };
    } catch (error) {
      if (!(error instanceof QuorateError) || !REFUSALS.has(error.code)) throw error;
      const { version = null, present } = error.facts;
      const found = present && { value: textOf(present.value) };
      return { output: { applied: false, version, ...found }, refusal: error.code };
    }
  }

  #request<Result>(
    { bucket: name }: Place,
    work: (node: QuorateNode, bucket: Bucket) => Promise<Result>,
  ): Promise<Result> {
    return this.#cluster.request(this.at, async (node) => {
      const bucket = node.bucket(name);
      if (bucket !== undefined) return work(node, bucket);
      throw new QuorateError('not_ready', `${this.at} has yet to hear of ${name}`);
    });
  }
}

function askedFor(change: Change) {
  const created = { contentType: 'text/plain', ttlMs: undefined };
  switch (change.op) {
    case 'write': {
      const { value, ttlMs } = change;
      const put = { ...created, type: 'put', value: utf8(`${value}`), meta: [] };
      return { ...put, ttlMs, showsPresent: true };
    }
    case 'delete':
      return { type: 'delete' };
    case 'increment':
      return { type: 'increment', by: change.by, ttlMs: undefined };
    case 'append':
      return { ...created, type: 'append', bytes: utf8(change.value) };
  }
}

function conditionOf({ ifVersion, ifAbsent, ifPresent }: Conditions): PaxosChange['condition'] {
  if (ifVersion !== undefined) return { ifMatch: [`${ifVersion}`] };
  if (ifAbsent) return { ifNoneMatch: 'any' };
  return ifPresent ? { ifMatch: 'any' } : 'none';
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
