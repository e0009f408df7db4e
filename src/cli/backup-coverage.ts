/**
 * What a backup without some of the members still has.
 *
 * A write that W nodes acknowledged is on the disk of each of them when the backup begins, and so in
 * the copy of each that is not missing. Where fewer members are missing than acknowledged it, it is
 * in the backup, whoever they were. Of writes by quorum among the key's own replicas the same is
 * asked of each partition by itself.
 */

import type { CopiedBucket } from '../kernel/backup-copy.ts';

/** Partitions of which writes acknowledged by a majority of their replicas may be missing. */
export function uncoveredPartitions(
  replicas: readonly (readonly string[])[],
  buckets: readonly Pick<CopiedBucket, 'mode' | 'n'>[],
  missing: readonly string[],
): readonly number[] {
  const levels = new Set(buckets.filter(({ mode }) => mode !== 'raft').map(({ n }) => n));
  return replicas.flatMap((list, partition) => {
    const isUncovered = [...levels].some((n) => {
      const kept = list.slice(0, n);
      const majority = Math.floor(kept.length / 2) + 1;
      return kept.filter((node) => missing.includes(node)).length >= majority;
    });
    return isUncovered ? [partition] : [];
  });
}
