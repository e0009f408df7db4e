import { decodeObject, encodeObject } from '../../src/causality/object-codec.ts';
import { encodeCarried } from '../../src/causality/session-token-codec.ts';
import type { SiblingObject } from '../../src/causality/sibling-object.ts';
import type { Dot } from '../../src/causality/version-vector.ts';
import { decodeHint, encodeHint, storedAtOf } from '../../src/replica/hint-record.ts';
import { decodeRecord, encodeRecord, encodeVersion } from '../../src/replica/record-codec.ts';
import { describeGolden, formsOf } from './golden-forms.ts';
import { LINEAGE, session, siblings, tombstone, WALL_TIME_MS } from './some-versions.ts';

const withSession: SiblingObject = {
  ...siblings,
  siblings: siblings.siblings.map((one, place) => ({
    ...one,
    carried: place === 0 ? encodeCarried(session) : undefined,
  })),
};

interface Stored {
  readonly object: SiblingObject;
  readonly self?: Dot | undefined;
}

const self = { lineage: LINEAGE, actorEpoch: 1, counter: 7 };

const stored = ({ object, self: dot }: Stored) => encodeRecord(encodeVersion(object), dot);

describeGolden('v0.1.0', 'objects', [
  ...formsOf(
    { encode: encodeObject, decode: decodeObject },
    { siblings, tombstone, 'siblings of a causal session': withSession },
  ),
  ...formsOf<Stored>(
    {
      encode: stored,
      decode(bytes) {
        const { object, self: dot } = decodeRecord(bytes);
        return { object, self: dot };
      },
    },
    { record: { object: siblings }, 'record with its own dot': { object: tombstone, self } },
  ),
  ...formsOf<Stored & { readonly storedAt: number }>(
    {
      encode: (hint) => encodeHint(hint.storedAt, stored(hint)),
      decode(bytes) {
        const { object, self: dot } = decodeHint(bytes);
        return { storedAt: storedAtOf(bytes), object, self: dot };
      },
    },
    { hint: { storedAt: WALL_TIME_MS, object: siblings, self } },
  ),
]);
