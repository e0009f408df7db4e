/**
 * Keys of buckets whose requests are linearizable (modes `paxos` and `raft`), as the routes see
 * them: one value or none, with a version that conditions compare, and changes that are atomic.
 */

import type { Trace } from '../kernel/trace.ts';
import type {
  Bucket,
  CausalTokens,
  KeyPage,
  KeyRange,
  QuorateNode,
  TextCondition,
  WriteContent,
} from '../node/index.ts';
import type { Misplaced } from './parameters.ts';

export interface VersionedKey {
  readonly node: QuorateNode;
  readonly bucket: Bucket;
  readonly key: Uint8Array;
}

interface Put {
  readonly type: 'put';
  readonly content: WriteContent;
  readonly ttlMs: number | 'none' | undefined;
  readonly lease: number | undefined;
  /** Where the condition does not hold, the error is to have the value that is there. */
  readonly showsPresent?: boolean;
}

interface Delete {
  readonly type: 'delete';
}

interface Increment {
  readonly type: 'increment';
  readonly by: number;
  readonly ttlMs: number | 'none' | undefined;
}

interface Append {
  readonly type: 'append';
  readonly bytes: Uint8Array;
  /** Of what it creates. */
  readonly contentType: string;
  readonly ttlMs: number | 'none' | undefined;
}

/** An update reads and writes in one step. */
export type Update = Increment | Append;

export type KeyChange = (Put | Delete | Update) & {
  readonly causal?: CausalTokens;
  readonly condition: TextCondition;
  /** Of an Idempotency-Key; undefined: there was none. */
  readonly requestId: Uint8Array | undefined;
};

/** What is told beside a value, in the names that its mode has for it. */
interface Told {
  /** With an ETag, where there is a value. */
  readonly headers: Readonly<Record<string, string>>;
  /** Members of the result of an operation in a batch. */
  readonly result: Readonly<Record<string, unknown>>;
}

export interface Found extends Told {
  /** Undefined: there is no value. */
  readonly content: WriteContent | undefined;
  /** Members of the value's document in a batch. */
  readonly beside: Readonly<Record<string, unknown>>;
}

export interface Changed extends Told {
  /** Of an increment: what it came to. */
  readonly number: number | undefined;
}

/** What a read may have to do with beside its key. */
export interface ReadBeside {
  readonly causal: CausalTokens;
  readonly trace: Trace;
}

/** What every such mode has of its own. */
export interface VersionedMode {
  /** The parameter of writes that says how long a value stays. */
  readonly lifetime: 'ttl' | 'lease';
  /** What is for buckets of other modes. */
  readonly misplaced: Misplaced;
  /** What the version of a value looks like in JSON, for those who send something else. */
  readonly versionForm: string;
  /** What is in the quotes of the ETag of such a version; undefined: it is none. */
  tagOf(version: unknown): string | undefined;
  /** Larger values are refused. */
  valueBytesMax(node: QuorateNode): number;
  /** Values carry what the sessions of their writers remember; where they do not, none is causal. */
  readonly carriesSessions: boolean;
  get(target: VersionedKey, timeoutMs: number, beside?: ReadBeside): Promise<Found>;
  /** Throws `QuorateError` where nothing was changed, or where that is not known. */
  change(
    target: VersionedKey,
    change: KeyChange,
    timeoutMs: number,
    trace?: Trace,
  ): Promise<Changed>;
  list(target: Omit<VersionedKey, 'key'>, range: KeyRange, timeoutMs: number): Promise<KeyPage>;
}
