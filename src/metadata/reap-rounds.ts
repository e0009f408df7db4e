/**
 * The reap number of each partition: the index of the last entry that began a round of reaping
 * there. The rounds themselves are carried out by the nodes (ARCHITECTURE.md, "Reaping").
 */

import { QuorateError } from '../kernel/errors.ts';
import type { Ring } from '../ring/ring.ts';
import type { ReapedPartition } from './command.ts';

/** The numbers after an entry at `index`. Throws `QuorateError` where a partition cannot be reaped. */
export function roundBegun(
  numbers: readonly number[],
  ring: Ring | undefined,
  partitions: readonly ReapedPartition[],
  index: number,
): readonly number[] {
  if (ring === undefined) throw new QuorateError('ring_forming', 'nothing is kept yet');
  const raised = Array.from({ length: ring.partitionCount }, (_, at) => numbers[at] ?? 0);
  for (const { partition, epoch } of partitions) {
    if (ring.partitionEpochs[partition] !== epoch) {
      const detail = `partition ${partition} is at epoch ${ring.partitionEpochs[partition]}, not ${epoch}`;
      throw new QuorateError('stale_epoch', detail);
    }
    raised[partition] = index;
  }
  return raised;
}
