/** Keys, and the node that is the first to propose for each: the first of its list. */

import { request } from 'undici';
import { utf8 } from '../../src/kernel/bytes.ts';
import { keyHash, partitionOfHash } from '../../src/ring/key-hash.ts';

export interface PreferredKey {
  readonly key: string;
  readonly preferred: string;
}

interface RingDocument {
  readonly partitionCount: number;
  readonly partitions: readonly { partition: number; replicas: readonly string[] }[];
}

export async function preferredKeys(
  url: string,
  bucket: string,
  count: number,
): Promise<readonly PreferredKey[]> {
  const { body } = await request(`${url}/cluster/ring`);
  const { partitionCount, partitions } = (await body.json()) as RingDocument;
  const firsts = new Map(partitions.map(({ partition, replicas }) => [partition, replicas[0]]));
  return Array.from({ length: count }, (_, n) => {
    const key = `preferred-${n}`;
    const partition = partitionOfHash(keyHash(bucket, utf8(key)), partitionCount);
    return { key, preferred: firsts.get(partition) ?? '' };
  });
}
