/**
 * The first ring: made by the leader as a command, checked and stored by every node.
 *
 * The command carries the lists and not only the members: nodes of different versions then
 * have the same ring even where they would place differently.
 */

import { QuorateError } from '../kernel/errors.ts';
import { makeRing } from '../ring/make-ring.ts';
import type { Member, Ring } from '../ring/ring.ts';
import type { DrawRing } from './command.ts';
import type { NodeSeed, Nodes } from './nodes.ts';

export interface DrawingRequest {
  readonly nodes: readonly Pick<NodeSeed, 'name' | 'zone'>[];
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
    members: request.nodes.map(memberOf),
    partitionCount,
    replicationFactor,
  });
  return { type: 'draw_ring', members: ring.members, replicas: ring.replicas };
}

function memberOf({ name, zone }: DrawingRequest['nodes'][number]): Member {
  return zone === undefined ? { id: name } : { id: name, zone };
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
  demand(ids.size === members.length, 'a member is named twice');
  demand(ids.size >= Math.max(1, expect), `${ids.size} members are fewer than ${expect}`);
  for (const { id, zone } of members) {
    const node = nodes.named(id);
    demand(node !== undefined, `${id} is no node of the cluster`);
    demand(node.zone === zone, `${id} is not of zone ${zone}`);
  }
  demand(
    replicas.length === partitionCount,
    `${replicas.length} partitions, not ${partitionCount}`,
  );
  const length = Math.min(replicationFactor, ids.size);
  for (const list of replicas) {
    const isList = list.length === length && new Set(list).size === length;
    demand(isList && list.every((id) => ids.has(id)), `a partition is not on ${length} members`);
  }
  const partitionEpochs = replicas.map(() => epoch);
  return { epoch, partitionCount, replicationFactor, members, replicas, partitionEpochs };
}

function demand(condition: boolean, detail: string): asserts condition {
  if (!condition) throw new QuorateError('bad_request', `this cannot be the ring: ${detail}`);
}
