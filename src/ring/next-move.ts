/**
 * The way of a partition from the list that it has to the list that it should have, one member
 * at a time (move.ts).
 *
 * A list has reached its goal when it has the goal's members, in whatever order. The order only
 * decides which of them are the first n, and to change it alone a member would have to be taken
 * out and filled anew; like rule 5 of placement.ts, we hold that this is not worth a move. It
 * hardly comes up: a newcomer gets the place of a leaver that stands between the same stayers
 * as the newcomer does in the goal. Where there is such a leaver for each, but for those that
 * are appended, the list ends equal to the goal, order and all. Every goal that `place` draws
 * from the present lists is of that kind.
 *
 * Every move takes out a member that the goal does not have, brings one that it has, or both,
 * so their number is that of the leavers or the newcomers, whichever are more. Members are
 * removed last: on its way a list is never shorter than the shorter one of the two.
 *
 * What comes first: places of the dead, then places that stood empty. Among equals the moves
 * after which the list has more zones, so that no replicas share a zone for the time being.
 * Where the goal has no dead members, no move asks a dead one to take data over.
 *
 * Entries of the metadata log mean what these functions answer: whoever changes an answer gives
 * the command another number (metadata/command.ts).
 */

import type { NodeId } from '../kernel/names.ts';

export interface Surroundings {
  readonly dead: ReadonlySet<NodeId>;
  /** Equal for nodes that may fail together. */
  readonly zoneOf: (node: NodeId) => string | undefined;
}

type List = readonly NodeId[];

/** The list after the next move; undefined: the goal is reached. */
export function nextList(present: List, goal: List, around: Surroundings): List | undefined {
  const swaps = swapsOf(present, goal);
  const urgent = swaps.filter(({ place }) => around.dead.has(present[place] as NodeId));
  const swapped = (urgent.length > 0 ? urgent : swaps).map((swap) =>
    present.with(swap.place, swap.joiner),
  );
  if (urgent.length > 0) return widest(swapped, around);

  const joiners = swaps.map(({ joiner }) => joiner);
  const appended = goal.find((node) => !present.includes(node) && !joiners.includes(node));
  if (appended !== undefined) return [...present, appended];
  if (swaps.length > 0) return widest(swapped, around);

  // From the end: that changes the first n for the fewest n. The dead first, by their places:
  // who stands behind one that is removed has to take data over, and the dead cannot.
  const leavers = present.filter((node) => !goal.includes(node)).reverse();
  const without = (leaver: NodeId) => present.filter((node) => node !== leaver);
  const gone = leavers.find((node) => around.dead.has(node));
  return gone === undefined ? widest(leavers.map(without), around) : without(gone);
}

/** How many moves lead from one list to the other. */
export function moveCount(present: List, goal: List): number {
  const leavers = present.filter((node) => !goal.includes(node));
  const newcomers = goal.filter((node) => !present.includes(node));
  return Math.max(leavers.length, newcomers.length);
}

interface Swap {
  /** Of the leaver. */
  readonly place: number;
  readonly joiner: NodeId;
}

/** Who takes whose place; newcomers that are not among them are appended, leavers removed. */
function swapsOf(present: List, goal: List): Swap[] {
  const open = new Set([...present.keys()].filter((at) => !goal.includes(present[at] as NodeId)));
  const joinerAt = new Map<number, NodeId>();
  const seat = (joiner: NodeId, after: number, before: number) => {
    const place = [...open].find((at) => at > after && at < before);
    if (place === undefined) return;
    open.delete(place);
    joinerAt.set(place, joiner);
  };
  const newcomers = goal.filter((node) => !present.includes(node));
  for (const joiner of newcomers) {
    const at = goal.indexOf(joiner);
    const stays = (node: NodeId) => present.includes(node);
    const left = goal.slice(0, at).findLast(stays);
    const right = goal.slice(at).find(stays);
    seat(
      joiner,
      left === undefined ? -1 : present.indexOf(left),
      right === undefined ? present.length : present.indexOf(right),
    );
  }
  const seated = new Set(joinerAt.values());
  for (const joiner of newcomers) if (!seated.has(joiner)) seat(joiner, -1, present.length);
  return [...joinerAt]
    .sort(([one], [other]) => one - other)
    .map(([place, joiner]) => ({ place, joiner }));
}

/** The first of those that are of the most zones. */
function widest(lists: readonly List[], { zoneOf }: Surroundings): List | undefined {
  const zones = (list: List) => new Set(list.map(zoneOf)).size;
  let best = lists[0];
  for (const list of lists) if (best !== undefined && zones(list) > zones(best)) best = list;
  return best;
}
