/** What a coordinator is asked and what it answers, in the form that also crosses between nodes. */

import type { MetaEntry } from '../causality/sibling-object.ts';
import type { VersionVector } from '../causality/version-vector.ts';
import type { Traced } from '../kernel/trace.ts';
import { callType } from '../ports/transport.ts';
import type { Level } from '../ring/cluster-view.ts';
import type { Forwarded } from '../routing/forward.ts';
import type { QuorumReport } from '../routing/quorum-report.ts';

interface KeyRequest {
  readonly bucket: string;
  readonly key: Uint8Array;
}

/**
 * Of one key each: read-your-writes, monotonic reads, monotonic writes, writes follow reads; all
 * four; and those with causality across keys.
 */
export const GUARANTEES = ['ryw', 'mr', 'mw', 'wfr', 'session', 'causal'] as const;

export type Guarantee = (typeof GUARANTEES)[number];

export interface SessionRequest {
  /** At least one. */
  readonly guarantees: readonly Guarantee[];
  /** Tokens of the session, joined before use; none: it begins. */
  readonly tokens: readonly string[];
}

/** What an answer must have seen for the session of its reader; none: anything will do. */
export interface Demand {
  /** Token of what the session has seen of the key. */
  readonly context: string;
  /** There was no value then, so knowing nothing of the key will do too. */
  readonly absent: boolean;
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
  /** Stays at the node that the client asked. */
  readonly session?: SessionRequest | undefined;
  /** Of the session, on this key: all of them are to be met. */
  readonly demands?: readonly Demand[] | undefined;
}

/** What to store; null in its place deletes. */
export interface WriteContent {
  readonly value: Uint8Array;
  readonly contentType: string;
  readonly meta: readonly MetaEntry[];
  /** Of a causal session, set by the coordinator: what it remembers. */
  readonly carried?: Uint8Array | undefined;
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
  /** Stays at the node that the client asked. */
  readonly session?: SessionRequest | undefined;
  /** Of the session, on this key: for the read of a delete without context. */
  readonly demands?: readonly Demand[] | undefined;
}

export interface ReadReply extends Traced {
  /** What of the merged object is shown, in its binary form: see causality/answer.ts. */
  readonly object: Uint8Array;
  /** For the reader's context. */
  readonly reap: number;
  readonly quorum: QuorumReport;
  /** Some demand names writes that were reaped; the object is all that is left. */
  readonly outlived: boolean;
}

export interface WriteReply extends Traced {
  /** The context token for the writer's next write. */
  readonly context: string;
  /** With `returnBody`, what of the resulting object is shown, in its binary form. */
  readonly object: Uint8Array | null;
  /** In a session, of the resulting object. */
  readonly clock?: VersionVector | undefined;
  readonly quorum: QuorumReport;
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
