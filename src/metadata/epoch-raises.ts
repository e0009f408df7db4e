/**
 * Raising the epoch of partitions in which nothing moves: from then on their acceptors take
 * nothing any more that was begun before. Registers are erased behind such an entry, and
 * damaged ones are rebuilt (ARCHITECTURE.md, "Registers").
 *
 * With it goes the id mark of the partition: the highest time of an id that a register which is
 * about to be erased tells of. Of a change with an id up to it nobody can say any more whether it
 * ran.
 */

import { QuorateError } from '../kernel/errors.ts';
import type { Ring } from '../ring/ring.ts';
import type { RaisedPartition } from './command.ts';
import { moving } from './ring-moves.ts';

/** The ring after an entry at `index`. Throws `QuorateError`, for all of them or none. */
export function epochsRaised(
  ring: Ring | undefined,
  partitions: readonly RaisedPartition[],
  index: number,
): Ring {
  if (ring === undefined) throw new QuorateError('ring_forming', 'nothing is kept yet');
  const partitionEpochs = [...ring.partitionEpochs];
  for (const { partition, epoch } of partitions) {
    const present = ring.partitionEpochs[partition];
    if (present !== epoch) {
      const detail = `partition ${partition} is at epoch ${present}, not ${epoch}`;
      throw new QuorateError('stale_epoch', detail);
    }
    if (ring.moves.has(partition)) throw moving(partition);
    partitionEpochs[partition] = index;
  }
  return { ...ring, epoch: index, partitionEpochs };
}

/** By partition, ms since 1970; they never fall. */
export function idMarksRaised(
  marks: readonly number[],
  { partitionCount }: Ring,
  partitions: readonly RaisedPartition[],
): readonly number[] {
  const raised = Array.from({ length: partitionCount }, (_, at) => marks[at] ?? 0);
  for (const { partition, idMark } of partitions) {
    raised[partition] = Math.max(raised[partition] ?? 0, idMark);
  }
  return raised;
}
