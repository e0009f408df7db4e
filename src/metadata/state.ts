/**
 * The replicated state machine of the metadata group: what the cluster is, which nodes it
 * has, who keeps which partition, which buckets there are, and the values of raft buckets.
 *
 * Invariant: the state is a function of the founding options and of the entries applied, and
 * of nothing else: no clock, no chance, no order that differs between nodes. A command either
 * runs whole or changes nothing and is answered by a refusal; what a client may get wrong
 * never throws. Follows Raft, section 8, and etcd's store of revisions.
 */

import { invariant, unreachable } from '../kernel/invariant.ts';
import type { NodeId } from '../kernel/names.ts';
import type { StagedChange } from '../ring/changes.ts';
import type { Ring } from '../ring/ring.ts';
import { type BucketRecord, type BucketSettings, Buckets } from './buckets.ts';
import { type Command, decodeCommand, type RingCommand } from './command.ts';
import { drawing } from './drawing.ts';
import { Leases } from './leases.ts';
import { type NodeRecord, type NodeSeed, Nodes, openSalvages } from './nodes.ts';
import { roundBegun } from './reap-rounds.ts';
import { type CommandReply, type CommandSuccess, refusalOf } from './reply.ts';
import { RevisionedStore } from './revisioned-store.ts';
import { RingChanges } from './ring-changes.ts';
import type { Goal } from './ring-moves.ts';
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
  /** These two are for others to read; only commands change them. */
  readonly leases: Leases;
  readonly values: RevisionedStore;
  readonly #nodes: Nodes;
  readonly #buckets: Buckets;
  readonly #sessions: Sessions<CommandReply>;
  readonly #tables: ValueTables;
  readonly #rings: RingChanges;
  #cluster: ClusterFacts;
  #reapNumbers: readonly number[];
  #index: number;
  #epoch: number;
  #transferBytesPerSecond: number | undefined;

  private constructor(contents: Omit<SnapshotContents, 'valueCount' | 'values'>) {
    const { index, epoch, planEpoch, nextNodeNo, nextBucketNumber, revision, ...rest } =
      contents.head;
    const { transferBytesPerSecond, ...cluster } = rest;
    this.#cluster = { ...cluster, secret: new Uint8Array(cluster.secret) };
    this.#index = index;
    this.#epoch = epoch;
    this.#transferBytesPerSecond = transferBytesPerSecond;
    this.#nodes = new Nodes(nextNodeNo, contents.nodes);
    this.#reapNumbers = contents.reapNumbers;
    this.#buckets = new Buckets(cluster.replicationFactor, nextBucketNumber, contents.buckets);
    this.#rings = new RingChanges(this.#nodes, this.#buckets, { ...contents, planEpoch });
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
    const numbers = {
      planEpoch: FOUNDING_INDEX,
      nextNodeNo: 1,
      nextBucketNumber: 1,
      revision: 0,
      transferBytesPerSecond: undefined,
    };
    const state = new MetadataState({
      head: { ...cluster, index: FOUNDING_INDEX, epoch: FOUNDING_INDEX, ...numbers },
      nodes: [],
      ring: undefined,
      goal: undefined,
      staged: [],
      reapNumbers: [],
      buckets: [],
      leases: [],
      sessions: [],
    });
    for (const node of nodes) state.#nodes.admit(node);
    if (drawRing) state.#rings.draw(draw, cluster, FOUNDING_INDEX);
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

  /** Of the last entry that changed the ring or what is wanted of it, a bucket, or a node. */
  get epoch(): number {
    return this.#epoch;
  }

  /** The same object until N changes. */
  get cluster(): ClusterFacts {
    return this.#cluster;
  }

  /** The most that a node takes in while partitions move; undefined: as fast as it goes. */
  get transferBytesPerSecond(): number | undefined {
    return this.#transferBytesPerSecond;
  }

  /** How many there were and are no more; only rises. */
  get deletedBuckets(): number {
    return this.nextBucketNumber - 1 - this.#buckets.all().size;
  }

  get nextBucketNumber(): number {
    return this.#buckets.nextNumber;
  }

  /** All that there ever were, by number; the same array until something of it changes. */
  nodes(): readonly NodeRecord[] {
    return this.#nodes.list();
  }

  /** Those that are neither dead nor gone; likewise. */
  members(): readonly NodeRecord[] {
    return this.#nodes.members();
  }

  node(nodeNo: number): NodeRecord | undefined {
    return this.#nodes.numbered(nodeNo);
  }

  nodeNamed(name: NodeId): NodeRecord | undefined {
    return this.#nodes.named(name);
  }

  /** Undefined until it is drawn; the same object until it changes. */
  ring(): Ring | undefined {
    return this.#rings.ring;
  }

  /** What partitions are on their way to; undefined: no change of the ring is under way. */
  goal(): Goal | undefined {
    return this.#rings.goal;
  }

  /** Changes of the ring that nobody has committed to yet; the same array until it changes. */
  staged(): readonly StagedChange[] {
    return this.#rings.staged;
  }

  /** What `commit_changes` has to name: see `RingChanges.planEpoch`. */
  get planEpoch(): number {
    return this.#rings.planEpoch;
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
    const { ring, goal, staged, planEpoch } = this.#rings;
    const { transferBytesPerSecond } = this;
    const numbers = { index, epoch, planEpoch, nextNodeNo, nextBucketNumber, revision };
    return encodeSnapshot({
      head: { ...this.#cluster, ...numbers, transferBytesPerSecond },
      nodes: this.#nodes.list(),
      ring,
      goal,
      staged,
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
      case 'stage_change':
      case 'unstage_changes':
      case 'commit_changes':
      case 'abort_changes':
      case 'begin_moves':
      case 'advance_moves':
      case 'retire_node':
        this.#changeRing(command, index);
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
      case 'set_transfer_rate':
        this.#transferBytesPerSecond = command.bytesPerSecond;
        return { ok: true, type };
      case 'begin_reaping': {
        const unsalvaged = openSalvages(this.#nodes.list());
        const { partitions } = command;
        this.#reapNumbers = roundBegun(
          this.#reapNumbers,
          this.ring(),
          unsalvaged,
          partitions,
          index,
        );
        return { ok: true, type };
      }
      case 'close_salvage':
        if (this.#nodes.closeSalvage(command.name)) this.#epoch = index;
        return { ok: true, type };
      default:
        return unreachable(type);
    }
  }

  #changeRing(command: RingCommand, index: number): void {
    const rings = this.#rings;
    const { type } = command;
    switch (type) {
      case 'draw_ring':
        rings.draw(command, this.#cluster, index);
        break;
      case 'stage_change':
        rings.stage(command.change, index);
        break;
      case 'unstage_changes':
        rings.unstage(index);
        break;
      case 'commit_changes':
        rings.commit(command, index);
        break;
      case 'abort_changes':
        rings.abort(index);
        break;
      case 'begin_moves':
        rings.begin(command.moves, index);
        break;
      case 'advance_moves':
        rings.advance(command.moves, index);
        break;
      case 'retire_node':
        rings.retire(command.name, index);
        break;
      default:
        unreachable(type);
    }
    this.#epoch = index;
    const { replicationFactor } = rings.ring ?? this.#cluster;
    if (replicationFactor === this.#cluster.replicationFactor) return;
    this.#cluster = { ...this.#cluster, replicationFactor };
  }
}
