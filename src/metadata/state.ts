/**
 * The replicated state machine of the metadata group: what the cluster is, which nodes it
 * has, who keeps which partition, which buckets there are, and the values of raft buckets.
 *
 * Invariant: the state is a function of the founding options and of the entries applied, and
 * of nothing else: no clock, no chance, no order that differs between nodes. A command either
 * runs whole or changes nothing and is answered by a refusal; what a client may get wrong
 * never throws. Follows Raft, section 8, and etcd's store of revisions.
 */

import { QuorateError } from '../kernel/errors.ts';
import { invariant, unreachable } from '../kernel/invariant.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Ring } from '../ring/ring.ts';
import { type BucketRecord, type BucketSettings, Buckets } from './buckets.ts';
import { type Command, type DrawRing, decodeCommand } from './command.ts';
import { drawing, drawnRing } from './drawing.ts';
import { Leases } from './leases.ts';
import { type NodeRecord, type NodeSeed, Nodes } from './nodes.ts';
import { roundBegun } from './reap-rounds.ts';
import { type CommandReply, type CommandSuccess, refusalOf } from './reply.ts';
import { RevisionedStore } from './revisioned-store.ts';
import { Sessions } from './sessions.ts';
import {
  type ClusterFacts,
  decodeSnapshot,
  encodeSnapshot,
  joinChunks,
  type SnapshotContents,
} from './snapshot-codec.ts';
import { deleteValue, putValue, type ValueTables } from './value-commands.ts';

export type { BucketRecord } from './buckets.ts';
export type { NodeAddress, NodeRecord } from './nodes.ts';

/** The first state is a snapshot at this index; the first entry that is applied comes after. */
export const FOUNDING_INDEX = 1;

const CLUSTER_ID = /^[0-9a-f]{16}$/;
const SECRET_BYTES = 32;

/** Of a snapshot: a few milliseconds' work, even if each has its 64 KiB. */
const VALUES_A_STEP = 250;

export interface FoundingOptions extends ClusterFacts {
  /** They get the numbers 1, 2, ... in this order. */
  readonly nodes: readonly NodeSeed[];
  /** Draws the ring of these nodes at once, so that a simulation begins with it. */
  readonly drawRing?: boolean;
  readonly buckets?: readonly ({ readonly name: string } & BucketSettings)[];
}

export class MetadataState {
  readonly cluster: ClusterFacts;
  /** These two are for others to read; only commands change them. */
  readonly leases: Leases;
  readonly values: RevisionedStore;
  readonly #nodes: Nodes;
  readonly #buckets: Buckets;
  readonly #sessions: Sessions<CommandReply>;
  readonly #tables: ValueTables;
  #ring: Ring | undefined;
  #reapNumbers: readonly number[];
  #index: number;
  #epoch: number;

  private constructor(contents: Omit<SnapshotContents, 'valueCount' | 'values'>) {
    const { index, epoch, nextNodeNo, nextBucketNumber, revision, ...cluster } = contents.head;
    this.cluster = { ...cluster, secret: new Uint8Array(cluster.secret) };
    this.#index = index;
    this.#epoch = epoch;
    this.#nodes = new Nodes(nextNodeNo, contents.nodes);
    this.#ring = contents.ring;
    this.#reapNumbers = contents.reapNumbers;
    this.#buckets = new Buckets(cluster.replicationFactor, nextBucketNumber, contents.buckets);
    this.leases = new Leases(contents.leases);
    this.#sessions = new Sessions(contents.sessions);
    this.values = new RevisionedStore(revision);
    this.#tables = { buckets: this.#buckets, leases: this.leases, values: this.values };
  }

  /** Throws `Error` with a text for the operator where there cannot be such a cluster. */
  static founding(options: FoundingOptions): MetadataState {
    const { nodes, drawRing = false, buckets = [], ...cluster } = options;
    invariant(CLUSTER_ID.test(cluster.clusterId), 'a cluster id has 16 hexadecimal digits');
    invariant(cluster.secret.length === SECRET_BYTES, `a secret has ${SECRET_BYTES} bytes`);
    // Tried out even where it is drawn later: what cannot be a ring must not become a cluster.
    const draw = drawing({ ...cluster, nodes });
    const numbers = { nextNodeNo: 1, nextBucketNumber: 1, revision: 0 };
    const state = new MetadataState({
      head: { ...cluster, index: FOUNDING_INDEX, epoch: FOUNDING_INDEX, ...numbers },
      nodes: [],
      ring: undefined,
      reapNumbers: [],
      buckets: [],
      leases: [],
      sessions: [],
    });
    for (const node of nodes) state.#nodes.admit(node);
    if (drawRing) state.#draw(draw, FOUNDING_INDEX);
    for (const { name, ...settings } of buckets)
      state.#buckets.put(name, settings, true, FOUNDING_INDEX);
    return state;
  }

  /** The state that `snapshot` was taken of. Throws `DecodeError`. */
  static decode(chunks: Iterable<Uint8Array>): MetadataState {
    const decoding = MetadataState.decodeInSteps(chunks);
    for (;;) {
      const step = decoding.next();
      if (step.done) return step.value;
    }
  }

  /** Likewise, for a node that has other things to do between the steps. */
  static *decodeInSteps(chunks: Iterable<Uint8Array>): Generator<void, MetadataState> {
    const contents = decodeSnapshot(yield* joinChunks(chunks));
    const state = new MetadataState(contents);
    for (const value of contents.values) {
      state.values.restore(value);
      if (state.values.count % VALUES_A_STEP === 0) yield;
    }
    return state;
  }

  /** Of the last entry applied. */
  get index(): number {
    return this.#index;
  }

  /** Of the last entry that changed the ring, a bucket, or who the nodes are and where. */
  get epoch(): number {
    return this.#epoch;
  }

  get nextBucketNumber(): number {
    return this.#buckets.nextNumber;
  }

  /** By number; the same array until something of it changes. */
  nodes(): readonly NodeRecord[] {
    return this.#nodes.list();
  }

  node(nodeNo: number): NodeRecord | undefined {
    return this.#nodes.numbered(nodeNo);
  }

  nodeNamed(name: NodeId): NodeRecord | undefined {
    return this.#nodes.named(name);
  }

  /** Undefined until it is drawn; the same object until it changes. */
  ring(): Ring | undefined {
    return this.#ring;
  }

  /** By partition; the same array until one rises. */
  reapNumbers(): readonly number[] {
    return this.#reapNumbers;
  }

  /** By name, in the order of their numbers. It goes on changing with the state. */
  buckets(): ReadonlyMap<string, BucketRecord> {
    return this.#buckets.all();
  }

  bucket(name: string): BucketRecord | undefined {
    return this.#buckets.all().get(name);
  }

  bucketNumbered(number: number): BucketRecord | undefined {
    return this.#buckets.numbered(number);
  }

  /**
   * Carries the command of an entry out. Throws `UnknownCommandError` or `DecodeError`, and
   * leaves the state as it is, where the entry cannot be understood: this node cannot go on.
   */
  apply(index: number, data: Uint8Array): CommandReply {
    const { session, command } = decodeCommand(data);
    this.skip(index);
    const execute = () => this.#run(command, index);
    return session === undefined ? execute() : this.#sessions.run(session, execute);
  }

  /** Passes an entry that has no command for the state machine. */
  skip(index: number): void {
    invariant(index === this.#index + 1, `entry ${index} after entry ${this.#index}`);
    this.#index = index;
  }

  /** Chunks of the state as of this call, though entries are applied before all are taken. */
  snapshot(): Generator<Uint8Array> {
    const { nextNodeNo } = this.#nodes;
    const { index, epoch, nextBucketNumber, values } = this;
    const { revision, count } = values;
    return encodeSnapshot({
      head: { ...this.cluster, index, epoch, nextNodeNo, nextBucketNumber, revision },
      nodes: this.#nodes.list(),
      ring: this.#ring,
      reapNumbers: this.#reapNumbers,
      buckets: [...this.#buckets.all().values()],
      leases: [...this.leases.all().values()],
      sessions: this.#sessions.capture(),
      valueCount: count,
      values: values.capture(),
    });
  }

  #run(command: Command, index: number): CommandReply {
    try {
      return this.#execute(command, index);
    } catch (error) {
      return refusalOf(error);
    }
  }

  /** Throws `QuorateError` before it has changed anything. */
  #execute(command: Command, index: number): CommandSuccess {
    const { type } = command;
    switch (type) {
      case 'admit_node': {
        const { nodeNo, changed } = this.#nodes.admit(command);
        if (changed) this.#epoch = index;
        return { ok: true, type, nodeNo };
      }
      case 'register_start': {
        const moved = this.#nodes.registerStart(command);
        if (moved) this.#epoch = index;
        this.#sessions.open(command.nodeNo, command.life);
        return { ok: true, type };
      }
      case 'draw_ring':
        this.#draw(command, index);
        return { ok: true, type };
      case 'put_bucket': {
        const { name, settings, createOnly } = command;
        const { bucket, created, changed } = this.#buckets.put(name, settings, createOnly, index);
        if (changed) this.#epoch = index;
        return { ok: true, type, bucket, created };
      }
      case 'delete_bucket': {
        const { number, mode } = this.#buckets.delete(command.name);
        if (mode === 'raft') this.values.deleteBucket(number, index);
        this.#epoch = index;
        return { ok: true, type, number };
      }
      case 'put_value':
        return { ok: true, type, revision: index, existed: putValue(this.#tables, command, index) };
      case 'delete_value': {
        const existed = deleteValue(this.#tables, command, index);
        return { ok: true, type, revision: index, existed };
      }
      case 'grant_lease':
        return { ok: true, type, id: this.leases.grant(command.ttlMs, index).id };
      case 'renew_lease':
        this.leases.renew(command.id, index);
        return { ok: true, type };
      case 'revoke_lease':
        this.leases.revoke(command.id);
        this.values.deleteAttached(command.id, index);
        return { ok: true, type };
      case 'expire_leases':
        for (const lease of command.leases) {
          if (this.leases.expire(lease)) this.values.deleteAttached(lease.id, index);
        }
        return { ok: true, type };
      case 'begin_reaping':
        this.#reapNumbers = roundBegun(this.#reapNumbers, this.#ring, command.partitions, index);
        return { ok: true, type };
      default:
        return unreachable(type);
    }
  }

  #draw(command: DrawRing, epoch: number): void {
    if (this.#ring !== undefined) {
      throw new QuorateError('ring_already_drawn', `the ring was drawn at ${this.#ring.epoch}`);
    }
    this.#ring = drawnRing(command, this.#nodes, this.cluster, epoch);
    this.#epoch = epoch;
  }
}
