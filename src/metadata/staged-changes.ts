/**
 * Changes of the ring that operators have asked for and nobody has committed to yet.
 *
 * Invariant: there is one change of each kind for a node at most, joining, leaving, replacing
 * and removing being one kind: what is said last counts. Each could be carried out when it was
 * staged; whether it still can is judged again by the commit.
 */

import { QuorateError } from '../kernel/errors.ts';
import { isNodeId, type NodeId } from '../kernel/names.ts';
import type { StagedChange } from '../ring/changes.ts';
import { REPLICATION_FACTOR_MAX } from '../ring/make-ring.ts';
import { isWeight, type Ring, WEIGHT_MAX } from '../ring/ring.ts';
import type { Buckets } from './buckets.ts';
import { type Codec, flag, optional, record, tagged, text, unchecked } from './codec.ts';
import type { NodeRecord } from './node-record.ts';
import type { Nodes } from './nodes.ts';

export const stagedChangeCodec: Codec<StagedChange> = tagged<StagedChange>({
  join: [1, record({ node: text })],
  leave: [2, record({ node: text })],
  replace: [3, record({ dead: text, by: text, acceptLoss: flag })],
  remove: [4, record({ node: text, acceptLoss: flag })],
  zone: [5, record({ node: text, zone: optional(text) })],
  weight: [6, record({ node: text, weight: unchecked as Codec<number> })],
  replication_factor: [7, record({ replicationFactor: unchecked as Codec<number> })],
});

/** The list with one more; those that it takes the place of are gone. */
export function withChange(
  staged: readonly StagedChange[],
  change: StagedChange,
): readonly StagedChange[] {
  const subjects = subjectsOf(change);
  const others = staged.filter((other) =>
    subjectsOf(other).every((subject) => !subjects.includes(subject)),
  );
  return [...others, change];
}

/** What there is one change of. */
function subjectsOf(change: StagedChange): string[] {
  switch (change.type) {
    case 'replace':
      return [`place ${change.dead}`, `place ${change.by}`];
    case 'join':
    case 'leave':
    case 'remove':
      return [`place ${change.node}`];
    case 'replication_factor':
      return [change.type];
    default:
      return [`${change.type} ${change.node}`];
  }
}

export interface Changeable {
  readonly ring: Ring;
  readonly nodes: Nodes;
  readonly buckets: Buckets;
}

/** Throws `QuorateError` where the change makes no sense as things are. */
export function checkChange(change: StagedChange, cluster: Changeable): void {
  const { nodes, buckets } = cluster;
  switch (change.type) {
    case 'join': {
      const { name, status } = nodeOfCluster(nodes, change.node);
      const joins = status === 'leaving' || !isInRing(cluster.ring, name);
      refuseUnless(joins, `${name} is a member of the ring already`);
      return;
    }
    case 'leave': {
      const { name, status } = nodeOfCluster(nodes, change.node);
      refuseUnless(status === 'member', `${name} is leaving already`);
      return;
    }
    case 'replace':
      checkReplacement(change.dead, change.by, cluster);
      return;
    case 'remove': {
      const { name, status } = knownNode(nodes, change.node);
      const hasPlaces = status !== 'dead' || isInRing(cluster.ring, name);
      refuseUnless(status !== 'left', `${name} has left already`);
      refuseUnless(hasPlaces, `${name} was removed already, and keeps nothing`);
      return;
    }
    case 'zone': {
      const { zone } = change;
      nodeOfCluster(nodes, change.node);
      // A zone is spelled like a node.
      const isZone = zone === undefined || isNodeId(zone);
      refuseUnless(isZone, `${JSON.stringify(zone)} is not a zone name`, 'zone');
      return;
    }
    case 'weight': {
      const { weight } = change;
      nodeOfCluster(nodes, change.node);
      const detail = `the weight ${weight} is not a whole number from 1 to ${WEIGHT_MAX}`;
      refuseUnless(isWeight(weight), detail, 'weight');
      return;
    }
    case 'replication_factor':
      checkReplicationFactor(change.replicationFactor, buckets);
  }
}

function checkReplacement(dead: NodeId, by: NodeId, { ring, nodes }: Changeable): void {
  refuseUnless(dead !== by, `${dead} cannot replace itself; admit a node under another name`);
  const { status } = knownNode(nodes, dead);
  const hasPlaces = status !== 'left' && isInRing(ring, dead);
  refuseUnless(hasPlaces, `${dead} is not a member of the ring; there is nothing to replace`);
  const substitute = nodeOfCluster(nodes, by);
  const isFree = substitute.status === 'member' && !isInRing(ring, by);
  const detail = `${by} is in the ring already and has places of its own; to share out the places of ${dead} among all members, remove it`;
  refuseUnless(isFree, detail);
}

function checkReplicationFactor(wanted: unknown, buckets: Buckets): void {
  const isCount = Number.isInteger(wanted) && (wanted as number) >= 1;
  const fits = isCount && (wanted as number) <= REPLICATION_FACTOR_MAX;
  const detail = `the replication factor is 1 to ${REPLICATION_FACTOR_MAX}; not ${wanted}`;
  refuseUnless(fits, detail, 'replication_factor');
  buckets.checkRoom(wanted as number);
}

function knownNode(nodes: Nodes, name: NodeId): NodeRecord {
  const node = nodes.named(name);
  if (node !== undefined) return node;
  throw new QuorateError('not_a_member', `there is no node ${JSON.stringify(name)} in the cluster`);
}

function nodeOfCluster(nodes: Nodes, name: NodeId): NodeRecord {
  const node = knownNode(nodes, name);
  refuseUnless(node.status !== 'dead', `${name} was declared dead and cannot come back`);
  refuseUnless(node.status !== 'left', `${name} has left the cluster`);
  return node;
}

function isInRing(ring: Ring, name: NodeId): boolean {
  return ring.members.some(({ id }) => id === name);
}

function refuseUnless(condition: boolean, detail: string, parameter?: string): void {
  if (condition) return;
  throw new QuorateError('change_refused', detail, parameter === undefined ? {} : { parameter });
}
