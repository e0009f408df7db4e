/**
 * Conditions of writes to raft buckets: compare and set by revision (RFC 9110, section 13).
 * They are judged when the entry is applied, so nothing comes between the check and the write.
 */

import { DecodeError } from '../kernel/bytes.ts';
import { type Codec, list, uint } from './codec.ts';

/** Any of these revisions, or `any` where the key has a value at all. */
export type Revisions = readonly number[] | 'any';

export type Condition =
  | 'none'
  | { readonly ifMatch: Revisions }
  | { readonly ifNoneMatch: Revisions };

/** `revision` is that of the value that is there; undefined where there is none. */
export function holds(condition: Condition, revision: number | undefined): boolean {
  if (condition === 'none') return true;
  return 'ifMatch' in condition
    ? isAmong(revision, condition.ifMatch)
    : !isAmong(revision, condition.ifNoneMatch);
}

function isAmong(revision: number | undefined, revisions: Revisions): boolean {
  if (revision === undefined) return false;
  return revisions === 'any' || revisions.includes(revision);
}

const KIND = { none: 0, matchAny: 1, match: 2, noneMatchAny: 3, noneMatch: 4 } as const;

const revisionsCodec = list(uint);

export const conditionCodec: Codec<Condition> = {
  write(writer, condition) {
    if (condition === 'none') {
      writer.u8(KIND.none);
      return;
    }
    const isMatch = 'ifMatch' in condition;
    const revisions = isMatch ? condition.ifMatch : condition.ifNoneMatch;
    if (revisions === 'any') {
      writer.u8(isMatch ? KIND.matchAny : KIND.noneMatchAny);
      return;
    }
    writer.u8(isMatch ? KIND.match : KIND.noneMatch);
    revisionsCodec.write(writer, revisions);
  },
  read(reader) {
    switch (reader.u8()) {
      case KIND.none:
        return 'none';
      case KIND.matchAny:
        return { ifMatch: 'any' };
      case KIND.match:
        return { ifMatch: revisionsCodec.read(reader) };
      case KIND.noneMatchAny:
        return { ifNoneMatch: 'any' };
      case KIND.noneMatch:
        return { ifNoneMatch: revisionsCodec.read(reader) };
      default:
        throw new DecodeError('has an unknown condition');
    }
  },
};
