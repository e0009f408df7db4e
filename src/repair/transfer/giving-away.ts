/**
 * Lets go of what this node has of a partition, once others have it: they are compared with and
 * are sent what they lack, and in the turn in which the roots of the trees here are still those
 * that were compared, the removal begins.
 */

import type { NodeId } from '../../kernel/names.ts';
import type { Replica } from '../../replica/replica.ts';
import type { TreeName } from '../exchange-messages.ts';
import { newTally } from '../exchange-tally.ts';
import { PairExchange, type PairExchangePorts } from '../pair-exchange.ts';
import type { PartitionAtEpoch } from './transfer-messages.ts';

export interface GivingAwayPorts {
  readonly replica: Pick<Replica, 'marks'>;
  readonly exchange: Omit<PairExchangePorts, 'isClosed'>;
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
  const { partition, epoch, counts, takersOf, remove } = gift;
  // What waits to be reaped is in no tree.
  await ports.replica.marks.releasePartition(partition);
  const rootOf = (n: number) => ports.exchange.trees.tree(partition, n)?.root;
  const before = counts.map(rootOf);
  if (before.includes(undefined)) return 'the trees here are being built';
  for (const n of counts) {
    for (const taker of takersOf(n)) {
      if (!(await hasAll(ports, gift, taker, { partition, epoch, n }))) {
        return `${taker} has yet to take all that is here`;
      }
    }
  }
  if (!counts.every((n, i) => rootOf(n) === before[i])) {
    return 'something was written here meanwhile';
  }
  await remove();
  return undefined;
}

/** True where the taker lacks nothing of what is here, or has taken it by now. */
async function hasAll(
  ports: GivingAwayPorts,
  { isWanted }: Gift,
  taker: NodeId,
  tree: TreeName,
): Promise<boolean> {
  const exchange = new PairExchange(
    { ...ports.exchange, isClosed: () => !isWanted() },
    { peer: taker, bucketNumber: null, tally: newTally(), oneWay: true },
  );
  const { differing, postponed } = await exchange.compareRoots([tree]);
  if (postponed.length > 0) return false;
  return differing.length === 0 || (await exchange.exchange(differing)).length === 0;
}
