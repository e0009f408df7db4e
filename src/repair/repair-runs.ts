/**
 * Comparisons and scrubs that an operator asked this node for: one at a time, and how far it is.
 */

import { QuorateError, StoreError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Clock } from '../ports/clock.ts';
import type { Bucket, ClusterView } from '../ring/cluster-view.ts';
import type { AntiEntropy } from './anti-entropy.ts';
import type { TreeName } from './exchange-messages.ts';
import { newTally } from './exchange-tally.ts';
import { pause } from './pace.ts';
import type { Comparison } from './pair-exchange.ts';
import type { Scrub } from './scrub.ts';
import { drivenTrees, replicaCounts } from './tree-pairs.ts';

export interface RepairRunsPorts {
  readonly self: NodeId;
  readonly view: ClusterView;
  readonly clock: Clock;
  readonly antiEntropy: AntiEntropy;
  readonly scrub: Scrub;
  readonly onFatal: (error: unknown) => void;
}

/** How long a run waits for trees that are being built, and how often it looks. */
const BUILDING_MS_MAX = 600_000;
const LOOK_EVERY_MS = 500;

/** `exchange`: all trees that the node drives are compared; `scrub`: all its records are read. */
export type RunKind = 'exchange' | 'scrub';

export interface RunRequest {
  readonly kind: RunKind;
  /** Of an exchange: only keys of this bucket are exchanged. */
  readonly bucket: string | undefined;
}

export interface RunStatus {
  /** Counts from 1 since the node started. */
  readonly run: number;
  readonly kind: RunKind;
  readonly bucket: string | null;
  readonly state: 'running' | 'done';
  readonly elapsedMs: number;
  /** Trees compared with a peer and equal now, or partitions read. */
  readonly done: number;
  /** When the run is over, the rest could not be done: `peersFailed` says with whom. */
  readonly total: number;
  readonly peersFailed: readonly NodeId[];
  /** In the trees compared, or read. */
  readonly keys: number;
  readonly keysPulled: number;
  readonly keysPushed: number;
  /** Of messages both ways, or read. */
  readonly bytes: number;
}

interface Run extends RunRequest {
  readonly number: number;
  readonly startedAt: number;
  /** All but how long it takes. */
  readonly progress: () => Pick<
    RunStatus,
    'done' | 'total' | 'peersFailed' | 'keys' | 'keysPulled' | 'keysPushed' | 'bytes'
  >;
  endedAt: number | undefined;
}

export class RepairRuns {
  readonly #ports: RepairRunsPorts;
  #last: Run | undefined;
  #count = 0;

  constructor(ports: RepairRunsPorts) {
    this.#ports = ports;
  }

  /** Of the run that was begun last; undefined: there was none since the node started. */
  status(): RunStatus | undefined {
    const run = this.#last;
    if (run === undefined) return undefined;
    const { number, kind, bucket, startedAt, endedAt, progress } = run;
    return {
      run: number,
      kind,
      bucket: bucket ?? null,
      state: endedAt === undefined ? 'running' : 'done',
      elapsedMs: Math.floor((endedAt ?? this.#ports.clock.now()) - startedAt),
      ...progress(),
    };
  }

  /** Begins a run, or names the one under way where it is of the same kind. Throws `overloaded`. */
  begin(request: RunRequest): RunStatus {
    const last = this.#last;
    if (last?.endedAt !== undefined || last === undefined) this.#begin(request);
    else if (last.kind !== request.kind || last.bucket !== request.bucket) {
      throw new QuorateError(
        'overloaded',
        `run ${last.number}, another one than was asked for, is under way: wait for it to end`,
      );
    }
    return this.status() as RunStatus;
  }

  #begin(request: RunRequest): void {
    const { clock, onFatal } = this.#ports;
    const bucket = request.bucket === undefined ? undefined : this.#bucket(request.bucket);
    const { progress, ended } = request.kind === 'scrub' ? this.#scrub() : this.#exchange(bucket);
    const startedAt = clock.now();
    const run: Run = { ...request, number: ++this.#count, startedAt, progress, endedAt: undefined };
    this.#last = run;
    ended.then(
      () => {
        run.endedAt = clock.now();
      },
      (error: unknown) => {
        if (!(error instanceof StoreError)) onFatal(error);
      },
    );
  }

  #exchange(bucket: Bucket | undefined) {
    const { self, view } = this.#ports;
    const tally = newTally();
    const peersFailed: NodeId[] = [];
    const counts = bucket === undefined ? replicaCounts(view) : [bucket.n];
    const driven = [...drivenTrees(self, view, counts)];
    const total = driven.reduce((sum, [, trees]) => sum + trees.length, 0);
    const comparisons = driven.map(async ([peer, trees]) => {
      const comparison = { peer, bucketNumber: bucket?.number ?? null, tally };
      if (!(await this.#compareAll(comparison, trees))) peersFailed.push(peer);
    });
    const progress = () => {
      const { treesDone: done, keysCompared: keys, keysPulled, keysPushed, bytes } = tally;
      return { done, total, peersFailed, keys, keysPulled, keysPushed, bytes };
    };
    return { progress, ended: Promise.all(comparisons) };
  }

  /** Trees that are being built are waited for. */
  async #compareAll(comparison: Comparison, trees: readonly TreeName[]): Promise<boolean> {
    const { antiEntropy, clock } = this.#ports;
    const untilMs = clock.now() + BUILDING_MS_MAX;
    let left = trees;
    for (;;) {
      const { completed, postponed } = await antiEntropy.compare(comparison, left);
      if (!completed || postponed.length === 0) return completed;
      if (clock.now() > untilMs) return false;
      await pause(clock, LOOK_EVERY_MS);
      left = postponed;
    }
  }

  #scrub() {
    const tally = { partitionsDone: 0, records: 0, bytes: 0 };
    const { keptPartitions, ended } = this.#ports.scrub.readAll(tally);
    const progress = () => ({
      done: tally.partitionsDone,
      total: keptPartitions,
      peersFailed: [],
      keys: tally.records,
      keysPulled: 0,
      keysPushed: 0,
      bytes: tally.bytes,
    });
    return { progress, ended };
  }

  #bucket(name: string): Bucket {
    const bucket = this.#ports.view.bucket(name);
    if (bucket === undefined) {
      throw new QuorateError('no_such_bucket', `there is no bucket ${JSON.stringify(name)}`);
    }
    if (bucket.mode === 'dynamo') return bucket;
    throw new QuorateError(
      'bucket_mode',
      `bucket ${name} is of mode ${bucket.mode}: its values are in the metadata group, which needs no repair`,
    );
  }
}
