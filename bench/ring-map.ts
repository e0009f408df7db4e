/** Which nodes keep a key, as the ring of a cluster says. */

import { request } from 'undici';
import { utf8 } from '../src/kernel/bytes.ts';
import { keyHash, partitionOfHash } from '../src/ring/key-hash.ts';

interface RingDocument {
  readonly partitionCount: number;
  readonly partitions: readonly { partition: number; replicas: readonly string[] }[];
}

interface WantedKeys {
  readonly bucket: string;
  readonly prefix: string;
  readonly count: number;
  readonly n?: number | undefined;
}

export class RingMap {
  readonly partitionCount: number;
  /** Of each partition, in the order of preference. */
  readonly replicas: ReadonlyMap<number, readonly string[]>;

  constructor({ partitionCount, partitions }: RingDocument) {
    this.partitionCount = partitionCount;
    this.replicas = new Map(partitions.map(({ partition, replicas }) => [partition, replicas]));
  }

  /** In the order of preference; of a bucket with fewer replicas than there are at most, the first n. */
  replicasOf(bucket: string, key: string, n?: number): readonly string[] {
    return (this.replicas.get(this.partitionOf(bucket, key)) ?? []).slice(0, n);
  }

  /** The nodes that keep the most partitions together, in the order of their names; `n` as above. */
  mostShared(n?: number): readonly string[] {
    const together = new Map<string, number>();
    for (const replicas of this.replicas.values()) {
      const names = replicas.slice(0, n).sort().join(' ');
      together.set(names, (together.get(names) ?? 0) + 1);
    }
    const [names] = [...together].reduce((a, b) => (b[1] > a[1] ? b : a));
    return names.split(' ');
  }

  partitionOf(bucket: string, key: string): number {
    return partitionOfHash(keyHash(bucket, utf8(key)), this.partitionCount);
  }

  /** The first `count` keys `prefix-0`, `prefix-1`, ... whose replicas are as they are to be; `n` as above. */
  keysWhere(
    { bucket, prefix, count, n }: WantedKeys,
    isWanted: (replicas: readonly string[]) => boolean,
  ): readonly string[] {
    if (![...this.replicas.values()].some((replicas) => isWanted(replicas.slice(0, n)))) {
      throw new Error(`no partition has replicas as the keys of ${bucket} are to have them`);
    }
    const keys: string[] = [];
    for (let number = 0; keys.length < count; number++) {
      const key = `${prefix}-${number}`;
      if (isWanted(this.replicasOf(bucket, key, n))) keys.push(key);
    }
    return keys;
  }
}

/** Whether the replicas are exactly these. */
export function areExactly(names: readonly string[]): (replicas: readonly string[]) => boolean {
  return (replicas) =>
    replicas.length === names.length && replicas.every((name) => names.includes(name));
}

/** As the node at this address sees it. */
export async function ringMapOf(url: string): Promise<RingMap> {
  const { body } = await request(`${url}/cluster/ring`);
  return new RingMap((await body.json()) as RingDocument);
}
