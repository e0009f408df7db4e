/** What the state of the metadata group is made of; `execution.ts` says what commands do to it. */

import { Buckets } from './buckets.ts';
import { Leases } from './leases.ts';
import { Nodes } from './nodes.ts';
import type { CommandReply } from './reply.ts';
import { RequestOutcomes } from './request-outcomes.ts';
import { RevisionedStore } from './revisioned-store.ts';
import { RingChanges } from './ring-changes.ts';
import { Sessions } from './sessions.ts';
import type { ClusterFacts, SnapshotContents } from './snapshot-codec.ts';
import type { ValueTables } from './value-commands.ts';

export interface Tables extends ValueTables {
  readonly nodes: Nodes;
  readonly rings: RingChanges;
  readonly sessions: Sessions<CommandReply>;
  readonly outcomes: RequestOutcomes;
  /** The same object until N changes. */
  cluster: ClusterFacts;
  /** By partition; the same array until one rises. */
  reapNumbers: readonly number[];
  /** Likewise; ms since 1970: see epoch-raises.ts. */
  idMarks: readonly number[];
  /** Of the last entry that changed the ring or what is wanted of it, a bucket, or a node. */
  epoch: number;
  /** The most that a node takes in while partitions move; undefined: as fast as it goes. */
  transferBytesPerSecond: number | undefined;
}

/** All that a snapshot tells but what may be many: whoever calls restores that. */
export type ContentsAtOnce = Omit<
  SnapshotContents,
  'outcomeCount' | 'outcomes' | 'valueCount' | 'values'
>;

export function tablesOf(contents: ContentsAtOnce): Tables {
  const { index, epoch, planEpoch, nextNodeNo, nextBucketNumber, revision, ...rest } =
    contents.head;
  const { outcomeMark, transferBytesPerSecond, ...cluster } = rest;
  const nodes = new Nodes(nextNodeNo, contents.nodes);
  const buckets = new Buckets(cluster.replicationFactor, nextBucketNumber, contents.buckets);
  return {
    nodes,
    buckets,
    rings: new RingChanges(nodes, buckets, { ...contents, planEpoch }),
    leases: new Leases(contents.leases),
    sessions: new Sessions(contents.sessions),
    outcomes: new RequestOutcomes(outcomeMark),
    values: new RevisionedStore(revision),
    cluster: { ...cluster, secret: new Uint8Array(cluster.secret) },
    reapNumbers: contents.reapNumbers,
    idMarks: contents.idMarks,
    epoch,
    transferBytesPerSecond,
  };
}
