/** What replica lists that come in a command must be like, whoever worked them out. */

import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Member } from '../ring/ring.ts';

/** Throws `bad_request` unless every partition is on as many different members as there can be. */
export function demandLists(
  replicas: readonly (readonly NodeId[])[],
  members: readonly Member[],
  partitionCount: number,
  replicationFactor: number,
): void {
  const ids = new Set(members.map(({ id }) => id));
  demandRing(ids.size === members.length, 'a member is named twice');
  const count = replicas.length;
  demandRing(count === partitionCount, `${count} partitions, not ${partitionCount}`);
  const length = Math.min(replicationFactor, ids.size);
  for (const list of replicas) {
    const isList = list.length === length && new Set(list).size === length;
    const isKept = isList && list.every((id) => ids.has(id));
    demandRing(isKept, `a partition is not on ${length} members`);
  }
}

export function demandRing(condition: boolean, detail: string): asserts condition {
  if (!condition) throw new QuorateError('bad_request', `this cannot be the ring: ${detail}`);
}
