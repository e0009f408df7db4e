/** What can be asked of a register. Plain data: it crosses between nodes as it is. */

import type { MetaEntry } from '../causality/sibling-object.ts';
import { EMPTY_BYTES, utf8 } from '../kernel/bytes.ts';
import { hash64 } from '../kernel/hash.ts';
import { type Ballot, sameBallot } from './ballot.ts';

/** Any of these versions, or `any` where the key has a value at all. */
export type Versions = readonly Ballot[] | 'any';

/** Judged on the value that the change would replace: compare and set (RFC 9110, section 13). */
export type Condition =
  | 'none'
  | { readonly ifMatch: Versions }
  | { readonly ifNoneMatch: Versions };

interface Lasting {
  /** How long what it creates lives, in ms; `none`: for ever; undefined: as the bucket has it. */
  readonly ttlMs?: number | 'none' | undefined;
}

interface Carrying {
  /** Goes with the value: see `Content`. */
  readonly carried?: Uint8Array | undefined;
}

export interface Put extends Lasting, Carrying {
  readonly type: 'put';
  readonly value: Uint8Array;
  readonly contentType: string;
  readonly meta: readonly MetaEntry[];
  readonly condition: Condition;
}

export interface Delete {
  readonly type: 'delete';
  readonly condition: Condition;
}

/** Adds to a number in decimal text, within safe integers; what is absent counts as 0. */
export interface Increment extends Lasting, Carrying {
  readonly type: 'increment';
  readonly by: number;
  readonly condition: Condition;
}

/** Puts bytes behind those that are there; what is absent counts as empty. */
export interface Append extends Lasting, Carrying {
  readonly type: 'append';
  readonly bytes: Uint8Array;
  /** Of what it creates. */
  readonly contentType: string;
  /** The value may not become larger. */
  readonly bytesMax: number;
  readonly condition: Condition;
}

export type Change = Put | Delete | Increment | Append;

/** What the house itself asks: make absent what has expired; `condition_failed` where nothing has. */
export interface Expire {
  readonly type: 'expire';
}

/** A change with the name under which it runs once. */
export interface Requested {
  readonly change: Change | Expire;
  /** 16 bytes: see kernel/request-id.ts. */
  readonly id: Uint8Array;
  /** The client gave the id. */
  readonly given: boolean;
}

/**
 * Tells another change under the same given id from this one asked for again: 48 bits of what the
 * change does, whatever its condition is, how long it lives, and what comes along with it.
 */
export function digestOf({ change, given }: Requested): number | undefined {
  if (!given || change.type === 'expire') return undefined;
  const hash = hash64(materialOf(change));
  return Number(BigInt.asUintN(48, hash ^ BigInt(TYPES.indexOf(change.type))));
}

function materialOf(change: Change): Uint8Array {
  switch (change.type) {
    case 'put':
      return change.value;
    case 'append':
      return change.bytes;
    case 'increment':
      return utf8(String(change.by));
    case 'delete':
      return EMPTY_BYTES;
  }
}

/** By their places: only ever append. */
const TYPES: readonly Change['type'][] = ['put', 'delete', 'increment', 'append'];

/** `version` is that of the value that is there; undefined where there is none. */
export function holds(condition: Condition, version: Ballot | undefined): boolean {
  if (condition === 'none') return true;
  return 'ifMatch' in condition
    ? isAmong(version, condition.ifMatch)
    : !isAmong(version, condition.ifNoneMatch);
}

function isAmong(version: Ballot | undefined, versions: Versions): boolean {
  if (version === undefined) return false;
  return versions === 'any' || versions.some((other) => sameBallot(other, version));
}
