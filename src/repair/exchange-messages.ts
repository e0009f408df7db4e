/**
 * What replicas of a partition ask each other to find what differs, and for the objects.
 * Objects are pushed with `STORE_OBJECTS` (replica/messages.ts).
 *
 * Everything names a tree: a partition, its epoch as the sender knows it (another one is
 * refused as `stale_epoch`), and the n of the buckets in question.
 */

import type { ErrorCode } from '../kernel/errors.ts';
import type { Step, TreePart } from '../merkle/walk.ts';
import { callType } from '../ports/transport.ts';
import type { StoreRequest } from '../replica/messages.ts';

/** A page of a listing ends after so long, well before whoever asked for it gives up. */
export const PAGE_MS_MAX = 3_000;

export interface TreeName {
  readonly partition: number;
  readonly epoch: number;
  readonly n: number;
}

/** A list, not an object: every few seconds it crosses for every partition. */
export type RootEntry = readonly [partition: number, epoch: number, n: number, root: bigint];

/** `building`: the tree is not known (yet); else the code of the refusal. */
export type RootVerdict = 'equal' | 'differs' | 'building' | ErrorCode;

/** Are these the roots of your trees? Answered in their order, of what is on disk. */
export const COMPARE_ROOTS = callType<readonly RootEntry[], readonly RootVerdict[]>(
  'repair.roots',
  'bulk',
);

export interface WalkRequest {
  readonly tree: TreeName;
  /** Of the sender's tree. */
  readonly part: TreePart;
}

/** Where does this part differ from yours? See merkle/walk.ts. */
export const WALK_TREE = callType<WalkRequest, Step>('repair.walk', 'bulk');

/** Stored keys greater than `after` (null: from the first on), up to and with `last` (null: all). */
export interface KeySpan {
  readonly after: Uint8Array | null;
  readonly last: Uint8Array | null;
}

export interface ListRequest {
  readonly tree: TreeName;
  /** Only keys of this bucket; null: of all whose n it is. */
  readonly bucketNumber: number | null;
  /** Only keys in these leaves, rising. */
  readonly leaves: readonly number[];
  readonly span: KeySpan;
}

export interface ListReply {
  /** In the form of merkle/leaf-items.ts. */
  readonly items: Uint8Array;
  /** What was listed reaches up to here; null: to the end of the span. */
  readonly reached: Uint8Array | null;
}

/** What do you have in these leaves? Answered of what is on disk. */
export const LIST_LEAVES = callType<ListRequest, ListReply>('repair.list', 'bulk');

export interface PullRequest {
  readonly tree: TreeName;
  /** Of the keys whose objects are wanted. */
  readonly keyHashes: readonly bigint[];
  readonly span: KeySpan;
}

export interface PullReply {
  /** As they would be pushed. */
  readonly objects: readonly StoreRequest[];
  /** As in `ListReply`: the next request goes on behind it. */
  readonly reached: Uint8Array | null;
}

/** Send me these objects: as many as go into one batch, of what is on disk. */
export const PULL_OBJECTS = callType<PullRequest, PullReply>('repair.pull', 'bulk');

/** Bytes of objects, with their keys, in one batch: one more than fits may be in it. */
export const BATCH_BYTES_MAX = 256 * 1024;
/** The receiver merges a batch in one turn, so it is small enough to be a short one. */
export const BATCH_OBJECTS_MAX = 256;

/** You were away, it seems: compare now what you drive with me. */
export const ASK_TO_COMPARE = callType<null, void>('repair.ask', 'bulk');

/** For calls that read nothing but trees. */
export const LOOK_MS_MAX = 2_000;

/** For calls that read or write the store. */
export const CALL_MS_MAX = 10_000;
