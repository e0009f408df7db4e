/**
 * Whether all that keep a partition now have what is here of one of its trees; who lacks
 * something is sent it.
 *
 * Those that keep it are written to meanwhile, so their trees differ from the one here although
 * nothing is missing there. So it is not asked what each has in the leaves that differ, for which
 * it would have to read the whole partition, but what is here in them is sent: next to nothing,
 * since few leaves differ. To find it the partition is read here once, for all of them.
 */

import type { NodeId } from '../../kernel/names.ts';
import { leafOf } from '../../merkle/tree-shape.ts';
import { addressAt } from '../../replica/store-keys.ts';
import type { TreeName } from '../exchange-messages.ts';
import { newTally } from '../exchange-tally.ts';
import { PairExchange, type PairExchangePorts } from '../pair-exchange.ts';

/** A node with leaves that differ from those here. */
interface Differing {
  readonly peer: NodeId;
  readonly exchange: PairExchange;
  readonly leaves: ReadonlySet<number>;
}

/**
 * Resolves with a peer that may lack something still; undefined: each has all of it on disk, as
 * it was here when this began. Rejects where one cannot be asked.
 */
export async function peerThatLacks(
  ports: PairExchangePorts,
  tree: TreeName,
  peers: readonly NodeId[],
): Promise<NodeId | undefined> {
  const differing: Differing[] = [];
  for (const peer of peers) {
    const exchange = new PairExchange(ports, { peer, bucketNumber: null, tally: newTally() });
    const compared = await exchange.compareRoots([tree]);
    if (compared.postponed.length > 0) return peer;
    if (compared.differing.length === 0) continue;
    const leaves = new Set(await exchange.walk(tree));
    if (leaves.size > 0) differing.push({ peer, exchange, leaves });
  }
  return differing.length === 0 ? undefined : sendAll(ports, tree, differing);
}

async function sendAll(
  { trees, counts }: PairExchangePorts,
  tree: TreeName,
  differing: readonly Differing[],
): Promise<NodeId | undefined> {
  const [first] = differing;
  const leaves = [...new Set(differing.flatMap((one) => [...one.leaves]))];
  let after: Uint8Array | null | undefined = null;
  while (first !== undefined && after !== undefined) {
    const page = await first.exchange.listHere(tree, leaves, { after, last: null });
    for (const one of differing) {
      const addresses = page.found
        .filter(({ keyHash }) => one.leaves.has(leafOf(keyHash, trees.depth)))
        .map(({ storedKey }) => addressAt(storedKey));
      if (!(await one.exchange.push(tree, addresses))) return one.peer;
    }
    after = page.reached;
  }
  counts.exchanges.add(differing.length);
  return undefined;
}
