/** What a caller may say with a request; what is left out is for the node to decide. */

import type { BucketMode, ConflictPolicy } from './cluster-documents.ts';

/** Text stands for its UTF-8 bytes. */
export type Bytes = Uint8Array | string;

/** A number of answers, or its name. */
export type LevelOption = number | string;

/** The revision or the version of a value; `*`: any. */
export type Version = number | string;

/** What binds a request as a whole, with all its attempts. */
export interface RequestControl {
  /** Milliseconds from its beginning to its last answer. */
  readonly timeoutMs?: number | undefined;
  /** Gives it up. What a write then has done is unknown, unless it had not left. */
  readonly signal?: AbortSignal | undefined;
}

export interface TimeoutOption {
  /** Milliseconds that the node may take; it has a default. */
  readonly timeout?: number | undefined;
}

/** Not for listings. */
export interface SessionOptions {
  /** What the session guarantees: `ryw`, `mr`, `mw`, `wfr`, `session` or `causal`, separated by commas. */
  readonly session?: string | undefined;
  /** Of the session's last answer; left out, the session begins. */
  readonly sessionToken?: string | undefined;
}

export interface GetOptions extends TimeoutOption, SessionOptions {
  readonly r?: LevelOption | undefined;
  readonly pr?: LevelOption | undefined;
  readonly readRepair?: string | undefined;
  /** False: only the key's own replicas may answer. */
  readonly sloppy?: boolean | undefined;
}

export interface InspectOptions extends TimeoutOption {
  /** False: values are left out. */
  readonly values?: boolean | undefined;
}

/** What buckets of mode paxos and raft can be asked beside a write. */
export interface AtomicOptions extends TimeoutOption, SessionOptions {
  /** Write if this is the version that is there. */
  readonly ifMatch?: Version | undefined;
  /** Write unless this is; with `*`, if there is no value at all. */
  readonly ifNoneMatch?: Version | undefined;
  /** A UUID of version 7: however often the write is sent with it, it runs once. */
  readonly idempotencyKey?: string | undefined;
}

export interface WriteOptions extends AtomicOptions {
  readonly w?: LevelOption | undefined;
  readonly pw?: LevelOption | undefined;
  /** False: only the key's own replicas may acknowledge. */
  readonly sloppy?: boolean | undefined;
  /** Of an earlier answer for this key: what this write replaces. */
  readonly context?: string | undefined;
}

/** A number of seconds, or a duration such as `30s`, `5m`, `12h` or `7d`; `none`: for ever. */
export type Ttl = number | string;

export interface PutOptions extends WriteOptions {
  readonly contentType?: string | undefined;
  /** The writer's own annotations: names of header fields, and texts that may stand in one. */
  readonly meta?: Readonly<Record<string, string>> | undefined;
  /** How long the value lives; the bucket's where it is left out. Not in raft buckets. */
  readonly ttl?: Ttl | undefined;
  /** Where the condition does not hold, the error has the value that is there; paxos buckets only. */
  readonly returnBody?: boolean | undefined;
  /** Raft buckets only: the key goes when this lease does. */
  readonly lease?: number | undefined;
}

export interface UpdateOptions extends AtomicOptions {
  /** How long what it makes lives, where nothing was there; paxos buckets only. */
  readonly ttl?: Ttl | undefined;
}

export interface AppendOptions extends UpdateOptions {
  /** Of what it makes, where nothing was there. */
  readonly contentType?: string | undefined;
}

export interface DeleteOptions extends WriteOptions {
  /** For the read that a delete without context begins with. */
  readonly r?: LevelOption | undefined;
}

export interface KeysOptions extends TimeoutOption {
  readonly prefix?: Bytes | undefined;
  readonly r?: LevelOption | undefined;
  /** The most keys to list; all of them where it is left out. */
  readonly limit?: number | undefined;
}

export interface RepairRequest {
  /** Only keys of this bucket are exchanged. */
  readonly bucket?: string | undefined;
  /** Read every record, instead of comparing replicas. */
  readonly scrub?: boolean | undefined;
}

/** What is left out stays as it is, or is the default of a new bucket. */
export interface BucketSettings {
  readonly mode?: BucketMode | undefined;
  readonly n?: number | undefined;
  readonly r?: LevelOption | undefined;
  readonly w?: LevelOption | undefined;
  readonly conflict?: ConflictPolicy | undefined;
  readonly ttl?: Ttl | undefined;
}
