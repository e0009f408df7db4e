/** Documents that tell of the cluster: made by the node, see node/cluster-status.ts and beside it. */

import {
  choice,
  component,
  count,
  flag,
  listOf,
  number,
  object,
  orNull,
  type Schema,
  text,
} from './openapi/schema.ts';

/** The node that was asked. */
export const ASKED = text('The node that was asked.');

export const NODES: Schema = listOf({ type: 'string' }, 'Names of nodes.');
export const PARTITIONS: Schema = listOf({ type: 'integer', minimum: 0 }, 'Numbers of partitions.');

const MEMBER: Schema = component('Member', {
  description: 'A member of the cluster, as the node that was asked sees it.',
  ...object({
    id: text('Its name.'),
    nodeNo: count('Its number, given once.'),
    address: object({
      host: text('Where it is.'),
      peerPort: count('For other nodes.'),
      clientPort: count('For clients.'),
    }),
    zone: orNull('Where it stands; null: nothing was said.', { type: 'string' }),
    weight: count('Its part of all places is in proportion to it.'),
    status: choice('By the metadata group. Who is leaving gives its places to others.', [
      'member',
      'leaving',
    ]),
    reachable: flag('It could be reached lately, and is suspected of nothing.'),
    state: choice('By gossip.', ['self', 'unheard', 'alive', 'suspect', 'dead', 'left']),
    incarnation: count('Rises with each refutation and each start.'),
    metadataIndex: count('Up to here it has applied the log of the metadata group.'),
    clock: orNull('Its wall clock beside that of the node that was asked; null: not known.', {
      ...object({
        offsetMs: number('How far it is ahead.'),
        errorMs: number('How far off that may be.', { minimum: 0 }),
      }),
    }),
    partitions: count('Partitions that it keeps a replica of.'),
  }),
});

export const MEMBERS: Schema = component(
  'Members',
  object({ members: listOf(MEMBER, 'By name.') }),
);

export const CLUSTER: Schema = component('Cluster', {
  description: 'The cluster as the node that was asked sees it.',
  ...object({
    clusterId: text('Drawn when it was founded.'),
    node: ASKED,
    ready: flag('The node takes requests.'),
    epoch: orNull('Of the ring; null until it is drawn.', count('Rises with each change.')),
    expectedNodes: orNull('The ring is drawn when so many have joined.', count('Nodes.')),
    partitionCount: orNull('Of the ring; null: not known yet.', count('Partitions.')),
    replicationFactor: orNull('Replicas of a key; null: not known yet.', count('Replicas.')),
    leader: orNull('Leads the metadata group, as far as the node knows.', { type: 'string' }),
    members: listOf(MEMBER, 'By name.'),
    faultyLinks: orNull('Nodes to which it was given faults; null: it takes none.', NODES),
    faultyParts: orNull(
      'What of the node itself was given faults; null: it takes none.',
      listOf(choice('A part.', ['disk', 'clock']), 'Its parts.'),
    ),
  }),
});

export const RING: Schema = component('Ring', {
  description: 'Which nodes keep which partition.',
  ...object({
    epoch: count('Rises with each change.'),
    partitionCount: count('How many there are.'),
    replicationFactor: count('Replicas of each.'),
    partitions: listOf(
      object({
        partition: count('Its number.'),
        epoch: count('Since which it has been kept like this.'),
        replicas: NODES,
      }),
      'All of them.',
    ),
  }),
});

export const HINTS: Schema = component('Hints', {
  description: 'What the node that was asked keeps for others until they have it.',
  ...object({
    node: ASKED,
    targets: listOf(
      object({
        target: text('The node that did not take its writes.'),
        count: count('Keys that wait for it.'),
        bytes: count('Of all of them.'),
        oldestAgeMs: number('How long the first has waited.', { minimum: 0 }),
        retryInMs: orNull('Until the next attempt; null: they are being delivered.', {
          type: 'number',
        }),
      }),
      'By node.',
    ),
  }),
});

export const TOMBSTONES: Schema = component('Tombstones', {
  description: 'Deleted and expired keys that wait to be removed from all disks.',
  ...object({
    node: ASKED,
    waiting: count('As far as it knows.'),
    hindrances: listOf(
      object({
        obstacle: text('What stood in the way, when it last looked.'),
        nodes: NODES,
        partitions: PARTITIONS,
      }),
      'Why they waited.',
    ),
    lastRound: orNull(
      'The last round of reaping that it began; null: none since it started.',
      object({
        reap: count('The number of the round.'),
        keys: count('In it.'),
        agoMs: number('Since it was begun.', { minimum: 0 }),
      }),
    ),
  }),
});

export const METADATA_GROUP: Schema = component('MetadataGroup', {
  description: 'The Raft group that owns ring, buckets and leases.',
  ...object({
    node: ASKED,
    role: choice('Of the node.', ['follower', 'pre_candidate', 'candidate', 'leader']),
    term: count('The present one.'),
    leader: orNull('As far as it knows.', { type: 'string' }),
    commitIndex: count('Up to here the log is committed.'),
    appliedIndex: count('Up to here it is applied.'),
    lastIndex: count('Of the last entry.'),
    firstIndex: count('Of the first entry that the log still has.'),
    snapshotIndex: count('Of the last snapshot.'),
    voters: NODES,
    learners: NODES,
    outgoing: NODES,
    members: listOf(
      object({
        id: text('Its name.'),
        role: choice('In the group.', ['voter', 'learner']),
        matchIndex: count('How far its log is known to agree.'),
        lag: count('Entries that it lacks.'),
        state: choice('How the leader sends to it.', ['probe', 'replicate', 'snapshot']),
        silentMs: number('Since the leader last heard of it.', { minimum: 0 }),
      }),
      'Only the leader knows them.',
    ),
    values: object({
      count: count('Values of raft buckets.'),
      bytes: count('Of all of them.'),
    }),
  }),
});
