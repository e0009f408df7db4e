/** A state of a few nodes, and a log that hands out the indexes. */

import { QuorateError } from '../../../src/kernel/errors.ts';
import { LATEST_VERSION } from '../../../src/metadata/cluster-version.ts';
import type { Command, CommitChanges } from '../../../src/metadata/command.ts';
import { encodeCommand } from '../../../src/metadata/command-codec.ts';
import type { FoundingOptions } from '../../../src/metadata/founding.ts';
import type { NodeAddress, NodeSeed } from '../../../src/metadata/node-record.ts';
import { committing, planned } from '../../../src/metadata/planning.ts';
import type { CommandReply, ReplyTo } from '../../../src/metadata/reply.ts';
import { partitionsToMove } from '../../../src/metadata/ring-moves.ts';
import type { SessionRequest } from '../../../src/metadata/sessions.ts';
import { MetadataState } from '../../../src/metadata/state.ts';
import type { StagedChange } from '../../../src/ring/changes.ts';
import type { Move } from '../../../src/ring/move.ts';
import { partitionEpoch, type Ring } from '../../../src/ring/ring.ts';

export function address(no: number): NodeAddress {
  return { host: '127.0.0.1', peerPort: 7_000 + no, clientPort: 8_000 + no };
}

export function seed(no: number, zone?: string): NodeSeed {
  const named = { name: `n${no}`, directoryId: `directory-${no}` };
  return { ...named, address: address(no), zone, version: LATEST_VERSION };
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

  /** Has to be taken, or throws what was refused. */
  must<Type extends Command['type']>(command: Extract<Command, { readonly type: Type }>): void {
    const reply = this.run(command);
    if (!reply.ok) throw new QuorateError(reply.code, reply.detail, reply.facts);
  }

  stage(...changes: StagedChange[]): void {
    for (const change of changes) this.must({ type: 'stage_change', change });
  }

  /** Commits to the plan of what is staged. */
  commit(): void {
    this.must(this.committing());
  }

  committing(): CommitChanges {
    const plan = planned(this.state);
    if (plan === undefined) throw new Error('there is no ring to be changed');
    return committing(plan, this.state.planEpoch);
  }

  /** Stages and commits. */
  change(...changes: StagedChange[]): void {
    this.stage(...changes);
    this.commit();
  }

  get ring(): Ring {
    const ring = this.state.ring();
    if (ring === undefined) throw new Error('there is no ring');
    return ring;
  }

  /** Begins the next move of these partitions; of all that have one. */
  begin(partitions = this.toMove()): void {
    this.must({ type: 'begin_moves', moves: partitions.map((partition) => this.at(partition)) });
  }

  toMove(): readonly number[] {
    const goal = this.state.goal();
    return goal === undefined ? [] : partitionsToMove(this.ring, goal);
  }

  /** Each of these leaves its stage; all that are on their way. */
  advance(partitions: Iterable<number> = this.ring.moves.keys()): void {
    const moves = [...partitions].map((partition) => {
      return { ...this.at(partition), stage: this.move(partition).stage };
    });
    this.must({ type: 'advance_moves', moves });
  }

  /** Until every partition is where it should be. */
  carryOut(): void {
    for (let step = 0; this.state.goal() !== undefined || this.ring.moves.size > 0; step++) {
      if (step > 100) throw new Error('the goal is not reached');
      if (this.toMove().length > 0) this.begin();
      this.advance();
    }
  }

  at(partition: number): { readonly partition: number; readonly epoch: number } {
    return { partition, epoch: partitionEpoch(this.ring, partition) };
  }

  move(partition: number): Move {
    const move = this.ring.moves.get(partition);
    if (move === undefined) throw new Error(`partition ${partition} does not move`);
    return move;
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

  delete(bucketNumber: number, key: string, more: Partial<ChangeOptions> = {}) {
    const named = { bucketNumber, key: bytes(key), condition: 'none' as const, ...more };
    return this.run({ type: 'delete_value', ...named });
  }

  increment(bucketNumber: number, key: string, by: number, more: Partial<ChangeOptions> = {}) {
    const update = { type: 'increment' as const, by };
    const named = { bucketNumber, key: bytes(key), condition: 'none' as const, ...more };
    return this.run({ type: 'update_value', update, ...named });
  }

  append(bucketNumber: number, key: string, text: string, more: Partial<ChangeOptions> = {}) {
    const update = { type: 'append' as const, bytes: bytes(text), contentType: 'text/csv' };
    const named = { bucketNumber, key: bytes(key), condition: 'none' as const, ...more };
    return this.run({ type: 'update_value', update, ...named });
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
  'condition' | 'lease' | 'meta' | 'value' | 'requestId'
>;
type ChangeOptions = Pick<PutOptions, 'condition' | 'requestId'>;

export function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

/** The 16 bytes of a UUID of version 7. */
export function requestId(timeMs: number, tail = 0): Uint8Array {
  const id = Buffer.alloc(16);
  id.writeUIntBE(timeMs, 0, 6);
  id.writeUIntBE(0x7000, 6, 2);
  id.writeUIntBE(0x80, 8, 1);
  id.writeUInt32BE(tail, 12);
  return id;
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
