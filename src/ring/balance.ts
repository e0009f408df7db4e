/**
 * What a balanced placement is: how many places each node may have, and how many nodes of
 * each zone a partition may have.
 *
 * With R places in every partition and K zones, distinct zones come first:
 *   R <= K   a partition has at most one node of each zone, so a zone has at most Q places;
 *   R >= K   a partition has at least one node of each zone, so a zone has at least Q places.
 * Under that rule the loads are as equal as they can be. There is one level L, and nodes
 * have L or L+1 places, except in zones that the rule keeps from the level: a zone so large
 * that it would need more than Q places to reach L (first case), or so small that it is
 * above L+1 with the Q places that it must take (second case). Such a zone is *pinned*: it
 * has exactly one node in every partition, and divides its Q places evenly.
 *
 * Bounds like these can always be met: spread each node's places evenly over all partitions,
 * a fraction in each, and every bound holds; and since the bounds form a flow network, where
 * a fractional solution exists a whole one does.
 */

export interface Range {
  readonly least: number;
  readonly most: number;
}

export interface Balance {
  /** By node: how many places it has in the whole placement. */
  readonly placesOfNode: readonly Range[];
  /** By zone: how many of its nodes each partition has. */
  readonly nodesOfZone: readonly Range[];
}

/** `zoneOf` gives the zone, 0 to K-1, of each node; `replicaCount` is at most the number of nodes. */
export function balance(
  zoneOf: readonly number[],
  partitionCount: number,
  replicaCount: number,
): Balance {
  const sizes: number[] = [];
  for (const zone of zoneOf) sizes[zone] = (sizes[zone] ?? 0) + 1;
  const oneAtMost = replicaCount <= sizes.length;
  const level = commonLevel(sizes, partitionCount, replicaCount);

  const pinned = sizes.map((size) =>
    oneAtMost ? size * level > partitionCount : size * (level + 1) < partitionCount,
  );
  const free = { least: oneAtMost ? 0 : 1, most: oneAtMost ? 1 : replicaCount };
  return {
    nodesOfZone: sizes.map((_, zone) => (pinned[zone] ? { least: 1, most: 1 } : free)),
    placesOfNode: zoneOf.map((zone) => {
      if (!pinned[zone]) return { least: level, most: level + 1 };
      const share = partitionCount / (sizes[zone] as number);
      return { least: Math.floor(share), most: Math.ceil(share) };
    }),
  };
}

/** The highest level to which all nodes can be filled with the places that there are. */
function commonLevel(sizes: readonly number[], partitionCount: number, replicaCount: number) {
  const limit = replicaCount <= sizes.length ? Math.min : Math.max;
  const placesAt = (level: number) =>
    sizes.reduce((places, size) => places + limit(partitionCount, size * level), 0);

  let level = 0;
  while (level < partitionCount && placesAt(level + 1) <= partitionCount * replicaCount) level++;
  return level;
}
