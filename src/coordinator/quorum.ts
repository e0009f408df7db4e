/**
 * What has to answer before a request is answered, and what of the answers counts.
 *
 * Only answers count, never who looked alive. A fallback's answer counts among all, never
 * among those of primaries. What a fallback keeps collapses into the copy of the primary it
 * stands for once it is delivered, so an acknowledgement counts for a *place*: primary and
 * fallback count once for the place of that primary, and a node that keeps the object for
 * several places counts once.
 */

import type { NodeId } from '../kernel/names.ts';

export interface Quorum {
  /** Nodes that must answer. */
  readonly needed: number;
  /** Of these, primaries. */
  readonly ofPrimaries: number;
  /** The key's replicas. */
  readonly primaries: readonly NodeId[];
}

/** Whether these distinct nodes are enough. */
export function isMet(quorum: Quorum, nodes: readonly NodeId[]): boolean {
  if (nodes.length < quorum.needed) return false;
  return primariesAmong(quorum, nodes).length >= quorum.ofPrimaries;
}

export function primariesAmong({ primaries }: Quorum, nodes: readonly NodeId[]): NodeId[] {
  return nodes.filter((node) => primaries.includes(node));
}

/** By node, the primaries in whose place it keeps an object; a primary's own place is itself. */
export type Holders = ReadonlyMap<NodeId, readonly NodeId[]>;

/** By node, the place that it is counted for. */
export type Counted = ReadonlyMap<NodeId, NodeId>;

/** The most nodes that can be given a place each; primaries have theirs. */
export function countPlaces(holders: Holders): Counted {
  const holderOf = new Map<NodeId, NodeId>();
  const give = (node: NodeId, tried: Set<NodeId>): boolean => {
    for (const place of holders.get(node) ?? []) {
      if (tried.has(place)) continue;
      tried.add(place);
      const holder = holderOf.get(place);
      if (holder !== undefined && (holder === place || !give(holder, tried))) continue;
      holderOf.set(place, node);
      return true;
    }
    return false;
  };
  for (const node of holders.keys())
    if (holders.get(node)?.includes(node)) holderOf.set(node, node);
  for (const node of holders.keys()) if (!holderOf.has(node)) give(node, new Set());
  return new Map([...holderOf].map(([place, node]) => [node, place]));
}
