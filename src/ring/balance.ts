/**
 * What a balanced placement is: how many places each node may have, and how many nodes of
 * each zone a partition may have.
 *
 * With R places in every partition and K zones, distinct zones come first:
 *   R <= K   a partition has at most one node of each zone, so a zone has at most Q places;
 *   R > K    a partition has at least one node of each zone, so a zone has at least Q places.
 * No partition has a node twice, so a node has at most Q places. Under these rules places go by
 * weight: there is one *rate*, places for a unit of weight, and every node's share is its weight
 * at that rate, except where a rule keeps it from that. A zone that would have more than Q
 * places at the rate (first case), or fewer (second case), is *held* at Q, which its nodes share
 * by weight; a node that would have more than Q is *full* with Q. A node has its share, rounded
 * down or up. With equal weights that is one level L, and nodes with L or L+1 places.
 *
 * A held zone is *pinned*, it has exactly one node in every partition, where rounding could
 * otherwise take it away from Q at the expense of nodes that go by the rate.
 *
 * Bounds like these can always be met: spread each node's share evenly over all partitions,
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
  /** By node: the places that it would have if places could be divided. */
  readonly shares: readonly number[];
}

export interface WeighedNodes {
  /** The zone of each node, 0 to K-1. */
  readonly zoneOf: readonly number[];
  /** The weight of each node, a whole number above 0. */
  readonly weightOf: readonly number[];
}

/** `replicaCount` is at most the number of nodes. */
export function balance(
  nodes: WeighedNodes,
  partitionCount: number,
  replicaCount: number,
): Balance {
  const { oneAtMost, held, rate, shares } = divide(nodes, partitionCount, replicaCount);
  const pinned = held.map((isHeld) => isHeld && rate.under === 0);
  for (const [node, zone] of nodes.zoneOf.entries()) {
    if (!held[zone] || pinned[zone]) continue;
    const share = shares[node] as Fraction;
    const atRate = times(rate, nodes.weightOf[node] as number);
    pinned[zone] = oneAtMost ? floor(share) < floor(atRate) : ceil(share) > ceil(atRate);
  }
  const free = { least: oneAtMost ? 0 : 1, most: oneAtMost ? 1 : replicaCount };
  return {
    nodesOfZone: pinned.map((isPinned) => (isPinned ? { least: 1, most: 1 } : free)),
    placesOfNode: shares.map((share) => ({ least: floor(share), most: ceil(share) })),
    shares: shares.map(({ over, under }) => over / under),
  };
}

/** Kept in two whole numbers, so that nothing is lost before it is rounded. */
interface Fraction {
  readonly over: number;
  readonly under: number;
}

interface Division {
  /** R <= K. */
  readonly oneAtMost: boolean;
  /** By zone. */
  readonly held: readonly boolean[];
  /** `under` is 0 where no node goes by it. */
  readonly rate: Fraction;
  /** By node. */
  readonly shares: readonly Fraction[];
}

function divide(nodes: WeighedNodes, partitionCount: number, replicaCount: number): Division {
  const { zoneOf, weightOf } = nodes;
  const weightOfZone: number[] = [];
  for (const [node, zone] of zoneOf.entries()) {
    weightOfZone[zone] = (weightOfZone[zone] ?? 0) + (weightOf[node] as number);
  }
  const oneAtMost = replicaCount <= weightOfZone.length;
  const limit = oneAtMost
    ? fillingWeight(weightOfZone, replicaCount, (mark) =>
        sum(weightOfZone.map((weight) => Math.min(mark, weight))),
      )
    : fillingWeight([...weightOfZone, ...weightOf], replicaCount, (mark) => {
        const ofZone = weightOfZone.map(() => 0);
        for (const [node, zone] of zoneOf.entries()) {
          ofZone[zone] = (ofZone[zone] as number) + Math.min(mark, weightOf[node] as number);
        }
        return sum(ofZone.map((weight) => Math.max(mark, weight)));
      });
  const held = weightOfZone.map((weight) => (oneAtMost ? weight >= limit : weight < limit));
  const isFull = (node: number) => !oneAtMost && (weightOf[node] as number) >= limit;

  const notHeld = [...zoneOf.keys()].filter((node) => !held[zoneOf[node] as number]);
  const free = notHeld.filter((node) => !isFull(node));
  const bound = held.filter(Boolean).length + notHeld.length - free.length;
  const rate = {
    over: partitionCount * (replicaCount - bound),
    under: sum(free.map((node) => weightOf[node] as number)),
  };
  const shares = zoneOf.map((zone, node) => {
    const weight = weightOf[node] as number;
    if (held[zone]) return { over: partitionCount * weight, under: weightOfZone[zone] as number };
    return isFull(node) ? { over: partitionCount, under: 1 } : times(rate, weight);
  });
  return { oneAtMost, held, rate, shares };
}

/**
 * Which zones and nodes have reached Q places: those that weigh this much or more.
 *
 * At a rate of Q/m places for a unit of weight, what weighs m has just reached Q. `unitsAt(m)`
 * is what all nodes have together at that rate, under the rules, in units of Q/m places: the
 * higher the rate the more. The rate that uses up the Q * R places there are lies between those
 * of two marks, and what weighs as much as the mark of the lower one has reached Q.
 */
function fillingWeight(
  marks: readonly number[],
  replicaCount: number,
  unitsAt: (mark: number) => number,
): number {
  let limit = Number.POSITIVE_INFINITY;
  for (const mark of [...new Set(marks)].sort((a, b) => b - a)) {
    if (unitsAt(mark) > replicaCount * mark) break;
    limit = mark;
  }
  return limit;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function times({ over, under }: Fraction, factor: number): Fraction {
  return { over: over * factor, under };
}

function floor({ over, under }: Fraction): number {
  return Math.floor(over / under);
}

function ceil({ over, under }: Fraction): number {
  return Math.ceil(over / under);
}
