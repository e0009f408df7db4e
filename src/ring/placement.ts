/**
 * Which nodes keep which partition: a pure function of the members, of Q and N, and of the
 * placement that went before.
 *
 * The rules, in order of rank; R is the smaller of N and the number of members:
 * 1. Every partition has R distinct nodes.
 * 2. They are of as many zones as there can be: of min(R, number of zones).
 * 3. The places per node go by their weights as far as rule 2 allows (balance.ts): each node
 *    has its share, rounded down or up. Nodes of equal weight are within one of each other,
 *    except in zones too large or too small for that.
 * 4. Of all placements that keep 1 to 3, none has to copy a partition to fewer nodes that
 *    did not have it in the previous one (exchange.ts).
 * 5. A node that stays in a list keeps its index there; newcomers take the open places so
 *    that each node stands about equally often at each index (list-order.ts). From scratch
 *    it is as equal as it can be; what later changes leave unequal is not worth a move.
 */

import type { NodeId } from '../kernel/names.ts';
import { affinity, affinitySeed } from './affinity.ts';
import { Assignment, NOBODY, type Problem } from './assignment.ts';
import { balance } from './balance.ts';
import { Exchange } from './exchange.ts';
import { orderLists } from './list-order.ts';
import { type Member, weightOf as weightOfMember } from './ring.ts';
import { zoneKey } from './zones.ts';

export interface PlacementRequest {
  /** In any order: the result is the same. */
  readonly members: readonly Member[];
  /** Q. */
  readonly partitionCount: number;
  /** N. */
  readonly replicationFactor: number;
  /** The lists of the former placement, by partition; they may name nodes that have left. */
  readonly previous?: readonly (readonly NodeId[])[];
}

/** The replica list of each partition. */
export function place(request: PlacementRequest): NodeId[][] {
  const members = request.members.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const ids = members.map((member) => member.id);
  const problem = problemOf(request, members);
  const seeds = ids.map(affinitySeed);
  const assignment = solve(problem, (partition, node) =>
    affinity(seeds[node] as number, partition),
  );
  const lists = orderLists(assignment.places, problem.before, members.length);
  return lists.map((list) => list.map((node) => ids[node] as NodeId));
}

/** Nodes and zones as small integers. */
function problemOf(request: PlacementRequest, members: readonly Member[]): Problem {
  const { partitionCount, replicationFactor, previous = [] } = request;
  const replicaCount = Math.min(replicationFactor, members.length);
  const zones = [...new Set(members.map(zoneKey))];
  const zoneOf = members.map((member) => zones.indexOf(zoneKey(member)));
  const weightOf = members.map(weightOfMember);
  const numberOf = new Map(members.map((member, index) => [member.id, index]));
  return {
    partitionCount,
    replicaCount,
    zoneOf,
    balance: balance({ zoneOf, weightOf }, partitionCount, replicaCount),
    before: previous.map((list) => list.map((id) => numberOf.get(id) ?? NOBODY)),
  };
}

/** By id: how many places the member would have if places could be divided. */
export function fairShares(
  members: readonly Member[],
  partitionCount: number,
  replicationFactor: number,
): ReadonlyMap<NodeId, number> {
  if (members.length === 0) return new Map();
  const { balance } = problemOf({ members, partitionCount, replicationFactor }, members);
  return new Map(members.map(({ id }, node) => [id, balance.shares[node] as number]));
}

function solve(
  problem: Problem,
  tieBreak: (partition: number, node: number) => number,
): Assignment {
  const assignment = new Assignment(problem);
  const exchange = new Exchange(assignment, tieBreak);
  for (let partition = 0; partition < problem.partitionCount; partition++) {
    while (assignment.openPlaces(partition) > 0) exchange.fill(partition);
  }
  const { placesOfNode } = problem.balance;
  const load = (node: number) => assignment.load[node] as number;
  for (const [node, { most }] of placesOfNode.entries()) {
    while (load(node) > most) exchange.relieve(node);
  }
  for (const [node, { least }] of placesOfNode.entries()) {
    while (load(node) < least) exchange.supply(node);
  }
  return assignment;
}
