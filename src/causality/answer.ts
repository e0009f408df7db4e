/**
 * What of an object a client is shown: the last write alone where its bucket says so, and
 * nothing that has expired.
 *
 * Both are filters on answers, by the coordinating node's clock, once per request. They never
 * touch what is stored, digested or merged: a replica that dropped a value by its own clock
 * and kept the version vector would make all the others drop it too. So what `answerOf`
 * returns is for a client and must never be stored or merged. Its clock is that of the whole
 * object, so that a write with the context of the answer replaces what was hidden as well.
 */

import type { Sibling, SiblingObject } from './sibling-object.ts';
import { compareDots } from './version-vector.ts';

/** `lww`: of concurrent values the one that was written last is shown. */
export type ConflictPolicy = 'siblings' | 'lww';

/**
 * The winner is found before expiry is looked at: where the last write has expired there is
 * nothing, and an older value that lost to it does not come back.
 * @param wallTime of the coordinating node, ms since 1970
 */
export function answerOf(
  object: SiblingObject,
  conflict: ConflictPolicy,
  wallTime: number,
): SiblingObject {
  const { clock, siblings } = object;
  const candidates = conflict === 'lww' ? lastWriteOf(siblings) : siblings;
  const shown = candidates.filter((sibling) => !hasExpired(sibling, wallTime));
  return shown.length === siblings.length ? object : { clock, siblings: shown };
}

/** The greatest by (hlc, dot): a function of the set, so replicas that agree show the same. */
function lastWriteOf(siblings: readonly Sibling[]): readonly Sibling[] {
  if (siblings.length <= 1) return siblings;
  return [siblings.reduce((last, sibling) => (isLater(sibling, last) ? sibling : last))];
}

function isLater(a: Sibling, b: Sibling): boolean {
  return (a.hlc - b.hlc || compareDots(a.dot, b.dot)) > 0;
}

function hasExpired({ expiresAt }: Sibling, wallTime: number): boolean {
  return expiresAt !== undefined && expiresAt <= wallTime;
}

/**
 * True when the object has values and all of them have expired by then: it may be reaped as
 * a tombstone is. Whoever reaps by it leaves room for clocks that differ.
 * @param wallTime ms since 1970
 */
export function expiredBefore({ siblings }: SiblingObject, wallTime: number): boolean {
  return siblings.length > 0 && siblings.every((sibling) => hasExpired(sibling, wallTime));
}
