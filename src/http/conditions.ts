/**
 * Conditions of writes to buckets of mode paxos or raft: `If-Match` and `If-None-Match` (RFC
 * 9110, section 13.1), judged at the moment of the write. A version is here what stands in the
 * quotes of an ETag; whether it is one of the bucket's mode is for that mode to say.
 */

import { QuorateError } from '../kernel/errors.ts';
import type { TextCondition } from '../node/index.ts';
import { refuse } from './parameters.ts';
import type { VersionedMode } from './versioned-key.ts';

/** Versions that one condition may name. */
const VERSIONS_MAX = 100;

const ENTITY_TAG = /^(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"$/;

type Headers = NodeJS.Dict<string | string[]>;

type Tags = readonly string[] | 'any';

/** Throws `bad_parameter` where a condition is none, or there are two. */
export function conditionOfHeaders(headers: Headers): TextCondition {
  refuseTimes(headers);
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  if (ifMatch !== undefined && ifNoneMatch !== undefined) {
    throw refuse('If-Match', 'and If-None-Match are both given: give one of them');
  }
  if (ifMatch !== undefined) {
    return { ifMatch: tagsOf('If-Match', String(ifMatch), 'strong') };
  }
  if (ifNoneMatch !== undefined) {
    return { ifNoneMatch: tagsOf('If-None-Match', String(ifNoneMatch), 'weak') };
  }
  return 'none';
}

/** Fields of an operation of a batch: a version, a list of them, or `*`. */
export function conditionOfFields(
  { ifMatch, ifNoneMatch }: { readonly ifMatch?: unknown; readonly ifNoneMatch?: unknown },
  mode: VersionedMode,
): TextCondition {
  if (ifMatch !== undefined && ifNoneMatch !== undefined) {
    throw refuse('ifMatch', 'and ifNoneMatch are both given: give one of them');
  }
  if (ifMatch !== undefined) return { ifMatch: tagsField('ifMatch', ifMatch, mode) };
  if (ifNoneMatch !== undefined) {
    return { ifNoneMatch: tagsField('ifNoneMatch', ifNoneMatch, mode) };
  }
  return 'none';
}

/** Of a write to a bucket of mode dynamo. */
export function conditionUnsupported(condition: string): QuorateError {
  return new QuorateError(
    'condition_unsupported',
    `${condition} cannot be checked atomically in a bucket of mode dynamo: use a bucket of mode paxos or raft, which PUT /buckets/NAME with {"mode": "paxos"} makes, or send the context of your last read here and resolve siblings`,
    { parameter: condition },
  );
}

function refuseTimes(headers: Headers): void {
  if (headers['if-unmodified-since'] === undefined) return;
  throw new QuorateError(
    'condition_unsupported',
    'values have versions and no times here: send If-Match with the ETag of your last read',
    { parameter: 'if-unmodified-since' },
  );
}

/**
 * Tags that are none of ours are no mistake and match nothing; nor does a weak one where the
 * comparison is strong.
 */
function tagsOf(header: string, text: string, comparison: 'strong' | 'weak'): Tags {
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
    return weak !== undefined && comparison === 'strong' ? [] : opaque;
  });
}

function tagsField(name: string, value: unknown, { tagOf, versionForm }: VersionedMode): Tags {
  if (value === '*') return 'any';
  const versions: readonly unknown[] = Array.isArray(value) ? value : [value];
  checkCount(name, versions.length);
  return versions.map((version) => {
    const tag = tagOf(version);
    if (tag !== undefined) return tag;
    throw refuse(name, `must be ${versionForm}, a list of them, or "*"`);
  });
}

function checkCount(name: string, count: number): void {
  if (count <= VERSIONS_MAX) return;
  throw refuse(name, `names ${count} versions: at most ${VERSIONS_MAX} are compared`);
}
