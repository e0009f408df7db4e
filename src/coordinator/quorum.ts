/**
 * What has to answer before a request is answered, and what of the answers counts.
 *
 * Only answers count, never who looked alive. A fallback's answer counts among all, never
 * among those of primaries. What a fallback keeps collapses into the copy of the primary it
 * stands for once it is delivered, so an acknowledgement counts for a *place*: primary and
 * fallback count once for the place of that primary, and a node that keeps the object for
 * several places counts once.
 *
 * While a partition moves a write needs its level of the old list and of the new one, each
 * counted by itself (protocols.md, section 8).
 */

import type { NodeId } from '../kernel/names.ts';
import type { Level } from '../ring/cluster-view.ts';
import { levelAmong } from '../ring/levels.ts';

export interface Quorum {
  /** Nodes that must answer. */
  readonly needed: number;
  /** Of these, primaries. */
  readonly ofPrimaries: number;
  /** The key's replicas. */
  readonly primaries: readonly NodeId[];
}

/**
 * What a request at these levels needs of a list of replicas. A number above their count cannot
 * be met: who asks a client refuses it before (`resolveLevel`).
 */
export function quorumOf(primaries: readonly NodeId[], level: Level, primary: Level): Quorum {
  const ofPrimaries = levelAmong(primary, primaries.length);
  const needed = Math.max(levelAmong(level, primaries.length), ofPrimaries);
  return { needed, ofPrimaries, primaries };
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

/** The most nodes that can be given a place each of these primaries; primaries have theirs. */
export function countPlaces(holders: Holders, primaries: readonly NodeId[]): Counted {
  if (isPlain(holders)) return ownPlaces(holders, primaries);
  const holderOf = new Map<NodeId, NodeId>();
  const give = (node: NodeId, tried: Set<NodeId>): boolean => {
    for (const place of holders.get(node) ?? []) {
      if (tried.has(place) || !primaries.includes(place)) continue;
      tried.add(place);
      const holder = holderOf.get(place);
      if (holder !== undefined && (holder === place || !give(holder, tried))) continue;
      holderOf.set(place, node);
      return true;
    }
    return false;
  };
  for (const [node, places] of holders) {
    if (places.includes(node) && primaries.includes(node)) holderOf.set(node, node);
  }
  for (const node of holders.keys()) if (!holderOf.has(node)) give(node, new Set());
  return new Map([...holderOf].map(([place, node]) => [node, place]));
}

/** Nobody stands in for anybody: so it is nearly always. */
function isPlain(holders: Holders): boolean {
  for (const [node, places] of holders) {
    if (places.length !== 1 || places[0] !== node) return false;
  }
  return true;
}

function ownPlaces(holders: Holders, primaries: readonly NodeId[]): Counted {
  const counted = new Map<NodeId, NodeId>();
  for (const node of holders.keys()) if (primaries.includes(node)) counted.set(node, node);
  return counted;
}

/** Whether those who hold an object are enough for the list of this quorum. */
export function isHeld(quorum: Quorum, holders: Holders): boolean {
  if (holders.size < quorum.needed) return false;
  return isMet(quorum, [...countPlaces(holders, quorum.primaries).keys()]);
}
