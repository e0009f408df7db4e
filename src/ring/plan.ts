/**
 * What would come of the staged changes, before anybody commits to them: who would keep which
 * partition, what would have to be copied, and what is to be feared. A pure function.
 *
 * It goes out from the lists as they are when the moves under way have ended (turned-back.ts).
 */

import type { NodeId } from '../kernel/names.ts';
import {
  type ClusterNode,
  deadAmong,
  type NodeStatus,
  type Outcome,
  outcomeOf,
  type StagedChange,
} from './changes.ts';
import type { Move } from './move.ts';
import { fencesNeeded } from './move-duties.ts';
import { moveCount, nextList } from './next-move.ts';
import { fairShares, place } from './placement.ts';
import { type Member, memberOf, type Ring } from './ring.ts';
import { settledList } from './turned-back.ts';
import { zoneKey } from './zones.ts';

type Lists = readonly (readonly NodeId[])[];

export interface PlanRequest {
  readonly ring: Ring;
  readonly nodes: readonly ClusterNode[];
  readonly changes: readonly StagedChange[];
  /** The n of the buckets whose keys are kept by the ring. */
  readonly bucketNs: readonly number[];
  /** By partition: what one replica of it holds. */
  readonly bytes?: readonly number[] | undefined;
}

export interface Plan {
  /** Those that are to keep partitions, by name. */
  readonly members: readonly Member[];
  readonly replicationFactor: number;
  /** The list of each partition. */
  readonly replicas: Lists;
  /** All that are of the cluster, by name. */
  readonly nodes: readonly NodePlan[];
  /** Partitions that are moving now; what comes of that is taken for granted. */
  readonly underWay: number;
  /** Moves of one member each. */
  readonly moves: number;
  /** Places with a node that has to be given the data of the partition. */
  readonly movedPlaces: number;
  /** No balanced placement of these members could do with fewer. */
  readonly movedPlacesLeast: number;
  /** Undefined where nobody said how large the partitions are. */
  readonly bytesToMove: number | undefined;
  readonly before: PlacementQuality;
  readonly after: PlacementQuality;
  readonly warnings: readonly PlanWarning[];
}

export interface NodePlan {
  readonly node: NodeId;
  readonly status: NodeStatus;
  readonly zone: string | undefined;
  readonly weight: number;
  readonly placesBefore: number;
  readonly placesAfter: number;
  /** The places that it should have by its weight, were they divisible. */
  readonly share: number;
  /** Partitions. */
  readonly gained: readonly number[];
  readonly lost: readonly number[];
  /** What it has to be given. */
  readonly bytesGained: number | undefined;
}

export interface PlacementQuality {
  /** Partitions on nodes of fewer zones than there could be. */
  readonly zonesViolated: readonly number[];
  /** The most that the places of a node are above or below its share. */
  readonly farthestFromShare: number;
}

export interface PlanWarning {
  readonly code: 'too_few_survivors' | 'short_lists' | 'shared_zones';
  readonly detail: string;
  /** Those that it is about; empty: all. */
  readonly partitions: readonly number[];
}

export function planOf(request: PlanRequest): Plan {
  const { ring, changes, bytes } = request;
  const outcome = outcomeOf(ring, request.nodes, changes);
  const dead = deadAmong(outcome.nodes);
  const before = ring.replicas.map((list, partition) =>
    settledList(list, ring.moves.get(partition), dead),
  );
  const { members, replicationFactor } = outcome;
  const { partitionCount } = ring;
  const replicas = placed(before, outcome, partitionCount);
  const nodes = nodePlans(outcome, before, replicas, partitionCount, bytes);
  return {
    members,
    replicationFactor,
    replicas,
    nodes,
    underWay: ring.moves.size,
    moves: sum(replicas.map((list, partition) => moveCount(before[partition] ?? [], list))),
    movedPlaces: sum(nodes.map(({ gained }) => gained.length)),
    movedPlacesLeast: fewestMoves(before, nodes, members, partitionCount, replicationFactor),
    bytesToMove: bytes && sum(nodes.map(({ bytesGained }) => bytesGained ?? 0)),
    before: qualityOf(before, membersBefore(request), ring.replicationFactor),
    after: qualityOf(replicas, members, replicationFactor),
    warnings: warningsOf(request, outcome, before, replicas),
  };
}

/** The one that replaces a dead node is taken to have been in its places all along. */
function placed(before: Lists, outcome: Outcome, partitionCount: number): Lists {
  const { members, replicationFactor, replacements } = outcome;
  // It will be refused, with a text.
  if (members.length === 0) return before.map(() => []);
  const previous = before.map((list) => list.map((node) => replacements.get(node) ?? node));
  return place({ members, partitionCount, replicationFactor, previous });
}

function nodePlans(
  outcome: Outcome,
  before: Lists,
  after: Lists,
  partitionCount: number,
  bytes: readonly number[] | undefined,
): NodePlan[] {
  const shares = fairShares(outcome.members, partitionCount, outcome.replicationFactor);
  const had = placesByNode(before);
  const has = placesByNode(after);
  return outcome.nodes
    .filter(({ name, status }) => status !== 'left' && (status !== 'dead' || had.has(name)))
    .map(({ name, status, zone, weight }) => {
      const old = had.get(name) ?? new Set();
      const young = has.get(name) ?? new Set();
      const gained = [...young].filter((partition) => !old.has(partition));
      return {
        node: name,
        status,
        zone,
        weight,
        placesBefore: old.size,
        placesAfter: young.size,
        share: shares.get(name) ?? 0,
        gained,
        lost: [...old].filter((partition) => !young.has(partition)),
        bytesGained: bytes && sum(gained.map((partition) => bytes[partition] ?? 0)),
      };
    })
    .sort((a, b) => (a.node < b.node ? -1 : 1));
}

function placesByNode(lists: Lists): Map<NodeId, Set<number>> {
  const places = new Map<NodeId, Set<number>>();
  for (const [partition, list] of lists.entries()) {
    for (const node of list) {
      const its = places.get(node) ?? new Set();
      its.add(partition);
      places.set(node, its);
    }
  }
  return places;
}

/**
 * The most that three counts ask for: places that lists lack when those who go have gone; places
 * that no node could keep without having more than its share; places that nodes lack of theirs.
 */
function fewestMoves(
  before: Lists,
  nodes: readonly NodePlan[],
  members: readonly Member[],
  partitionCount: number,
  replicationFactor: number,
): number {
  const staying = new Set(members.map(({ id }) => id));
  const length = Math.min(replicationFactor, members.length);
  const kept = before.map((list) => list.filter((node) => staying.has(node)).length);
  const ofMembers = nodes.filter(({ node }) => staying.has(node));
  const keepable = ofMembers.map(({ placesBefore, share }) =>
    Math.min(placesBefore, Math.ceil(share)),
  );
  const lacking = ofMembers.map(({ placesBefore, share }) =>
    Math.max(0, Math.floor(share) - placesBefore),
  );
  return Math.max(
    sum(kept.map((count) => Math.max(0, length - count))),
    partitionCount * length - sum(keepable),
    sum(lacking),
  );
}

/** Those that were to keep partitions before any of the changes. */
function membersBefore({ ring, nodes }: PlanRequest): Member[] {
  const inRing = new Set(ring.members.map(({ id }) => id));
  return nodes
    .filter(({ name, status }) => status === 'member' && inRing.has(name))
    .map(({ name, zone, weight }) => memberOf(name, zone, weight));
}

function qualityOf(lists: Lists, members: readonly Member[], n: number): PlacementQuality {
  const zones = new Map(members.map((member) => [member.id, zoneKey(member)]));
  const zoneCount = Math.min(n, new Set(zones.values()).size);
  const zonesViolated: number[] = [];
  for (const [partition, list] of lists.entries()) {
    const itsZones = new Set(list.flatMap((node) => zones.get(node) ?? []));
    if (itsZones.size < zoneCount) zonesViolated.push(partition);
  }
  const places = placesByNode(lists);
  const distances = [...fairShares(members, lists.length, n)].map(([node, share]) =>
    Math.abs((places.get(node)?.size ?? 0) - share),
  );
  return { zonesViolated, farthestFromShare: Math.max(0, ...distances) };
}

function warningsOf(
  request: PlanRequest,
  outcome: Outcome,
  before: Lists,
  after: Lists,
): PlanWarning[] {
  const { members, replicationFactor } = outcome;
  const warnings: PlanWarning[] = [];
  const bereft = bereftPartitions(request, outcome, before, after);
  if (bereft.partitions.length > 0) {
    const { partitions, ns } = bereft;
    const detail = `of ${partitions.length} partitions so many replicas are dead that acknowledged writes to buckets with n=${ns.join(', n=')} may be lost; they do not move unless the loss is accepted`;
    warnings.push({ code: 'too_few_survivors', detail, partitions });
  }
  if (members.length < replicationFactor) {
    const detail = `${members.length} members are fewer than the replication factor ${replicationFactor}: every partition has ${members.length} replicas`;
    warnings.push({ code: 'short_lists', detail, partitions: [] });
  }
  const zones = new Set(members.map(zoneKey)).size;
  if (zones < Math.min(replicationFactor, members.length)) {
    const detail = `there are ${zones} zones for ${replicationFactor} replicas: some of a partition share a zone`;
    warnings.push({ code: 'shared_zones', detail, partitions: [] });
  }
  return warnings;
}

/** Those of which a move would need more survivors than there are, and for which n. */
function bereftPartitions(
  { ring, bucketNs }: PlanRequest,
  outcome: Outcome,
  before: Lists,
  after: Lists,
): { partitions: readonly number[]; ns: readonly number[] } {
  const dead = deadAmong(outcome.nodes);
  const zones = new Map(outcome.members.map((member) => [member.id, zoneKey(member)]));
  const around = { dead, zoneOf: (node: NodeId) => zones.get(node) };
  const ns = new Set<number>();
  const partitions: number[] = [];
  for (const [partition, list] of before.entries()) {
    const present = ring.moves.get(partition);
    const underWay = present?.stage === 'stable' ? undefined : present;
    const next = nextList(list, after[partition] ?? [], around);
    const move: Move | undefined = next && {
      partition,
      session: 0,
      stage: 'prepare',
      from: list,
      to: next,
    };
    const tooFew = [underWay, move].flatMap((each) =>
      each === undefined ? [] : fencesNeeded(each, dead, bucketNs).tooFewSurvivorsFor,
    );
    for (const n of tooFew) ns.add(n);
    if (tooFew.length > 0) partitions.push(partition);
  }
  return { partitions, ns: [...ns].sort((a, b) => a - b) };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
