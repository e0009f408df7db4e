/**
 * Lets go of what this node has of a partition, once others have it: they are compared with and
 * are sent what they lack, and in the turn in which the roots of the trees here are still those
 * that were compared, the removal begins.
 */

import type { NodeId } from '../../kernel/names.ts';
import type { Replica } from '../../replica/replica.ts';
import type { PairExchangePorts } from '../pair-exchange.ts';
import type { Slots } from '../slots.ts';
import { peerThatLacks } from './leaving-comparison.ts';
import type { PartitionAtEpoch } from './transfer-messages.ts';

export interface GivingAwayPorts {
  readonly replica: Pick<Replica, 'marks'>;
  readonly exchange: Omit<PairExchangePorts, 'isClosed'>;
  /** One at a time removes, so that a commit has no more than one stretch of removals. */
  readonly dropping: Slots;
}

export interface Gift extends PartitionAtEpoch {
  /** The n of the trees. */
  readonly counts: readonly number[];
  /** Who is to have all that is here of the tree. */
  readonly takersOf: (n: number) => readonly NodeId[];
  readonly isWanted: () => boolean;
  /** Begins in the turn in which it is called. */
  readonly remove: () => Promise<void>;
}

/** Resolves, when all is removed, with undefined; otherwise with what has to be waited for. */
export async function giveAway(ports: GivingAwayPorts, gift: Gift): Promise<string | undefined> {
  const { partition, epoch, counts, takersOf, isWanted, remove } = gift;
  // What waits to be reaped is in no tree.
  await ports.replica.marks.releasePartition(partition);
  const rootOf = (n: number) => ports.exchange.trees.tree(partition, n)?.root;
  const before = counts.map(rootOf);
  if (before.includes(undefined)) return 'the trees here are being built';
  const asked = { ...ports.exchange, isClosed: () => !isWanted() };
  for (const n of counts) {
    const lacking = await peerThatLacks(asked, { partition, epoch, n }, takersOf(n));
    if (lacking !== undefined) return `${lacking} has yet to take all that is here`;
  }
  const removed = await ports.dropping.run(async () => {
    if (!counts.every((n, i) => rootOf(n) === before[i])) return false;
    await remove();
    return true;
  });
  return removed ? undefined : 'something was written here meanwhile';
}
