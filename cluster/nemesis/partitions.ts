/** Shapes in which a network falls apart, as sets of cuts. */

import type { NodeId } from '../../src/kernel/names.ts';
import type { Cuts, Fault } from './fault.ts';

type Cut = Extract<Fault, { type: 'cut' }>;
type Group = readonly NodeId[];

/** Groups of which none hears anything of another. */
export function partition(...groups: readonly Group[]): Cut {
  const sees = (a: NodeId) => groups.find((group) => group.includes(a)) ?? [];
  const nodes = groups.flat();
  return { type: 'cut', shape: `partition ${groupsText(groups)}`, cuts: cutsOf(nodes, sees) };
}

/** What `from` sends never gets to `to`; the other direction is whole. */
export function oneWay(from: Group, to: Group): Cut {
  const shape = `one-way ${from.join(' ')} -x-> ${to.join(' ')}`;
  return { type: 'cut', shape, cuts: Object.fromEntries(from.map((node) => [node, to])) };
}

/** Two sides that hear nothing of each other, and one node that hears both. */
export function bridge(one: NodeId, left: Group, right: Group): Cut {
  const nodes = [one, ...left, ...right];
  const sees = (node: NodeId) => {
    if (node === one) return nodes;
    return [one, ...(left.includes(node) ? left : right)];
  };
  const shape = `bridge ${left.join(' ')} | ${one} | ${right.join(' ')}`;
  return { type: 'cut', shape, cuts: cutsOf(nodes, sees) };
}

/**
 * Everybody hears a majority, and no two the same one: of nodes in a ring each hears its
 * nearest. Undefined where no such shape exists, below three nodes.
 */
export function ringOfMajorities(ring: Group): Cut | undefined {
  const count = ring.length;
  if (count < 3) return undefined;
  const reach = Math.ceil(Math.floor(count / 2) / 2);
  // Three in a ring are all neighbours: it is opened.
  const isRing = 2 * reach + 1 < count;
  const distance = (a: number, b: number) => {
    const straight = Math.abs(a - b);
    return isRing ? Math.min(straight, count - straight) : straight;
  };
  const sees = (node: NodeId) => ring.filter((_, at) => distance(at, ring.indexOf(node)) <= reach);
  const shape = `ring of majorities ${ring.join(' ')}, each hears ${reach} on both sides`;
  return { type: 'cut', shape, cuts: cutsOf(ring, sees) };
}

function cutsOf(nodes: Group, sees: (node: NodeId) => Group): Cuts {
  return Object.fromEntries(
    nodes.map((node) => [node, nodes.filter((other) => !sees(node).includes(other))]),
  );
}

function groupsText(groups: readonly Group[]): string {
  return groups.map((group) => [...group].sort().join(' ')).join(' | ');
}
