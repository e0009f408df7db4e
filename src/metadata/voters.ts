/**
 * Who votes in the metadata group: a pure function, asked again and again by the leader.
 *
 * Three voters from three nodes on, five from five nodes on; every other node is a learner
 * and so has the whole state. A node that is leaving is a learner too, as it needs the state to
 * the end, but counts as none that may vote; one that is dead or has left is neither. The rules:
 * 1. A configuration differs from the one before by one voter at most: one more, one fewer,
 *    or one in the place of another. The state is then always on a majority of either.
 * 2. A voter stays unless it is silent, or may vote no more, and a live learner that has caught
 *    up can take its place, or there are more voters than there should be. The leader itself
 *    goes last: whoever leads next has then what it had.
 * 3. An even number of voters tolerates no more failures than one voter fewer and can be
 *    split in halves. It is passed through only on the way to the next odd number, which is
 *    begun only when all who are needed are there. Two nodes are two voters: the second then
 *    has what was committed.
 * 4. Among those who could become voters, those of zones with the fewest voters come first.
 */

import type { NodeStatus } from '../ring/changes.ts';

export const SILENT_MS_MAX = 10_000;

export interface VoterNode {
  readonly nodeNo: number;
  readonly zone: string | undefined;
  /** Absent: it is a member. */
  readonly status?: NodeStatus;
}

export interface ConfigurationRequest {
  readonly nodes: readonly VoterNode[];
  /** Those of now. */
  readonly voters: readonly number[];
  /** Who asks; it is never replaced for silence, only where it may vote no more. */
  readonly leader: number;
  /** Learners that have nearly the whole log. */
  readonly caughtUp: ReadonlySet<number>;
  /** How long ago the leader heard of each other node. No word of a node is no evidence: a
   *  voter stays and a learner does not become a voter. */
  readonly silentMs: ReadonlyMap<number, number>;
  readonly silentMsMax?: number;
}

/** Both by rising number. */
export interface ChosenConfiguration {
  readonly voters: readonly number[];
  readonly learners: readonly number[];
}

export function chooseConfiguration(request: ConfigurationRequest): ChosenConfiguration {
  const { nodes } = request;
  const eligible = nodes.filter(({ status = 'member' }) => status === 'member');
  const voters = chooseVoters({ ...request, nodes: eligible }).toSorted((a, b) => a - b);
  const learners = nodes
    .filter(({ status = 'member' }) => status === 'member' || status === 'leaving')
    .map(({ nodeNo }) => nodeNo)
    .filter((nodeNo) => !voters.includes(nodeNo))
    .sort((a, b) => a - b);
  return { voters, learners };
}

export function voterTarget(nodeCount: number): number {
  if (nodeCount >= 5) return 5;
  return nodeCount >= 3 ? 3 : nodeCount;
}

/** The voters of now, or those after one change. */
function chooseVoters(request: ConfigurationRequest): readonly number[] {
  const { nodes, voters } = request;
  const target = voterTarget(nodes.length);
  if (voters.length > target) return without(voters, mostDispensable(request));
  const silent = longestSilent(request);
  if (silent !== undefined) {
    const rest = without(voters, silent);
    const [substitute] = candidates(request, rest);
    if (substitute !== undefined) return [...rest, substitute];
  }
  const available = candidates(request, voters);
  const needed = Math.min(target, nextSize(voters.length)) - voters.length;
  const [first] = available;
  if (first === undefined || needed <= 0 || available.length < needed) return voters;
  return [...voters, first];
}

/** The next odd number; two nodes can have no more than two. */
function nextSize(count: number): number {
  return count % 2 === 0 ? count + 1 : count + 2;
}

/** Live learners that have caught up; the best first, given the voters that stay. */
function candidates(request: ConfigurationRequest, staying: readonly number[]): number[] {
  const { nodes, voters, caughtUp, silentMs, silentMsMax = SILENT_MS_MAX } = request;
  const votersIn = votersByZone(nodes, staying);
  return nodes
    .filter(({ nodeNo }) => !voters.includes(nodeNo) && caughtUp.has(nodeNo))
    .filter(({ nodeNo }) => (silentMs.get(nodeNo) ?? Number.POSITIVE_INFINITY) < silentMsMax)
    .map((node) => ({ nodeNo: node.nodeNo, crowd: votersIn.get(zoneOf(node)) ?? 0 }))
    .sort((a, b) => a.crowd - b.crowd || a.nodeNo - b.nodeNo)
    .map(({ nodeNo }) => nodeNo);
}

/** The voter to replace first, if any is silent; one that may vote no more is silent. */
function longestSilent(request: ConfigurationRequest): number | undefined {
  const { silentMsMax = SILENT_MS_MAX } = request;
  return request.voters
    .filter((nodeNo) => silenceOf(request, nodeNo) >= silentMsMax)
    .sort((a, b) => compare(silenceOf(request, b), silenceOf(request, a)) || b - a)[0];
}

/** The voter to drop first where there are too many: silent, else in a crowded zone. */
function mostDispensable(request: ConfigurationRequest): number | undefined {
  const silent = longestSilent(request);
  if (silent !== undefined) return silent;
  const { nodes, voters, leader } = request;
  const votersIn = votersByZone(nodes, voters);
  const crowd = (nodeNo: number) => {
    const node = nodes.find((other) => other.nodeNo === nodeNo);
    return node === undefined ? 0 : (votersIn.get(zoneOf(node)) ?? 0);
  };
  return voters
    .filter((nodeNo) => nodeNo !== leader)
    .sort((a, b) => crowd(b) - crowd(a) || b - a)[0];
}

function silenceOf(request: ConfigurationRequest, nodeNo: number): number {
  const { nodes, leader, silentMs, silentMsMax = SILENT_MS_MAX } = request;
  const mayVote = nodes.some((node) => node.nodeNo === nodeNo);
  if (nodeNo === leader) return mayVote ? 0 : silentMsMax;
  if (!mayVote) return Number.POSITIVE_INFINITY;
  return silentMs.get(nodeNo) ?? 0;
}

function votersByZone(nodes: readonly VoterNode[], voters: readonly number[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const node of nodes) {
    if (!voters.includes(node.nodeNo)) continue;
    counts.set(zoneOf(node), (counts.get(zoneOf(node)) ?? 0) + 1);
  }
  return counts;
}

/** A node without a zone is a zone of its own. */
function zoneOf({ nodeNo, zone }: VoterNode): string {
  return zone === undefined ? `node ${nodeNo}` : `zone ${zone}`;
}

function without(voters: readonly number[], nodeNo: number | undefined): readonly number[] {
  return voters.filter((voter) => voter !== nodeNo);
}

/** Infinities have no difference. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
