/** Versions of keys that several families of forms are made of. */

import type { Context } from '../../src/causality/context.ts';
import type { SessionToken } from '../../src/causality/session-token.ts';
import type { SiblingObject } from '../../src/causality/sibling-object.ts';
import { utf8 } from '../../src/kernel/bytes.ts';

export const LINEAGE = 0x1234_5678_9abc;
const OTHER_LINEAGE = 0xffff_0000_0001;

const dot = (counter: number) => ({ lineage: LINEAGE, actorEpoch: 1, counter });
const otherDot = (counter: number) => ({ lineage: OTHER_LINEAGE, actorEpoch: 300, counter });

/** Whole milliseconds since 1970 in the upper bits, as the hybrid clock has it. */
const HLC = 1_800_000_000_000 * 1_024 + 5;
export const WALL_TIME_MS = 1_800_000_000_123;

export const siblings: SiblingObject = {
  clock: [dot(7), otherDot(2)],
  siblings: [
    {
      dot: dot(7),
      hlc: HLC,
      expiresAt: undefined,
      contentType: 'text/plain; charset=utf-8',
      meta: [
        ['author', 'Zoë'],
        ['empty', ''],
      ],
      carried: undefined,
      value: utf8('milk'),
    },
    {
      dot: otherDot(1),
      hlc: HLC + 1,
      expiresAt: WALL_TIME_MS,
      contentType: '',
      meta: [],
      carried: undefined,
      value: Uint8Array.of(0, 255, 10),
    },
  ],
};

export const tombstone: SiblingObject = { clock: [dot(8)], siblings: [] };

export const context: Context = { clock: [dot(7), otherDot(2)], dots: [otherDot(5)], reap: 300 };

export const session: SessionToken = {
  entries: [
    { bucketNumber: 1, keyHash: 2n ** 64n - 1n, context, absent: false, readsOnly: true },
    {
      bucketNumber: 300,
      keyHash: 5n,
      context: { clock: [], dots: [], reap: 0 },
      absent: true,
      readsOnly: false,
    },
  ],
  dropped: 200,
  truncated: true,
};
