/** Keys whose primaries are all the same nodes, so that these can be taken away together. */

import { areExactly, ringMapOf } from '../ring-map.ts';

export interface ChosenKeys {
  /** In the order of their names. */
  readonly primaries: readonly string[];
  readonly keys: readonly string[];
}

/** Of those nodes that have the most partitions in common. */
export async function chooseKeys(url: string, bucket: string, count: number): Promise<ChosenKeys> {
  const ring = await ringMapOf(url);
  const primaries = ring.mostShared();
  const keys = ring.keysWhere({ bucket, prefix: 'handed-off', count }, areExactly(primaries));
  return { primaries, keys };
}
