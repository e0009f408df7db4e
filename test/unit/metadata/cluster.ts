/** A state of a few nodes, and a log that hands out the indexes. */

import { type Command, encodeCommand, type ReplyTo } from '../../../src/metadata/command.ts';
import type { NodeAddress, NodeSeed } from '../../../src/metadata/nodes.ts';
import type { CommandReply } from '../../../src/metadata/reply.ts';
import type { SessionRequest } from '../../../src/metadata/sessions.ts';
import { type FoundingOptions, MetadataState } from '../../../src/metadata/state.ts';

export function address(no: number): NodeAddress {
  return { host: '127.0.0.1', peerPort: 7_000 + no, clientPort: 8_000 + no };
}

export function seed(no: number, zone?: string): NodeSeed {
  return { name: `n${no}`, directoryId: `directory-${no}`, address: address(no), zone };
}

export function seeds(count: number): NodeSeed[] {
  return Array.from({ length: count }, (_, at) => seed(at + 1));
}

export function founded(options: Partial<FoundingOptions> = {}): MetadataState {
  return MetadataState.founding({
    clusterId: '0123456789abcdef',
    secret: new Uint8Array(32).fill(7),
    partitionCount: 8,
    replicationFactor: 3,
    expect: 1,
    nodes: seeds(3),
    ...options,
  });
}

/** Applies commands one after the other at the next index. */
export class Log {
  readonly state: MetadataState;

  constructor(state: MetadataState = founded()) {
    this.state = state;
  }

  run<Type extends Command['type']>(
    command: Extract<Command, { readonly type: Type }>,
    session?: SessionRequest,
  ): ReplyTo<Type> {
    return this.entry(encodeCommand({ session, command: command as Command })) as ReplyTo<Type>;
  }

  entry(data: Uint8Array): CommandReply {
    return this.state.apply(this.state.index + 1, data);
  }

  /** The number of a new raft bucket. */
  raftBucket(name = 'config'): number {
    const reply = this.run({
      type: 'put_bucket',
      name,
      settings: { mode: 'raft' },
      createOnly: true,
    });
    if (!reply.ok) throw new Error(reply.detail);
    return reply.bucket.number;
  }

  put(bucketNumber: number, key: string, value: string, more: Partial<PutOptions> = {}) {
    return this.run({
      type: 'put_value',
      bucketNumber,
      key: bytes(key),
      value: bytes(value),
      contentType: 'text/plain',
      meta: [],
      condition: 'none',
      ...more,
    });
  }

  delete(bucketNumber: number, key: string, more: Partial<PutOptions> = {}) {
    const condition = more.condition ?? 'none';
    return this.run({ type: 'delete_value', bucketNumber, key: bytes(key), condition });
  }

  /** The id of a new lease. */
  lease(ttlMs = 5_000): number {
    const reply = this.run({ type: 'grant_lease', ttlMs });
    if (!reply.ok) throw new Error(reply.detail);
    return reply.id;
  }
}

type PutOptions = Pick<
  Extract<Command, { type: 'put_value' }>,
  'condition' | 'lease' | 'meta' | 'value'
>;

export function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

export function textOf(value: Uint8Array | undefined): string | undefined {
  return value && Buffer.from(value).toString('latin1');
}

/** Equal for equal states. */
export function bytesOf(state: MetadataState): string {
  return Buffer.concat([...state.snapshot()]).toString('base64');
}

/** The state on another node: from a snapshot. */
export function restored(state: MetadataState): MetadataState {
  return MetadataState.decode([...state.snapshot()]);
}
