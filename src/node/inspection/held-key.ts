/**
 * What one node alone holds of a key, as it tells another one that looks into the key for an
 * operator. Objects, not lists: it is asked seldom, and a field that comes later is passed over
 * by programs that do not know it.
 *
 * A program that does not know the call at all answers `internal`, which counts for nothing and
 * is shown as a refusal; so the call needs no version of the cluster.
 */

import type { MetaEntry } from '../../causality/sibling-object.ts';
import type { Dot, VersionVector } from '../../causality/version-vector.ts';
import type { NodeId } from '../../kernel/names.ts';
import type { BallotList } from '../../paxos/ballot.ts';
import { callType } from '../../ports/transport.ts';
import type { Address } from '../../replica/store-keys.ts';
import type { BucketMode } from '../../ring/cluster-view.ts';

export interface InspectRequest extends Address {
  readonly mode: BucketMode;
  /** Values are to come along, as far as they are short. */
  readonly values: boolean;
}

export interface HeldContent {
  readonly contentType: string;
  readonly meta: readonly MetaEntry[];
  /** Ms since 1970; null: never. */
  readonly expiresAt: number | null;
  /** Of the whole value. */
  readonly bytes: number;
  /** All of a short value, the beginning of a longer one, nothing where values are not asked for. */
  readonly head: Uint8Array;
}

export interface HeldSibling extends HeldContent {
  readonly dot: Dot;
  readonly hlc: number;
}

/** An object, or a hint. */
export interface HeldVersion {
  readonly digest: bigint;
  readonly clock: VersionVector;
  /** None: a tombstone. */
  readonly siblings: readonly HeldSibling[];
  /** The last dot that this very record minted: its actor is the node's own. */
  readonly self: Dot | null;
}

/** `damaged`: the record fails its checksum. */
export type Whole<Record> = Record | 'damaged';

export interface HeldHint {
  readonly target: NodeId;
  /** Since when something waits, by the clock of who keeps it: ms since 1970. */
  readonly storedAt: number;
  readonly version: Whole<HeldVersion>;
}

/** What an acceptor promised and accepted. */
export interface HeldRegister {
  readonly promised: BallotList;
  readonly accepted: BallotList;
  /** It came by copying a partition, and is no vote of this acceptor. */
  readonly copied: boolean;
  /** The ballot of the change that wrote the content. */
  readonly version: BallotList;
  /** Null: absent. */
  readonly content: HeldContent | null;
}

/** A value of a raft bucket. */
export interface HeldValue extends HeldContent {
  readonly revision: number;
  readonly lease: number | null;
}

/** Null: nothing. */
export type Holding =
  | {
      readonly mode: 'dynamo';
      readonly record: Whole<HeldVersion> | null;
      readonly hints: readonly HeldHint[];
    }
  | { readonly mode: 'paxos'; readonly register: Whole<HeldRegister> | null }
  | { readonly mode: 'raft'; readonly value: HeldValue | null };

export interface HeldKey {
  /** Of the partition, as the holder knows it; null: it has not heard of the ring. */
  readonly epoch: number | null;
  /** Up to here it has applied the log of the metadata group. */
  readonly applied: number;
  /** False: its start is not registered, and it counts for no quorum. */
  readonly counted: boolean;
  /** Under which it mints its dots now. */
  readonly lineage: number;
  readonly holding: Holding;
}

/** What do you hold of this key, as what and for whomever? Nothing changes by it. */
export const INSPECT_KEY = callType<InspectRequest, HeldKey>('key.inspect', 'data');
