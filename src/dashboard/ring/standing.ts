/**
 * How a node stands in the two views that there are of it, in words. Gossip is what the node that
 * was asked has heard lately and may be mistaken; the metadata group is what the cluster has
 * agreed on, and changes only when somebody asks for it. Where the two differ somebody may have
 * to do something.
 */

import type { ClusterStatus, GroupStatus, MemberStatus } from '../../client/cluster-documents.ts';

export type Tone = 'good' | 'warn' | 'bad' | 'quiet';

export interface View {
  readonly tone: Tone;
  readonly word: string;
}

export type GroupRole = 'leader' | 'voter' | 'learner' | 'leaving voter' | 'none';

export interface Standing {
  readonly id: string;
  readonly gossip: View;
  readonly metadata: View;
  readonly role: GroupRole;
  /** Entries of the metadata log that it has not applied; undefined: nobody knows. */
  readonly lag: number | undefined;
  /** What does not fit together, and what can be done; undefined: all is well. */
  readonly remark: string | undefined;
}

export function standingOf(
  member: MemberStatus,
  group: GroupStatus | undefined,
  cluster: Pick<ClusterStatus, 'node' | 'epoch'>,
): Standing {
  const { id, metadataIndex } = member;
  const isHeard = member.state !== 'unheard';
  const lag = group && isHeard ? Math.max(0, group.commitIndex - metadataIndex) : undefined;
  return {
    id,
    gossip: gossipView(member),
    metadata: metadataView(member.status),
    role: roleOf(id, group),
    lag,
    remark: remarkOf(member, cluster),
  };
}

/** Declared dead, or gone, and still in replica lists: its places are on their way to others. */
export function standingOfFormer(id: string): Standing {
  return {
    id,
    gossip: { tone: 'quiet', word: 'not told' },
    metadata: { tone: 'bad', word: 'no member' },
    role: 'none',
    lag: undefined,
    remark: 'no member any more: its places go to others, see the moves',
  };
}

/** In replica lists and not among the members. */
export function formerNodes(
  lists: readonly (readonly string[])[],
  members: readonly MemberStatus[],
): readonly string[] {
  const known = new Set(members.map(({ id }) => id));
  const former = new Set<string>();
  for (const list of lists) for (const node of list) if (!known.has(node)) former.add(node);
  return [...former].sort();
}

const GOSSIP: Readonly<Record<MemberStatus['state'], View>> = {
  self: { tone: 'good', word: 'asked' },
  alive: { tone: 'good', word: 'alive' },
  suspect: { tone: 'warn', word: 'suspect' },
  dead: { tone: 'bad', word: 'dead' },
  left: { tone: 'warn', word: 'stopped' },
  unheard: { tone: 'warn', word: 'unheard' },
};

function gossipView({ state, reachable }: MemberStatus): View {
  if (state === 'alive' && !reachable) return { tone: 'warn', word: 'alive, silent' };
  return GOSSIP[state];
}

function metadataView(status: MemberStatus['status']): View {
  return status === 'leaving'
    ? { tone: 'warn', word: 'leaving' }
    : { tone: 'good', word: 'member' };
}

function roleOf(id: string, group: GroupStatus | undefined): GroupRole {
  if (group === undefined) return 'none';
  if (group.leader === id) return 'leader';
  if (group.voters.includes(id)) return 'voter';
  if (group.learners.includes(id)) return 'learner';
  return group.outgoing.includes(id) ? 'leaving voter' : 'none';
}

function remarkOf(
  { id, state, status, reachable, partitions }: MemberStatus,
  cluster: Pick<ClusterStatus, 'node' | 'epoch'>,
) {
  const { node: asked, epoch } = cluster;
  const what = status === 'leaving' ? 'was leaving' : 'still a member';
  const waiting = partitions > 0 ? 'its partitions wait' : 'what is its own waits';
  switch (state) {
    case 'dead':
      return `gossip says dead, ${what}: ${waiting} for it, or for “quorate cluster replace” or “remove”`;
    case 'left':
      return `stopped in order, ${what}: ${waiting} until it is started again`;
    case 'suspect':
      return `does not answer, ${what}: gossip takes it for dead if that goes on`;
    case 'unheard':
      return `${what}, and ${asked} has heard no word of it since it started`;
    default:
      break;
  }
  if (!reachable)
    return `others hear of it, ${asked} does not reach it: the way between them may be cut`;
  if (status === 'leaving') return `${id} is leaving: it serves until others have its places`;
  if (partitions === 0 && epoch !== null)
    return 'no share of the ring: it passes requests on, and waits to join';
  return undefined;
}

/** What stands above all; undefined: nothing is wrong. */
export interface Trouble {
  readonly tone: 'warn' | 'bad';
  readonly text: string;
}

export function clusterTrouble(
  cluster: ClusterStatus | undefined,
  error: { readonly message: string } | undefined,
): Trouble | undefined {
  if (cluster === undefined) {
    if (error === undefined) return undefined;
    return { tone: 'bad', text: `The node does not tell of the cluster: ${error.message}.` };
  }
  if (error !== undefined) {
    const text = `${cluster.node} does not answer (${error.message}). What is shown is what it said last; the page goes on asking.`;
    return { tone: 'bad', text };
  }
  if (cluster.epoch === null) return { tone: 'warn', text: formingText(cluster) };
  if (cluster.leader === null) {
    const text = `No leader of the metadata group is known to ${cluster.node}. Keys of dynamo and paxos buckets need none: they are served wherever as many of their nodes answer as a request asks for. Keys of raft buckets, and changes of the ring and of buckets, wait until a majority of the voters is back.`;
    return { tone: 'warn', text };
  }
  if (!cluster.ready) {
    return { tone: 'warn', text: `${cluster.node} is not ready to serve yet: it is behind.` };
  }
  return undefined;
}

function formingText({ expectedNodes, members }: ClusterStatus): string {
  const here = members.length;
  const missing = (expectedNodes ?? here) - here;
  if (missing <= 0) return 'The ring is about to be drawn: all nodes that it waits for are here.';
  const nodes = (count: number) => `${count} more ${count === 1 ? 'node' : 'nodes'}`;
  return `The ring is not drawn yet. It is drawn once ${expectedNodes} nodes have joined; ${here} ${here === 1 ? 'has' : 'have'}, so it waits for ${nodes(missing)}. Until then no key can be read or written.`;
}
