/**
 * The first ring: made by the leader as a command, checked and stored by every node.
 *
 * The command carries the lists and not only the members: nodes of different versions then
 * have the same ring even where they would place differently.
 */

import { makeRing } from '../ring/make-ring.ts';
import { memberOf, NO_MOVES, type Ring } from '../ring/ring.ts';
import type { DrawRing } from './command.ts';
import type { NodeSeed } from './node-record.ts';
import type { Nodes } from './nodes.ts';
import { demandLists, demandRing } from './ring-lists.ts';

export interface DrawingRequest {
  readonly nodes: readonly Pick<NodeSeed, 'name' | 'zone' | 'weight'>[];
  /** Q. */
  readonly partitionCount: number;
  /** N. */
  readonly replicationFactor: number;
}

/** Throws `Error` with a text for the operator where there cannot be such a ring. */
export function drawing(request: DrawingRequest): DrawRing {
  const { partitionCount, replicationFactor } = request;
  const ring = makeRing({
    epoch: 0,
    members: request.nodes.map(({ name, zone, weight = 1 }) => memberOf(name, zone, weight)),
    partitionCount,
    replicationFactor,
  });
  return { type: 'draw_ring', members: ring.members, replicas: ring.replicas };
}

export interface RingShape {
  readonly partitionCount: number;
  readonly replicationFactor: number;
  /** Members that there are at least. */
  readonly expect: number;
}

/** The ring of the command at `epoch`. Throws `bad_request` where it does not fit the cluster. */
export function drawnRing(drawn: DrawRing, nodes: Nodes, shape: RingShape, epoch: number): Ring {
  const { members, replicas } = drawn;
  const { partitionCount, replicationFactor, expect } = shape;
  const ids = new Set(members.map(({ id }) => id));
  demandRing(ids.size >= Math.max(1, expect), `${ids.size} members are fewer than ${expect}`);
  for (const { id, zone, weight = 1 } of members) {
    const node = nodes.named(id);
    demandRing(node !== undefined, `${id} is no node of the cluster`);
    demandRing(node.zone === zone, `${id} is not of zone ${zone}`);
    demandRing(node.weight === weight, `${id} has not the weight ${weight}`);
  }
  demandLists(replicas, members, partitionCount, replicationFactor);
  const partitionEpochs = replicas.map(() => epoch);
  return {
    epoch,
    partitionCount,
    replicationFactor,
    members,
    replicas,
    partitionEpochs,
    listEpochs: partitionEpochs,
    moves: NO_MOVES,
  };
}
