/**
 * What the store of a node holds that was declared dead and does not run: its objects, and its
 * hints as objects of their keys, each with the reap number that the node had adopted for the
 * partition. What fails its checksum is told and never handed on: merged, it would spread.
 *
 * The number is the one on this disk, and no other that could be found out: what the store has was
 * read under it by the node that adopted it, so it is no older than what rounds up to it reaped
 * (reap-numbers.ts). A damaged number is damage of all that it is of; without one it is 0, as
 * where nothing was ever reaped, and refused where something was.
 */

import { DecodeError } from '../kernel/bytes.ts';
import { StoreError } from '../kernel/errors.ts';
import type { SalvagedObject } from '../kernel/salvage-batch.ts';
import type { Store, StoreEntry, StoreRange } from '../ports/store.ts';
import { decodeHint } from './hint-record.ts';
import { adoptedIn } from './reap-numbers.ts';
import { decodeRecord, type ReplicaRecord } from './record-codec.ts';
import {
  type Address,
  ALL_HINTS,
  ALL_OBJECTS,
  ALL_REAP_NUMBERS,
  addressAt,
  hintAt,
  partitionAt,
  rangeBehind,
} from './store-keys.ts';
import { readStretch } from './store-stretch.ts';

export interface SalvageableRecord {
  readonly kind: 'object' | 'hint';
  /** `damaged`: it cannot be trusted. */
  readonly content: SalvagedObject | 'damaged';
}

/** Lazily, in the order of the store, which nobody writes meanwhile. */
export function* salvageableIn(store: Store): Generator<SalvageableRecord> {
  const numbers = adoptedNumbers(store);
  const content = (address: Address, { encoded }: ReplicaRecord): SalvagedObject | 'damaged' => {
    const reap = numbers.get(address.partition) ?? 0;
    return reap === 'damaged' ? reap : { ...address, reap, object: encoded };
  };
  for (const { key, value } of entriesOf(store, ALL_OBJECTS)) {
    yield {
      kind: 'object',
      content: orDamaged(() => content(addressAt(key), decodeRecord(value))),
    };
  }
  for (const { key, value } of entriesOf(store, ALL_HINTS)) {
    yield {
      kind: 'hint',
      content: orDamaged(() => content(hintAt(key).address, decodeHint(value))),
    };
  }
}

/** A stretch at a time, each read in one turn: whoever takes them may wait in between. */
function* entriesOf(store: Store, range: StoreRange): Generator<StoreEntry> {
  let rest = range;
  for (;;) {
    const entries: StoreEntry[] = [];
    const { last, complete } = readStretch(store, rest, (key, value) =>
      entries.push({ key, value }),
    );
    yield* entries;
    if (complete) return;
    rest = rangeBehind(range, last);
  }
}

/** By partition; none for one of which nothing was ever reaped. */
function adoptedNumbers(store: Store): ReadonlyMap<number, number | 'damaged'> {
  const numbers = new Map<number, number | 'damaged'>();
  for (const { key, value } of store.range(ALL_REAP_NUMBERS)) {
    numbers.set(
      partitionAt(key),
      orDamaged(() => adoptedIn(value)),
    );
  }
  return numbers;
}

/** A key that is too short is found out as a range error of its buffer. */
function orDamaged<Content>(read: () => Content): Content | 'damaged' {
  try {
    return read();
  } catch (error) {
    const isDamage = error instanceof DecodeError || error instanceof StoreError;
    if (!isDamage && !(error instanceof RangeError)) throw error;
    return 'damaged';
  }
}
