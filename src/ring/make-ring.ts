/**
 * From a cluster's configuration to its ring.
 *
 * The configuration is somebody's input: what is wrong with it is told in plain words. The
 * ring that comes out is the same in every process, whatever the order of the members.
 */

import { isNodeId, type NodeId } from '../kernel/names.ts';
import { place } from './placement.ts';
import { isWeight, type Member, NO_MOVES, type Ring, WEIGHT_MAX } from './ring.ts';

export const PARTITION_COUNT_MAX = 65_536;
export const REPLICATION_FACTOR_MAX = 9;
export const DEFAULT_PARTITION_COUNT = 64;
export const DEFAULT_REPLICATION_FACTOR = 3;

const ZONE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

export interface RingConfiguration {
  /** Above that of the previous ring. */
  readonly epoch: number;
  readonly members: readonly Member[];
  /** Q. */
  readonly partitionCount: number;
  /** N. */
  readonly replicationFactor: number;
  /** The ring that this one replaces; as little as possible moves. */
  readonly previous?: Ring;
}

/** Throws `Error` with a text for the operator where the configuration cannot be a ring. */
export function makeRing(configuration: RingConfiguration): Ring {
  check(configuration);
  const { epoch, partitionCount, replicationFactor, previous } = configuration;
  const members = configuration.members.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const replicas = place({
    members,
    partitionCount,
    replicationFactor,
    ...(previous && { previous: previous.replicas }),
  });
  const partitionEpochs = replicas.map((list, partition) =>
    sameList(list, previous?.replicas[partition])
      ? (previous?.partitionEpochs[partition] ?? epoch)
      : epoch,
  );
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

function check(configuration: RingConfiguration): void {
  const { epoch, members, partitionCount, replicationFactor, previous } = configuration;
  demand(Number.isSafeInteger(epoch) && epoch >= 0, `${epoch} is not an epoch`);
  demand(
    isPowerOfTwo(partitionCount) && partitionCount <= PARTITION_COUNT_MAX,
    `a ring has a power of two of partitions, 1 to ${PARTITION_COUNT_MAX}; not ${partitionCount}`,
  );
  demand(
    Number.isInteger(replicationFactor) &&
      replicationFactor >= 1 &&
      replicationFactor <= REPLICATION_FACTOR_MAX,
    `the replication factor is 1 to ${REPLICATION_FACTOR_MAX}; not ${replicationFactor}`,
  );
  checkMembers(members);
  if (previous === undefined) return;
  demand(
    epoch > previous.epoch,
    `epoch ${epoch} is not above ${previous.epoch}, that of the ring it replaces`,
  );
  demand(
    partitionCount === previous.partitionCount,
    `the number of partitions is fixed when the cluster is created: ${previous.partitionCount}, not ${partitionCount}`,
  );
}

function checkMembers(members: readonly Member[]): void {
  demand(members.length >= 1, 'a ring has at least one member');
  const ids = new Set<NodeId>();
  for (const { id, zone, weight } of members) {
    const quoted = JSON.stringify(id);
    demand(
      isNodeId(id),
      `${quoted} is not a node name: use 1 to 63 letters, digits, dots, dashes or underscores, beginning with a letter or digit`,
    );
    demand(!ids.has(id), `two members are named ${quoted}`);
    ids.add(id);
    demand(
      zone === undefined || ZONE.test(zone),
      `${JSON.stringify(zone)}, the zone of ${quoted}, is not a zone name: use 1 to 63 letters, digits, dots, dashes or underscores, beginning with a letter or digit`,
    );
    demand(
      weight === undefined || isWeight(weight),
      `${weight}, the weight of ${quoted}, is not a whole number from 1 to ${WEIGHT_MAX}`,
    );
  }
}

function demand(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && Number.isInteger(Math.log2(value));
}

function sameList(list: readonly NodeId[], other: readonly NodeId[] | undefined): boolean {
  return list.length === other?.length && list.every((id, index) => id === other[index]);
}
