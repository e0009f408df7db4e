/** What the writer and the readers of the playground ask for. */

import type { BucketMode } from '../../client/cluster-documents.ts';

export interface Preset {
  /** Of its bucket, too. */
  readonly id: string;
  readonly title: string;
  readonly mode: BucketMode;
  /** Of queries. */
  readonly read: Readonly<Record<string, string>>;
  readonly write: Readonly<Record<string, string>>;
  /** Readers show the session token of the writer. */
  readonly inSession: boolean;
  /** What it promises, and at which price. */
  readonly meaning: string;
}

const BUCKET_PREFIX = 'playground-';

export function bucketOf({ id }: Preset): string {
  return BUCKET_PREFIX + id;
}

export const PRESETS: readonly [Preset, ...Preset[]] = [
  {
    id: 'one',
    title: 'W=1, R=1: any one node will do',
    mode: 'dynamo',
    read: { r: '1' },
    write: { w: '1' },
    inSession: false,
    meaning:
      'One node is enough to write, and one to read. Every node answers as long as it runs, also alone; but what it shows may be old, since nobody else was asked.',
  },
  {
    id: 'quorum',
    title: 'Quorums, sloppy (the default)',
    mode: 'dynamo',
    read: { r: 'quorum' },
    write: { w: 'quorum' },
    inSession: false,
    meaning:
      'More than half must answer, so a read meets the last write. Where a replica is out of reach another node may stand in for it: that keeps writes going in clusters of more nodes than replicas, and reads on the other side may then miss them.',
  },
  {
    id: 'strict',
    title: 'Quorums, strict (sloppy=false)',
    mode: 'dynamo',
    read: { r: 'quorum', sloppy: 'false' },
    write: { w: 'quorum', sloppy: 'false' },
    inSession: false,
    meaning:
      'More than half of the key’s own replicas must answer, and nobody stands in. Two such majorities always share a replica: no read that follows an acknowledged write misses it. The side without a majority serves nobody.',
  },
  {
    id: 'session',
    title: 'R=1 in a session: read your writes',
    mode: 'dynamo',
    read: { r: '1', session: 'ryw' },
    write: { w: '1', session: 'ryw' },
    inSession: true,
    meaning:
      'One node is enough, but readers carry the writer’s session token. A node that has not seen those writes asks others until it has, and refuses where it cannot: never older than your own writes, for less than a quorum.',
  },
  {
    id: 'paxos',
    title: 'A paxos bucket: linearizable, no leader',
    mode: 'paxos',
    read: {},
    write: {},
    inSession: false,
    meaning:
      'Each key is a register that a majority of its replicas agrees on by Paxos. Reads and writes behave as if there were one copy; any node of the majority side serves at once, without an election. The other side serves nobody.',
  },
  {
    id: 'raft',
    title: 'A raft bucket: linearizable, one leader',
    mode: 'raft',
    read: {},
    write: {},
    inSession: false,
    meaning:
      'Values are entries of one log that a leader writes. Cut the leader off, and nobody is served until the majority side has elected another, which takes a moment; the other side serves nobody.',
  },
];

/** A bucket of somebody else may have a name that begins alike. */
export function isOurBucket(name: string): boolean {
  return PRESETS.some((preset) => bucketOf(preset) === name);
}

export function presetNamed(id: string): Preset {
  return PRESETS.find((preset) => preset.id === id) ?? PRESETS[0];
}

export function queryText(query: Readonly<Record<string, string>>): string {
  return new URLSearchParams(query).toString();
}
