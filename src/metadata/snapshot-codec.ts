/**
 * Binary form of the whole state, cut into chunks.
 *
 *   format u8 | head | nodes | ring? with its partitions, moves, and the goal? | staged changes |
 *   reap numbers | id marks | buckets | leases | sessions and their replies | outcomes | values
 *
 * Invariants: equal states have equal chunks, which the tests of determinism rest on; what is
 * given to `encodeSnapshot` must not change while its chunks are taken. A chunk ends with a
 * record, so it is longer than `CHUNK_BYTES` by one record at most and is made in a moment.
 * The bytes may be cut anew on their way. Whoever keeps chunks guards them with a checksum.
 */

import { ByteReader, ByteWriter, DecodeError } from '../kernel/bytes.ts';
import type { NodeId } from '../kernel/names.ts';
import type { StagedChange } from '../ring/changes.ts';
import type { Member, Ring } from '../ring/ring.ts';
import { type BucketRecord, bucketCodec } from './buckets.ts';
import { bytes, type Codec, flag, list, optional, pair, record, text, uint } from './codec.ts';
import { type Lease, leaseCodec } from './leases.ts';
import { type NodeRecord, nodeCodec } from './node-record.ts';
import { type CommandReply, replyCodec } from './reply.ts';
import { type KeptOutcome, outcomeCodec } from './request-outcomes.ts';
import { membersCodec, moveCodec, replicaListCodec } from './ring-codec.ts';
import type { Goal } from './ring-moves.ts';
import type { KeptSession } from './sessions.ts';
import { stagedChangeCodec } from './staged-changes.ts';
import type { KeyedValue } from './stored-value.ts';

/** A chunk is taken when it has so many bytes; with the largest value it has 256 KiB. */
const CHUNK_BYTES = 190 * 1024;

/** Copied in one turn by whoever takes a snapshot up: a few milliseconds' work. */
const CHUNKS_A_STEP = 16;

const FORMAT = 7;

/** Fixed when the cluster is born, all but N. */
export interface ClusterFacts {
  /** 16 hexadecimal digits. */
  readonly clusterId: string;
  /** 32 random bytes: what nodes of the cluster share and clients do not know. */
  readonly secret: Uint8Array;
  /** Q. */
  readonly partitionCount: number;
  /** N. */
  readonly replicationFactor: number;
  /** Nodes that are admitted before the ring is drawn. */
  readonly expect: number;
}

export interface SnapshotHead extends ClusterFacts {
  readonly index: number;
  readonly epoch: number;
  readonly nextNodeNo: number;
  readonly nextBucketNumber: number;
  readonly planEpoch: number;
  /** Of the last change to a raft bucket. */
  readonly revision: number;
  /** See `RequestOutcomes.mark`. */
  readonly outcomeMark: number;
  readonly transferBytesPerSecond: number | undefined;
}

export interface SnapshotContents {
  readonly head: SnapshotHead;
  readonly nodes: readonly NodeRecord[];
  readonly ring: Ring | undefined;
  /** There is none without a ring. */
  readonly goal: Goal | undefined;
  readonly staged: readonly StagedChange[];
  /** By partition; empty: nothing was ever reaped. */
  readonly reapNumbers: readonly number[];
  /** By partition; empty: no register was ever erased. */
  readonly idMarks: readonly number[];
  readonly buckets: readonly BucketRecord[];
  readonly leases: readonly Lease[];
  readonly sessions: readonly KeptSession<CommandReply>[];
  readonly outcomeCount: number;
  /** Of a decoded snapshot: to be taken before the values. */
  readonly outcomes: Iterable<KeptOutcome>;
  readonly valueCount: number;
  readonly values: Iterable<KeyedValue>;
}

const headCodec = record<SnapshotHead>({
  clusterId: text,
  secret: bytes,
  partitionCount: uint,
  replicationFactor: uint,
  expect: uint,
  index: uint,
  epoch: uint,
  nextNodeNo: uint,
  nextBucketNumber: uint,
  planEpoch: uint,
  revision: uint,
  outcomeMark: uint,
  transferBytesPerSecond: optional(uint),
});

const ringHeadCodec = record<{ epoch: number; members: readonly Member[] }>({
  epoch: uint,
  members: membersCodec,
});

interface PartitionRecord {
  readonly replicas: readonly NodeId[];
  readonly epoch: number;
  readonly listEpoch: number;
}

const partitionCodec = (members: readonly Member[]) =>
  record<PartitionRecord>({ replicas: replicaListCodec(members), epoch: uint, listEpoch: uint });

const sessionHeadCodec = record<Omit<KeptSession<never>, 'replies'>>({
  nodeNo: uint,
  life: uint,
  answeredBelow: uint,
});

const keptReplyCodec = pair(uint, replyCodec);

const valueCodec = record<KeyedValue>({
  bucketNumber: uint,
  key: bytes,
  value: bytes,
  contentType: text,
  meta: list(pair(text, text)),
  lease: optional(uint),
  revision: uint,
});

export function* encodeSnapshot(contents: SnapshotContents): Generator<Uint8Array> {
  const { head, nodes, ring, goal, staged, reapNumbers, idMarks, buckets, leases, sessions } =
    contents;
  const writer = new ByteWriter(CHUNK_BYTES);
  writer.u8(FORMAT);
  headCodec.write(writer, head);
  yield* section(writer, nodeCodec, nodes.length, nodes);
  flag.write(writer, ring !== undefined);
  if (ring !== undefined) {
    ringHeadCodec.write(writer, ring);
    const { partitionCount, members } = ring;
    yield* section(writer, partitionCodec(members), partitionCount, partitionsOf(ring));
    const moves = [...ring.moves.values()].sort((a, b) => a.partition - b.partition);
    yield* section(writer, moveCodec(members), moves.length, moves);
    flag.write(writer, goal !== undefined);
    if (goal !== undefined) {
      uint.write(writer, goal.index);
      yield* section(writer, replicaListCodec(members), partitionCount, goal.replicas);
    }
  }
  yield* section(writer, stagedChangeCodec, staged.length, staged);
  yield* section(writer, uint, reapNumbers.length, reapNumbers);
  yield* section(writer, uint, idMarks.length, idMarks);
  yield* section(writer, bucketCodec, buckets.length, buckets);
  yield* section(writer, leaseCodec, leases.length, leases);
  writer.varint(sessions.length);
  for (const session of sessions) {
    sessionHeadCodec.write(writer, session);
    yield* section(writer, keptReplyCodec, session.replies.length, session.replies);
  }
  uint.write(writer, contents.outcomeCount);
  uint.write(writer, contents.valueCount);
  yield* records(writer, outcomeCodec, contents.outcomes);
  yield* records(writer, valueCodec, contents.values);
  yield writer.copy();
}

function* section<T>(
  writer: ByteWriter,
  codec: Codec<T>,
  count: number,
  values: Iterable<T>,
): Generator<Uint8Array> {
  writer.varint(count);
  yield* records(writer, codec, values);
}

function* records<T>(
  writer: ByteWriter,
  codec: Codec<T>,
  values: Iterable<T>,
): Generator<Uint8Array> {
  for (const value of values) {
    codec.write(writer, value);
    if (writer.length < CHUNK_BYTES) continue;
    yield writer.copy();
    writer.reset();
  }
}

function* partitionsOf(ring: Ring): Generator<PartitionRecord> {
  for (const [partition, replicas] of ring.replicas.entries()) {
    const epoch = ring.partitionEpochs[partition] as number;
    yield { replicas, epoch, listEpoch: ring.listEpochs[partition] as number };
  }
}

/** One copy of all chunks, made a few at a time. */
export function* joinChunks(chunks: Iterable<Uint8Array>): Generator<void, Uint8Array> {
  const parts = [...chunks];
  const whole = Buffer.allocUnsafe(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const [n, part] of parts.entries()) {
    whole.set(part, at);
    at += part.length;
    if (n % CHUNKS_A_STEP === CHUNKS_A_STEP - 1) yield;
  }
  return whole;
}

/**
 * Keys, values and the secret are views into `whole`. Throws `DecodeError`, which may come
 * only while outcomes and values are taken: they are read one by one.
 */
export function decodeSnapshot(whole: Uint8Array): SnapshotContents {
  const reader = new ByteReader(whole);
  const format = reader.u8();
  if (format !== FORMAT) {
    const whose = format < FORMAT ? 'an older' : 'a newer';
    const detail = `has an unknown format, ${format}: it is of ${whose} version than this one, which reads ${FORMAT}`;
    throw new DecodeError(detail);
  }
  const head = headCodec.read(reader);
  const nodes = list(nodeCodec).read(reader);
  const ring = flag.read(reader) ? readRing(reader, head) : undefined;
  const goal = ring !== undefined && flag.read(reader) ? readGoal(reader, ring) : undefined;
  const staged = list(stagedChangeCodec).read(reader);
  const reapNumbers = list(uint).read(reader);
  const idMarks = list(uint).read(reader);
  const buckets = list(bucketCodec).read(reader);
  const leases = list(leaseCodec).read(reader);
  const sessions = readSessions(reader);
  const outcomeCount = reader.varint();
  const valueCount = reader.varint();
  const outcomes = readRecords(reader, outcomeCodec, outcomeCount);
  const values = readLast(reader, valueCodec, valueCount);
  const rings = { ring, goal, staged, reapNumbers, idMarks };
  const many = { outcomeCount, outcomes, valueCount, values };
  return { head, nodes, ...rings, buckets, leases, sessions, ...many };
}

function* readRecords<T>(reader: ByteReader, codec: Codec<T>, count: number): Generator<T> {
  for (let i = 0; i < count; i++) yield codec.read(reader);
}

function* readLast<T>(reader: ByteReader, codec: Codec<T>, count: number): Generator<T> {
  yield* readRecords(reader, codec, count);
  reader.end();
}

function readSessions(reader: ByteReader): KeptSession<CommandReply>[] {
  const count = reader.varint();
  const sessions: KeptSession<CommandReply>[] = [];
  for (let i = 0; i < count; i++) {
    const head = sessionHeadCodec.read(reader);
    sessions.push({ ...head, replies: list(keptReplyCodec).read(reader) });
  }
  return sessions;
}

function readRing(reader: ByteReader, head: SnapshotHead): Ring {
  const { epoch, members } = ringHeadCodec.read(reader);
  const partitions = list(partitionCodec(members)).read(reader);
  if (partitions.length !== head.partitionCount) {
    throw new DecodeError('has a ring of another size');
  }
  const moves = list(moveCodec(members)).read(reader);
  const isInOrder = moves.every(({ partition }, i) => partition > (moves[i - 1]?.partition ?? -1));
  if (!isInOrder) throw new DecodeError('has moves out of their order, or two of a partition');
  return {
    epoch,
    partitionCount: head.partitionCount,
    replicationFactor: head.replicationFactor,
    members,
    replicas: partitions.map(({ replicas }) => replicas),
    partitionEpochs: partitions.map((one) => one.epoch),
    listEpochs: partitions.map(({ listEpoch }) => listEpoch),
    moves: new Map(moves.map((move) => [move.partition, move])),
  };
}

function readGoal(reader: ByteReader, { members, partitionCount }: Ring): Goal {
  const index = uint.read(reader);
  const replicas = list(replicaListCodec(members)).read(reader);
  if (replicas.length !== partitionCount) throw new DecodeError('has a goal of another size');
  return { index, replicas };
}
