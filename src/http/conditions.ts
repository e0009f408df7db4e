/**
 * Conditions of writes to raft buckets: `If-Match` and `If-None-Match` (RFC 9110, section
 * 13.1), judged by the metadata group at the moment of the write.
 */

import { QuorateError } from '../kernel/errors.ts';
import type { Condition, Revisions } from '../node/index.ts';
import { indexOf, refuse } from './parameters.ts';

/** Versions that one condition may name. */
const VERSIONS_MAX = 100;

const ENTITY_TAG = /^(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"$/;

type Headers = NodeJS.Dict<string | string[]>;

/** Throws `bad_parameter` where a condition is none, or there are two. */
export function conditionOfHeaders(headers: Headers): Condition {
  refuseTimes(headers);
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  if (ifMatch !== undefined && ifNoneMatch !== undefined) {
    throw refuse('If-Match', 'and If-None-Match are both given: give one of them');
  }
  if (ifMatch !== undefined) {
    return { ifMatch: revisionsOf('If-Match', String(ifMatch), 'strong') };
  }
  if (ifNoneMatch !== undefined) {
    return { ifNoneMatch: revisionsOf('If-None-Match', String(ifNoneMatch), 'weak') };
  }
  return 'none';
}

/** Fields of an operation of a batch: a revision, a list of them, or `*`. */
export function conditionOfFields(ifMatch: unknown, ifNoneMatch: unknown): Condition {
  if (ifMatch !== undefined && ifNoneMatch !== undefined) {
    throw refuse('ifMatch', 'and ifNoneMatch are both given: give one of them');
  }
  if (ifMatch !== undefined) return { ifMatch: revisionsField('ifMatch', ifMatch) };
  if (ifNoneMatch !== undefined) {
    return { ifNoneMatch: revisionsField('ifNoneMatch', ifNoneMatch) };
  }
  return 'none';
}

/** Of a write to a bucket of mode dynamo. */
export function conditionUnsupported(condition: string): QuorateError {
  return new QuorateError(
    'condition_unsupported',
    `${condition} cannot be checked atomically in a bucket of mode dynamo: use a bucket of mode raft, which PUT /buckets/NAME with {"mode": "raft"} makes, or send the context of your last read here and resolve siblings`,
    { parameter: condition },
  );
}

function refuseTimes(headers: Headers): void {
  if (headers['if-unmodified-since'] === undefined) return;
  throw new QuorateError(
    'condition_unsupported',
    'values have revisions and no times here: send If-Match with the ETag of your last read',
    { parameter: 'if-unmodified-since' },
  );
}

/**
 * Tags that are none of ours are no mistake and match nothing; nor does a weak one where the
 * comparison is strong.
 */
function revisionsOf(header: string, text: string, comparison: 'strong' | 'weak'): Revisions {
  if (text.trim() === '*') return 'any';
  // A comma in a tag takes it apart, and then it is refused: ours have none.
  const tags = text.split(',').map((tag) => tag.trim());
  checkCount(header, tags.length);
  return tags.flatMap((tag) => {
    const [whole, weak, opaque = ''] = ENTITY_TAG.exec(tag) ?? [];
    if (whole === undefined) {
      const shown = JSON.stringify(tag.slice(0, 100));
      throw refuse(header, `has ${shown}: use *, or ETags with their quotes, such as "17"`);
    }
    if (weak !== undefined && comparison === 'strong') return [];
    return indexOf(opaque) ?? [];
  });
}

function revisionsField(name: string, value: unknown): Revisions {
  if (value === '*') return 'any';
  const revisions: readonly unknown[] = Array.isArray(value) ? value : [value];
  checkCount(name, revisions.length);
  return revisions.map((revision) => {
    if (Number.isSafeInteger(revision) && (revision as number) >= 0) return revision as number;
    throw refuse(name, 'must be a revision, which is a whole number, a list of them, or "*"');
  });
}

function checkCount(name: string, count: number): void {
  if (count <= VERSIONS_MAX) return;
  throw refuse(name, `names ${count} versions: at most ${VERSIONS_MAX} are compared`);
}
