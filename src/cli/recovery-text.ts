/** What `quorate metadata recover` says before and after. */

import type { FollowReply, GroupIdentity, RememberedCluster } from '../node/index.ts';
import { quoted } from './terminal-text.ts';

export function recoveringText({ identity, state, last, commit }: RememberedCluster): string {
  const { name, nodeNo, clusterId } = identity;
  const nodes = state?.nodes().map((node) => node.name) ?? [];
  const others = nodes.filter((node) => node !== name).join(', ');
  const uncertain =
    last.index > commit
      ? `\n  - Entries ${commit + 1} to ${last.index}, of which ${name} does not know whether they were decided, hold from now on.`
      : '';
  return `\
This is the directory of ${name} (node ${nodeNo}) in cluster ${clusterId}.
It has the log of the metadata group up to entry ${last.index}, term ${last.term}.
Of several survivors, recover the one with the highest term, and of these the highest entry.

The cluster gets a new id, and ${name} is its one voter. Nodes, ring, ${state?.buckets().size ?? 0} buckets and
${state?.values.count ?? 0} values of raft buckets stay as they are at that entry. Lost, if there was such:
  - What the group decided after it: buckets with all that is in them, values of raft
    buckets, leases, nodes that joined, changes of the ring; acknowledged or not.${uncertain}
  - Values of dynamo buckets that only lost nodes had.
Contexts that clients hold are those of the old cluster: they are answered 400 bad_context,
and the key has to be read again. Watches of raft buckets end with 410 watch_compacted.

Whoever still runs in the old cluster, or is started in it, goes on there for itself: make sure
that its majority never comes back. Other survivors come over one by one, before they are
started: quorate metadata recover --data DIR --follow HOST:PEERPORT${others === '' ? '' : `\n(${others}); those that are lost stay in the ring, to be replaced.`}`;
}

export function recoveredText({ name, clusterId }: GroupIdentity, data: string): string {
  return `recovered: ${name} is now the one voter of cluster ${clusterId}; start it with quorate start --data ${quoted(data)}`;
}

export function followingText(
  { identity, last }: RememberedCluster,
  { clusterId, answeredBy, recoveries }: FollowReply,
  member: string,
): string {
  const { name, nodeNo, clusterId: former } = identity;
  const recovered = recoveries.find((recovery) => recovery.former === former)?.last;
  const ahead =
    recovered !== undefined && isBeyond(last, recovered)
      ? `\nIt knows MORE than the directory that was recovered, whose log ended with entry ${recovered.index}, term ${recovered.term}:
what it alone knows of buckets, values of raft buckets, nodes and the ring is lost for good.`
      : '';
  return `\
This is the directory of ${name} (node ${nodeNo}) in cluster ${former}.
It has the log of the metadata group up to entry ${last.index}, term ${last.term}.${ahead}

It comes over to cluster ${clusterId}, which was recovered from that one; ${answeredBy} answers for it at ${member}.
Its number, its name and its objects stay; its log is thrown away, and the state comes from the others.`;
}

export function followedText(
  { identity }: RememberedCluster,
  { clusterId }: FollowReply,
  data: string,
): string {
  return `done: ${identity.name} belongs to cluster ${clusterId}; start it with quorate start --data ${quoted(data)}`;
}

/** As voters compare logs (Raft, section 5.4.1). */
function isBeyond(one: RememberedCluster['last'], other: RememberedCluster['last']): boolean {
  return one.term > other.term || (one.term === other.term && one.index > other.index);
}
