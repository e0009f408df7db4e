/**
 * The ways to keep a key that experiments compare, from available to consistent. Each has a
 * bucket of its own; what a request asks for beside it stands here, once.
 */

import type { LocalCluster } from '../../cluster/local-cluster.ts';
import type { BucketSettings, GetOptions, PutOptions } from '../../src/client/request-options.ts';
import { type AskedLevels, type Levels, levelsFrom } from './levels.ts';

export interface Mode {
  readonly name: ModeName;
  /** For charts and tables. */
  readonly title: string;
  readonly bucket: string;
  readonly settings: BucketSettings;
  /** Of a dynamo bucket, as in its settings. */
  readonly levels?: Levels;
  readonly read: GetOptions;
  readonly write: PutOptions;
  /** A read shows the last acknowledged write, or fails. */
  readonly isLinearizable: boolean;
}

export type ModeName = 'sloppy' | 'strict' | 'blocking' | 'paxos' | 'raft';

/** As buckets are of which nobody says anything. */
export const MODES = modesAt({});

/** Quorums of dynamo buckets are as they are asked for; paxos and raft have their own. */
export function modesAt(asked: AskedLevels): Readonly<Record<ModeName, Mode>> {
  const levels = levelsFrom(asked);
  const settings = { mode: 'dynamo', ...levels } as const;
  return {
    sloppy: {
      name: 'sloppy',
      title: 'dynamo, sloppy quorum',
      bucket: 'lab-sloppy',
      settings,
      levels,
      read: { sloppy: true },
      write: { sloppy: true },
      isLinearizable: false,
    },
    strict: {
      name: 'strict',
      title: 'dynamo, strict quorum',
      bucket: 'lab-strict',
      settings,
      levels,
      read: { sloppy: false },
      write: { sloppy: false },
      isLinearizable: false,
    },
    blocking: {
      name: 'blocking',
      title: 'strict quorum, blocking read repair',
      bucket: 'lab-blocking',
      settings,
      levels,
      read: { sloppy: false, readRepair: 'blocking' },
      write: { sloppy: false },
      isLinearizable: false,
    },
    paxos: {
      name: 'paxos',
      title: 'paxos',
      bucket: 'lab-paxos',
      settings: { mode: 'paxos' },
      read: {},
      write: {},
      isLinearizable: true,
    },
    raft: {
      name: 'raft',
      title: 'raft',
      bucket: 'lab-raft',
      settings: { mode: 'raft' },
      read: {},
      write: {},
      isLinearizable: true,
    },
  };
}

/** Makes the buckets of these modes. */
export async function putBuckets(
  cluster: LocalCluster,
  modes: readonly Pick<Mode, 'bucket' | 'settings'>[],
): Promise<void> {
  for (const { bucket, settings } of modes) {
    await cluster.client('n1').putBucket(bucket, settings);
  }
}
