/** Keys, and the node that is the first to propose for each: the first of its list. */

import { ringMapOf } from '../ring-map.ts';

export interface PreferredKey {
  readonly key: string;
  readonly preferred: string;
}

export async function preferredKeys(
  url: string,
  bucket: string,
  count: number,
): Promise<readonly PreferredKey[]> {
  const ring = await ringMapOf(url);
  return Array.from({ length: count }, (_, n) => {
    const key = `preferred-${n}`;
    return { key, preferred: ring.replicasOf(bucket, key)[0] ?? '' };
  });
}
