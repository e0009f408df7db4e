/** What a coordinator is asked and what it answers, in the form that also crosses between nodes. */

import type { MetaEntry } from '../causality/sibling-object.ts';
import type { NodeId } from '../kernel/names.ts';
import { callType } from '../ports/transport.ts';
import type { Level } from '../ring/cluster-view.ts';

interface KeyRequest {
  readonly bucket: string;
  readonly key: Uint8Array;
}

export type ReadRepairMode = 'async' | 'blocking' | 'off';

export interface ReadRequest extends KeyRequest {
  /** Answers to wait for; undefined: the bucket's. */
  readonly r: Level | undefined;
  /** Of these, answers from primaries. */
  readonly pr: Level;
  readonly readRepair: ReadRepairMode;
  /** Fallbacks may answer where primaries do not. */
  readonly sloppy: boolean;
}

/** What to store; null in its place deletes. */
export interface WriteContent {
  readonly value: Uint8Array;
  readonly contentType: string;
  readonly meta: readonly MetaEntry[];
}

export interface WriteRequest extends KeyRequest {
  readonly content: WriteContent | null;
  /** Context tokens, joined before use; none: the writer has seen nothing. */
  readonly contexts: readonly string[];
  readonly w: Level | undefined;
  readonly pw: Level;
  /** Fallbacks may keep the write for primaries that do not take it. */
  readonly sloppy: boolean;
  /** For a delete without context, which reads first. */
  readonly r: Level | undefined;
  /** How long what is put lives; `none`: for ever; undefined: as the bucket has it. */
  readonly ttlMs?: number | 'none' | undefined;
  /** Answer with the resulting object and its context. */
  readonly returnBody: boolean;
}

/** Who took part in an answer. */
export interface QuorumReport {
  readonly coordinator: NodeId;
  /** Nodes whose answers were counted. */
  readonly reached: readonly NodeId[];
  /** By node reached that is no replica of the key: the one it stood in for. */
  readonly standIns: Readonly<Record<NodeId, NodeId>>;
  /** How many had to answer; of a write to a partition that moves, of the larger of both lists. */
  readonly needed: number;
}

export interface ReadReply {
  /** What of the merged object is shown, in its binary form: see causality/answer.ts. */
  readonly object: Uint8Array;
  /** For the reader's context. */
  readonly reap: number;
  readonly quorum: QuorumReport;
}

export interface WriteReply {
  /** The context token for the writer's next write. */
  readonly context: string;
  /** With `returnBody`, what of the resulting object is shown, in its binary form. */
  readonly object: Uint8Array | null;
  readonly quorum: QuorumReport;
}

/** A request handed on, with what its sender knew of the cluster: the receiver catches up first. */
export interface Forwarded<Request> {
  readonly request: Request;
  readonly bucketNumber: number;
  /** Of the partition. */
  readonly epoch: number;
}

export const COORDINATE_READ = callType<Forwarded<ReadRequest>, ReadReply>(
  'coordinate.read',
  'data',
);
export const COORDINATE_WRITE = callType<Forwarded<WriteRequest>, WriteReply>(
  'coordinate.write',
  'data',
  { idempotent: false },
);
