/**
 * What an operator may want of the ring, and what the cluster would be like then: a pure
 * function, by which the plan is drawn and the commit is judged.
 */

import { invariant, unreachable } from '../kernel/invariant.ts';
import type { NodeId } from '../kernel/names.ts';
import { type Member, memberOf, type Ring } from './ring.ts';

/**
 * `member`: it may keep partitions; one that is no member of the ring has yet to join it.
 * `leaving`: its places go to others, and it serves until it has none.
 * `dead`: declared so for ever; its places go to others, and what only it had is lost to them.
 * `left`: it is of the cluster no more.
 */
export type NodeStatus = 'member' | 'leaving' | 'dead' | 'left';

export type StagedChange =
  /** The node gets its share of the places. One that is leaving stays. */
  | { readonly type: 'join'; readonly node: NodeId }
  | { readonly type: 'leave'; readonly node: NodeId }
  /** The places of a dead node go to one that has none yet. */
  | {
      readonly type: 'replace';
      readonly dead: NodeId;
      readonly by: NodeId;
      readonly acceptLoss: boolean;
    }
  /** The places of a dead node go to all others. */
  | { readonly type: 'remove'; readonly node: NodeId; readonly acceptLoss: boolean }
  /** Undefined: it is in no zone. */
  | { readonly type: 'zone'; readonly node: NodeId; readonly zone: string | undefined }
  | { readonly type: 'weight'; readonly node: NodeId; readonly weight: number }
  | { readonly type: 'replication_factor'; readonly replicationFactor: number };

export interface ClusterNode {
  readonly name: NodeId;
  readonly zone: string | undefined;
  readonly weight: number;
  readonly status: NodeStatus;
}

export interface Outcome {
  readonly nodes: readonly ClusterNode[];
  /** Those that keep partitions, by name. */
  readonly members: readonly Member[];
  readonly replicationFactor: number;
  /** By dead node: whose turn it is. */
  readonly replacements: ReadonlyMap<NodeId, NodeId>;
}

/** The changes are taken one after the other; they name nodes that there are. */
export function outcomeOf(
  ring: Ring,
  nodes: readonly ClusterNode[],
  changes: readonly StagedChange[],
): Outcome {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const inRing = new Set(ring.members.map(({ id }) => id));
  const replacements = new Map<NodeId, NodeId>();
  let { replicationFactor } = ring;
  const amend = (name: NodeId, amendment: Partial<ClusterNode>) => {
    const node = byName.get(name);
    invariant(node !== undefined, `${name} is no node of the cluster`);
    byName.set(name, { ...node, ...amendment });
  };
  for (const change of changes) {
    const { type } = change;
    switch (type) {
      case 'join':
        amend(change.node, { status: 'member' });
        inRing.add(change.node);
        break;
      case 'leave':
        amend(change.node, { status: 'leaving' });
        break;
      case 'replace':
        amend(change.dead, { status: 'dead' });
        inRing.add(change.by);
        replacements.set(change.dead, change.by);
        break;
      case 'remove':
        amend(change.node, { status: 'dead' });
        break;
      case 'zone':
        amend(change.node, { zone: change.zone });
        break;
      case 'weight':
        amend(change.node, { weight: change.weight });
        break;
      case 'replication_factor':
        replicationFactor = change.replicationFactor;
        break;
      default:
        unreachable(type);
    }
  }
  const after = [...byName.values()];
  return {
    nodes: after,
    members: after
      .filter(({ name, status }) => status === 'member' && inRing.has(name))
      .map(({ name, zone, weight }) => memberOf(name, zone, weight))
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
    replicationFactor,
    replacements,
  };
}

/** The names of those that were declared dead. */
export function deadAmong(nodes: readonly ClusterNode[]): ReadonlySet<NodeId> {
  return new Set(nodes.filter(({ status }) => status === 'dead').map(({ name }) => name));
}
