/**
 * The reap number of each partition: the index of the last entry that began a round of reaping
 * there. None is begun while a partition moves: who keeps it is not settled then, and what a copy
 * brings may be older than what was reaped. None is begun anywhere while a dead node's salvage is
 * open: it adopts no number any more, so all that it holds would be refused for ever after. The
 * rounds themselves are carried out by the nodes (ARCHITECTURE.md, "Reaping").
 */

import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Ring } from '../ring/ring.ts';
import type { ReapedPartition } from './command.ts';
import { moving } from './ring-moves.ts';

/** The numbers after an entry at `index`. Throws `QuorateError` where a partition cannot be reaped. */
export function roundBegun(
  numbers: readonly number[],
  ring: Ring | undefined,
  unsalvaged: readonly NodeId[],
  partitions: readonly ReapedPartition[],
  index: number,
): readonly number[] {
  if (ring === undefined) throw new QuorateError('ring_forming', 'nothing is kept yet');
  if (unsalvaged.length > 0) {
    const detail = `the salvage of ${unsalvaged.join(', ')} is open: salvage what only it held, or close it`;
    throw new QuorateError('salvage_open', detail);
  }
  const raised = Array.from({ length: ring.partitionCount }, (_, at) => numbers[at] ?? 0);
  for (const { partition, epoch } of partitions) {
    if (ring.partitionEpochs[partition] !== epoch) {
      const detail = `partition ${partition} is at epoch ${ring.partitionEpochs[partition]}, not ${epoch}`;
      throw new QuorateError('stale_epoch', detail);
    }
    if (ring.moves.has(partition)) throw moving(partition);
    raised[partition] = index;
  }
  return raised;
}
