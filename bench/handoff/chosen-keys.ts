/** Keys whose primaries are all the same nodes, so that these can be taken away together. */

import { request } from 'undici';
import { utf8 } from '../../src/kernel/bytes.ts';
import { keyHash, partitionOfHash } from '../../src/ring/key-hash.ts';

export interface ChosenKeys {
  /** In the order of their names. */
  readonly primaries: readonly string[];
  readonly keys: readonly string[];
}

interface RingDocument {
  readonly partitionCount: number;
  readonly partitions: readonly { partition: number; replicas: readonly string[] }[];
}

/** Of those nodes that have the most partitions in common. */
export async function chooseKeys(url: string, bucket: string, count: number): Promise<ChosenKeys> {
  const { body } = await request(`${url}/cluster/ring`);
  const { partitionCount, partitions } = (await body.json()) as RingDocument;
  const together = new Map<string, Set<number>>();
  for (const { partition, replicas } of partitions) {
    const names = replicas.toSorted().join(' ');
    together.set(names, (together.get(names) ?? new Set()).add(partition));
  }
  const [names, chosen] = [...together].reduce((a, b) => (b[1].size > a[1].size ? b : a));
  const keys: string[] = [];
  for (let n = 0; keys.length < count; n++) {
    const key = `handed-off-${n}`;
    if (chosen.has(partitionOfHash(keyHash(bucket, utf8(key)), partitionCount))) keys.push(key);
  }
  return { primaries: names.split(' '), keys };
}
