/**
 * What a key holds: a set of concurrent values with dotted version vectors.
 *
 * The laws (checked as properties): merge is commutative, associative and idempotent, and no
 * sibling disappears that no write superseded. Every sibling's dot is covered by the clock;
 * siblings are sorted by dot. An object with a clock and no siblings is a tombstone.
 */

import { ByteWriter } from '../kernel/bytes.ts';
import { hash64 } from '../kernel/hash.ts';
import type { Context } from './context.ts';
import { writeDots } from './dot-codec.ts';
import {
  compareDots,
  covers,
  type Dot,
  EMPTY_VECTOR,
  joinVectors,
  sameDot,
  type VersionVector,
} from './version-vector.ts';

export type MetaEntry = readonly [name: string, text: string];

/** What a client stored. */
export interface Content {
  readonly value: Uint8Array;
  /** Media type as the client gave it; empty when it gave none. */
  readonly contentType: string;
  /** The client's own annotations: pairs of a lower-case name and a text. */
  readonly meta: readonly MetaEntry[];
  /** From when on no answer shows it, whole ms since 1970 (see answer.ts); undefined: never. */
  readonly expiresAt?: number | undefined;
  /** What its writer's session remembered, where that was causal: see session-token-codec.ts. */
  readonly carried?: Uint8Array | undefined;
}

export interface StampedContent extends Content {
  /** When it was written, by the hybrid logical clock of the coordinator: see hlc.ts. */
  readonly hlc: number;
}

export interface Sibling extends StampedContent {
  readonly dot: Dot;
}

export interface SiblingObject {
  readonly clock: VersionVector;
  readonly siblings: readonly Sibling[];
}

/** What a replica that never heard of the key knows. */
export const ABSENT: SiblingObject = { clock: EMPTY_VECTOR, siblings: [] };

/** True when nothing was ever known of the key; a tombstone is not absent. */
export function isAbsent(object: SiblingObject): boolean {
  return object.clock.length === 0;
}

/**
 * A write at `local`: drops what the context saw, keeps what its writer did not see, adds
 * `content` (nothing, for a delete) under the new dot.
 *
 * Precondition: `local.clock` covers `context.dots`, else a sibling that a dot names could
 * come back later from another replica; and `dot` is newer than anything of its actor that
 * either clock claims.
 */
export function supersede(
  local: SiblingObject,
  context: Context,
  dot: Dot,
  content: StampedContent | undefined,
): SiblingObject {
  const kept = local.siblings.filter(
    (sibling) =>
      !covers(context.clock, sibling.dot) &&
      !context.dots.some((seen) => sameDot(seen, sibling.dot)),
  );
  const siblings = content === undefined ? kept : insert(kept, siblingOf(content, dot));
  return { clock: joinVectors(joinVectors(local.clock, context.clock), [dot]), siblings };
}

function siblingOf(content: StampedContent, dot: Dot): Sibling {
  const { value, contentType, meta, hlc, expiresAt, carried } = content;
  return { dot, hlc, expiresAt, contentType, meta, carried, value };
}

function insert(siblings: readonly Sibling[], added: Sibling): readonly Sibling[] {
  if (siblings.length === 0) return [added];
  return [...siblings, added].sort((a, b) => compareDots(a.dot, b.dot));
}

/**
 * What two replicas know together: a sibling that both have stays; one that only one has
 * stays unless the other's clock covers its dot, which says it was superseded there.
 */
export function merge(a: SiblingObject, b: SiblingObject): SiblingObject {
  if (isAbsent(a)) return b;
  if (isAbsent(b)) return a;
  const survives = (sibling: Sibling, other: SiblingObject) =>
    !covers(other.clock, sibling.dot) ||
    other.siblings.some((twin) => sameDot(twin.dot, sibling.dot));
  const fromA = a.siblings.filter((sibling) => survives(sibling, b));
  const onlyInB = b.siblings.filter((sibling) => !covers(a.clock, sibling.dot));
  const siblings =
    onlyInB.length === 0 ? fromA : [...fromA, ...onlyInB].sort((x, y) => compareDots(x.dot, y.dot));
  return { clock: joinVectors(a.clock, b.clock), siblings };
}

const writer = new ByteWriter();

/**
 * Tells versions apart: 64-bit hash over the clock and the siblings' dots. Equal clocks are
 * not enough, since a delete and the put it raced with may share one.
 */
export function versionDigest(object: SiblingObject): bigint {
  writer.reset();
  writeDots(writer, object.clock);
  writeDots(
    writer,
    object.siblings.map((sibling) => sibling.dot),
  );
  return hash64(writer.view());
}

export function sameVersion(a: SiblingObject, b: SiblingObject): boolean {
  if (a === b) return true;
  return (
    a.clock.length === b.clock.length &&
    a.siblings.length === b.siblings.length &&
    a.clock.every((entry, i) => sameDot(entry, b.clock[i] as Dot)) &&
    a.siblings.every((sibling, i) => sameDot(sibling.dot, (b.siblings[i] as Sibling).dot))
  );
}
