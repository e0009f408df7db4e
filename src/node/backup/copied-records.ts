/**
 * What one node keeps, as a snapshot of its store has it: its objects, its hints as objects of
 * their keys, and its registers, each rising by partition, bucket and key. What fails its
 * checksum is told and left out: in a backup it could pass for what was stored.
 */

import { type CopiedRecord, type CopyPart, mergedRecords } from '../../kernel/backup-copy.ts';
import { DecodeError } from '../../kernel/bytes.ts';
import type { NodeId } from '../../kernel/names.ts';
import { decodeAcceptorRecord } from '../../paxos/acceptor-record.ts';
import type { StoreEntry, StoreRange, StoreSnapshot } from '../../ports/store.ts';
import { decodeHint } from '../../replica/hint-record.ts';
import { decodeRecord } from '../../replica/record-codec.ts';
import {
  type Address,
  ALL_HINTS,
  ALL_OBJECTS,
  ALL_REGISTERS,
  addressAt,
  hintAt,
  hintsFor,
  hintsPast,
  rangeBehind,
} from '../../replica/store-keys.ts';
import { readStretch } from '../../replica/store-stretch.ts';

/** One record, or that it is damaged. */
export type FoundRecord = CopiedRecord & { readonly damaged: boolean };

type Read = (value: Uint8Array) => Uint8Array;

/** Lazily; each turn reads a stretch at most. */
export function recordsIn(
  snapshot: StoreSnapshot,
  part: Exclude<CopyPart, 'values'>,
): Generator<FoundRecord> {
  switch (part) {
    case 'objects':
      return found(snapshot, ALL_OBJECTS, addressAt, (value) => decodeRecord(value).encoded);
    case 'registers':
      return found(snapshot, ALL_REGISTERS, addressAt, registerIn);
    case 'hints':
      return hintsIn(snapshot);
  }
}

/** As it is on disk, with its checksum: what was accepted is said in it. */
function registerIn(value: Uint8Array): Uint8Array {
  decodeAcceptorRecord(value);
  return value;
}

/** In the store they lie by whom they are for. */
function hintsIn(snapshot: StoreSnapshot): Generator<FoundRecord> {
  const ofTargets = targetsIn(snapshot).map((target) =>
    found(
      snapshot,
      hintsFor(target, undefined),
      (key) => hintAt(key).address,
      (value) => decodeHint(value).encoded,
    ),
  );
  return mergedRecords(ofTargets);
}

function targetsIn(snapshot: StoreSnapshot): readonly NodeId[] {
  const targets: NodeId[] = [];
  for (let rest = ALL_HINTS; ; ) {
    const [first] = snapshot.range(rest);
    if (first === undefined) return targets;
    const { target } = hintAt(first.key);
    targets.push(target);
    rest = hintsPast(target);
  }
}

function* found(
  snapshot: StoreSnapshot,
  range: StoreRange,
  addressOf: (key: Uint8Array) => Address,
  read: Read,
): Generator<FoundRecord> {
  for (let rest = range; ; ) {
    const entries: StoreEntry[] = [];
    const { last, complete } = readStretch(snapshot, rest, (key, value) =>
      entries.push({ key, value }),
    );
    for (const { key, value } of entries) yield { ...addressOf(key), ...contentOf(value, read) };
    if (complete) return;
    rest = rangeBehind(range, last);
  }
}

function contentOf(value: Uint8Array, read: Read) {
  try {
    return { content: read(value), damaged: false };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { content: value, damaged: true };
  }
}
