/** Keys of linearizable buckets of a simulated cluster, as a client meets them at one node. */

import { utf8 } from '../../../src/kernel/bytes.ts';
import { QuorateError } from '../../../src/kernel/errors.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import type { Bucket, PaxosChange, QuorateNode } from '../../../src/node/index.ts';
import type { TestCluster } from '../harness.ts';
import type { Answer, AskedChange, Change, Condition, RefusalCode } from './asked.ts';

export interface Place {
  readonly bucket: string;
  readonly key: string;
}

/** Throws `QuorateError` and `TransportError`; what changed nothing is an answer. */
export interface KeyAccess {
  readonly at: NodeId;
  readonly timeoutMs: number;
  read(place: Place): Promise<Answer>;
  change(place: Place, asked: AskedChange, requestId: Uint8Array | undefined): Promise<Answer>;
}

const REFUSALS: ReadonlySet<string> = new Set<RefusalCode>([
  'condition_failed',
  'not_found',
  'not_a_number',
]);

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
    if (content === undefined || version === undefined) return { type: 'found' };
    return { type: 'found', value: Buffer.from(content.value).toString(), version };
  }

  async change(
    place: Place,
    asked: AskedChange,
    requestId: Uint8Array | undefined,
  ): Promise<Answer> {
    const condition = conditionOf(asked.condition);
    const change = { ...changeOf(asked), condition, requestId } as PaxosChange;
    try {
      const { version, result } = await this.#request(place, (node, bucket) =>
        node.paxosBuckets.change(bucket, utf8(place.key), change, this.timeoutMs),
      );
      return { type: 'applied', version, ...(result !== undefined && { result }) };
    } catch (error) {
      if (!(error instanceof QuorateError) || !REFUSALS.has(error.code)) throw error;
      const { version, present } = error.facts;
      const code = error.code as RefusalCode;
      const value = present && Buffer.from(present.value).toString();
      return {
        ...{ type: 'refused', code },
        ...(version !== undefined && { version }),
        ...(value !== undefined && { value }),
      };
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

function changeOf(change: Change) {
  const created = { contentType: 'text/plain', ttlMs: undefined };
  switch (change.op) {
    case 'put': {
      const { value, ttlMs } = change;
      return { ...created, type: 'put', value: utf8(value), meta: [], ttlMs, showsPresent: true };
    }
    case 'delete':
      return { type: 'delete' };
    case 'increment':
      return { type: 'increment', by: 1, ttlMs: undefined };
    case 'append':
      return { ...created, type: 'append', bytes: utf8(change.text) };
  }
}

function conditionOf(condition: Condition): PaxosChange['condition'] {
  switch (condition.type) {
    case 'none':
      return 'none';
    case 'version':
      return { ifMatch: [condition.version] };
    case 'absent':
      return { ifNoneMatch: 'any' };
    case 'present':
      return { ifMatch: 'any' };
  }
}
