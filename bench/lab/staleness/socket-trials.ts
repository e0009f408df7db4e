/**
 * The same trials as simulated-trials.ts on real processes, over real sockets: each message of
 * the data lane is held up by its sender for a time drawn from one law, whatever it carries.
 *
 * What sockets, HTTP and disks take of themselves comes in addition, so the law is stretched
 * until that is little; what a read without any message and a write with one disk alone take is
 * measured beside the trials, so that a prediction can count it in.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalCluster } from '../../../cluster/local-cluster.ts';
import { majorityOf } from '../../../src/checkers/quorum-overlap.ts';
import type { NodeClient } from '../../../src/client/http-client.ts';
import { SAMPLES_MAX } from '../../../src/kernel/delay.ts';
import { ALL_OTHERS } from '../../../src/kernel/fault-table.ts';
import type { Law } from '../../../src/pbs/laws.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { startLabCluster } from '../lab-cluster.ts';
import type { Levels } from '../levels.ts';
import { MODES, modesAt } from '../modes.ts';

export interface SocketTrials {
  /** Replicas, and nodes. */
  readonly n: number;
  /** Of every message between nodes. */
  readonly law: Law;
  readonly seed: number;
  readonly dataDirectory: string;
  /** For each W. */
  readonly writes: number;
  readonly timesMs: readonly number[];
  readonly signal: AbortSignal;
  readonly onShare: (share: number) => void;
}

export interface SocketRead extends Levels {
  /** When it was meant to begin, after the acknowledgement was received. */
  readonly atMs: number;
  /** When it did. */
  readonly afterMs: number;
  readonly tookMs: number;
  readonly fresh: boolean;
}

export interface SocketTimes {
  readonly reads: readonly SocketRead[];
  /** What writes at W = 1 took, which wait for one disk alone. */
  readonly writesOfOneMs: readonly number[];
  readonly failed: number;
}

/** Those that are tried here. */
export function socketLevels(n: number): readonly number[] {
  return [1, majorityOf(n)];
}

export const BUCKET = MODES.strict.bucket;
/** So many go on at the same time: more would wait for the processors, not for messages. */
const AT_ONCE = 4;

/** The messages between its nodes are slow. */
export async function startSlowCluster({
  n,
  law,
  seed,
  dataDirectory,
}: Pick<SocketTrials, 'n' | 'law' | 'seed' | 'dataDirectory'>): Promise<LocalCluster> {
  const cluster = await startLabCluster(
    { dataDirectory },
    { nodes: n, modes: [modesAt({ n }).strict] },
  );
  const random = new SeededRandom(seed);
  const samplesMs = Array.from({ length: SAMPLES_MAX / 2 }, () => law(() => random.float()));
  const delay = { distribution: 'samples', samplesMs } as const;
  for (const { name } of cluster.nodes) {
    await cluster.faults.replace(name, { links: { [ALL_OTHERS]: { lanes: { data: { delay } } } } });
  }
  return cluster;
}

export async function tryOnSockets(
  cluster: LocalCluster,
  trials: SocketTrials,
): Promise<SocketTimes> {
  const { n, seed, writes, signal, onShare } = trials;
  const random = new SeededRandom(seed);
  const reads: SocketRead[] = [];
  const writesOfOneMs: number[] = [];
  let failed = 0;
  const left = Array.from({ length: writes }, (_, i) =>
    socketLevels(n).map((w) => ({ i, w })),
  ).flat();
  const all = left.length;
  const worker = async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      signal.throwIfAborted();
      const names = cluster.nodes.map(({ name }) => name);
      const writer = random.pick(names);
      const reader = random.pick(names.filter((name) => name !== writer));
      const { i, w } = next;
      try {
        const trial = { key: `${w}-${i}`, n, w, timesMs: trials.timesMs };
        const { tookMs, read } = await runTrial(
          { writer: cluster.client(writer), reader: cluster.client(reader) },
          trial,
        );
        if (w === 1) writesOfOneMs.push(tookMs);
        reads.push(...read);
      } catch (error) {
        if (signal.aborted) throw error;
        failed++;
      }
      onShare(1 - left.length / all);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { reads, writesOfOneMs, failed };
}

interface Trial {
  readonly n: number;
  readonly key: string;
  readonly w: number;
  readonly timesMs: readonly number[];
}

async function runTrial(
  { writer, reader }: { readonly writer: NodeClient; readonly reader: NodeClient },
  { key, n, w, timesMs }: Trial,
) {
  const startedAt = performance.now();
  await writer.put(BUCKET, key, 'v', { w, sloppy: false });
  const acknowledgedAt = performance.now();
  const one = async (r: number, atMs: number): Promise<SocketRead> => {
    if (atMs > 0) await sleep(atMs);
    const askedAt = performance.now();
    const { values } = await reader.get(BUCKET, key, { r, sloppy: false, readRepair: 'off' });
    const tookMs = performance.now() - askedAt;
    return { n, r, w, atMs, afterMs: askedAt - acknowledgedAt, tookMs, fresh: values.length > 0 };
  };
  const read = await Promise.all(
    socketLevels(n).flatMap((r) => timesMs.map((atMs) => one(r, atMs))),
  );
  return { tookMs: acknowledgedAt - startedAt, read };
}
