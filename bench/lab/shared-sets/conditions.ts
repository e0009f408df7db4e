/** What the sets are kept as, and under which conditions clients add to them. */

import type { BucketSettings } from '../../../src/client/request-options.ts';

export interface Policy {
  readonly name: 'siblings' | 'lww';
  /** For charts and tables. */
  readonly title: string;
  readonly bucket: string;
  readonly settings: BucketSettings;
}

export const POLICIES: readonly Policy[] = (['siblings', 'lww'] as const).map((name) => ({
  name,
  title: name === 'lww' ? 'last write wins' : 'siblings',
  bucket: `lab-set-${name}`,
  settings: { mode: 'dynamo', conflict: name },
}));

export interface Condition {
  readonly name: string;
  readonly title: string;
  /** R and W, of 3 replicas. */
  readonly level: 1 | 2;
  /** The first node is cut off from the others. */
  readonly isPartitioned: boolean;
  /** The wall clock of the first node is ahead. */
  readonly isSkewed: boolean;
  /** Shared at the same time. */
  readonly keys: number;
  /** After so long other keys take their place. */
  readonly keyMs: number;
  /** Of each client in a round, however slow the machine is: clients meet at each key. */
  readonly addedMin: number;
}

/** Few keys for a short time: clients meet at each of them. */
const CALM = { level: 2, isPartitioned: false, keys: 3, keyMs: 1_000, addedMin: 10 } as const;
/** Both sides go on adding to the same keys. */
const PARTITION = {
  level: 1,
  isPartitioned: true,
  keys: 10,
  keyMs: Number.POSITIVE_INFINITY,
  addedMin: 20,
} as const;

/**
 * The skewed ones come last: a node whose clock was ahead goes on from there, since its stamps
 * never fall.
 */
export const CONDITIONS: readonly Condition[] = [
  { ...CALM, name: 'calm', title: 'no fault', isSkewed: false },
  { ...PARTITION, name: 'partition', title: 'partition', isSkewed: false },
  { ...CALM, name: 'skew', title: 'clock skew', isSkewed: true },
  { ...PARTITION, name: 'partition-skew', title: 'partition and skew', isSkewed: true },
];
