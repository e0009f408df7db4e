/**
 * The replicated state machine of the metadata group: what the cluster is, which nodes it
 * has, who keeps which partition, which buckets there are, and the values of raft buckets.
 *
 * Invariant: the state is a function of the founding options and of the entries applied, and
 * of nothing else: no clock, no chance, no order that differs between nodes. A command either
 * runs whole or changes nothing and is answered by a refusal; what a client may get wrong
 * never throws. Follows Raft, section 8, and etcd's store of revisions.
 */

import { invariant } from '../kernel/invariant.ts';
import type { NodeId } from '../kernel/names.ts';
import type { StagedChange } from '../ring/changes.ts';
import type { Ring } from '../ring/ring.ts';
import type { BucketRecord } from './buckets.ts';
import { decodeCommand } from './command-codec.ts';
import { executeCommand } from './execution.ts';
import { FOUNDING_INDEX, type FoundingOptions, foundingTables } from './founding.ts';
import type { Leases } from './leases.ts';
import type { NodeRecord } from './node-record.ts';
import type { CommandReply } from './reply.ts';
import type { RevisionedStore } from './revisioned-store.ts';
import type { Goal } from './ring-moves.ts';
import { type ClusterFacts, decodeSnapshot, encodeSnapshot, joinChunks } from './snapshot-codec.ts';
import { type Tables, tablesOf } from './tables.ts';

/** Of a snapshot: a few milliseconds' work, even if each value has its 64 KiB. */
const RECORDS_A_STEP = 250;

export class MetadataState {
  /** These two are for others to read; only commands change them. */
  readonly leases: Leases;
  readonly values: RevisionedStore;
  readonly #tables: Tables;
  #index: number;

  private constructor(index: number, tables: Tables) {
    this.#index = index;
    this.#tables = tables;
    this.leases = tables.leases;
    this.values = tables.values;
  }

  /** Throws `Error` with a text for the operator where there cannot be such a cluster. */
  static founding(options: FoundingOptions): MetadataState {
    return new MetadataState(FOUNDING_INDEX, foundingTables(options));
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
    const state = new MetadataState(contents.head.index, tablesOf(contents));
    const { outcomes } = state.#tables;
    for (const outcome of contents.outcomes) {
      outcomes.restore(outcome);
      if (outcomes.count % RECORDS_A_STEP === 0) yield;
    }
    for (const value of contents.values) {
      state.values.restore(value);
      if (state.values.count % RECORDS_A_STEP === 0) yield;
    }
    return state;
  }

  /** Of the last entry applied. */
  get index(): number {
    return this.#index;
  }

  /** Of the last entry that changed the ring or what is wanted of it, a bucket, or a node. */
  get epoch(): number {
    return this.#tables.epoch;
  }

  /** The same object until N changes. */
  get cluster(): ClusterFacts {
    return this.#tables.cluster;
  }

  /** The most that a node takes in while partitions move; undefined: as fast as it goes. */
  get transferBytesPerSecond(): number | undefined {
    return this.#tables.transferBytesPerSecond;
  }

  /** How many there were and are no more; only rises. */
  get deletedBuckets(): number {
    return this.nextBucketNumber - 1 - this.#tables.buckets.all().size;
  }

  get nextBucketNumber(): number {
    return this.#tables.buckets.nextNumber;
  }

  /** All that there ever were, by number; the same array until something of it changes. */
  nodes(): readonly NodeRecord[] {
    return this.#tables.nodes.list();
  }

  /** Those that are neither dead nor gone; likewise. */
  members(): readonly NodeRecord[] {
    return this.#tables.nodes.members();
  }

  node(nodeNo: number): NodeRecord | undefined {
    return this.#tables.nodes.numbered(nodeNo);
  }

  nodeNamed(name: NodeId): NodeRecord | undefined {
    return this.#tables.nodes.named(name);
  }

  /** Undefined until it is drawn; the same object until it changes. */
  ring(): Ring | undefined {
    return this.#tables.rings.ring;
  }

  /** What partitions are on their way to; undefined: no change of the ring is under way. */
  goal(): Goal | undefined {
    return this.#tables.rings.goal;
  }

  /** Changes of the ring that nobody has committed to yet; the same array until it changes. */
  staged(): readonly StagedChange[] {
    return this.#tables.rings.staged;
  }

  /** What `commit_changes` has to name: see `RingChanges.planEpoch`. */
  get planEpoch(): number {
    return this.#tables.rings.planEpoch;
  }

  /** By partition; the same array until one rises. */
  reapNumbers(): readonly number[] {
    return this.#tables.reapNumbers;
  }

  /** By partition, ms since 1970: see epoch-raises.ts; the same array until one may have risen. */
  idMarks(): readonly number[] {
    return this.#tables.idMarks;
  }

  /** By name, in the order of their numbers. It goes on changing with the state. */
  buckets(): ReadonlyMap<string, BucketRecord> {
    return this.#tables.buckets.all();
  }

  bucket(name: string): BucketRecord | undefined {
    return this.#tables.buckets.all().get(name);
  }

  bucketNumbered(number: number): BucketRecord | undefined {
    return this.#tables.buckets.numbered(number);
  }

  /**
   * Carries the command of an entry out. Throws `UnknownCommandError` or `DecodeError`, and
   * leaves the state as it is, where the entry cannot be understood: this node cannot go on.
   */
  apply(index: number, data: Uint8Array): CommandReply {
    const { session, command } = decodeCommand(data);
    this.skip(index);
    const execute = () => executeCommand(this.#tables, command, index);
    return session === undefined ? execute() : this.#tables.sessions.run(session, execute);
  }

  /** Passes an entry that has no command for the state machine. */
  skip(index: number): void {
    invariant(index === this.#index + 1, `entry ${index} after entry ${this.#index}`);
    this.#index = index;
  }

  /** Chunks of the state as of this call, though entries are applied before all are taken. */
  snapshot(): Generator<Uint8Array> {
    const { index, nextBucketNumber, values } = this;
    const { nodes, rings, buckets, leases, sessions, outcomes, cluster, ...rest } = this.#tables;
    const { epoch, reapNumbers, idMarks, transferBytesPerSecond } = rest;
    const { ring, goal, staged, planEpoch } = rings;
    const { nextNodeNo } = nodes;
    const { revision, count } = values;
    const numbers = { index, epoch, planEpoch, nextNodeNo, nextBucketNumber, revision };
    const outcomeMark = outcomes.mark;
    return encodeSnapshot({
      head: { ...cluster, ...numbers, outcomeMark, transferBytesPerSecond },
      nodes: nodes.list(),
      ring,
      goal,
      staged,
      reapNumbers,
      idMarks,
      buckets: [...buckets.all().values()],
      leases: [...leases.all().values()],
      sessions: sessions.capture(),
      outcomeCount: outcomes.count,
      outcomes: outcomes.capture(),
      valueCount: count,
      values: values.capture(),
    });
  }
}
