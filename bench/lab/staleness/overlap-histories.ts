/**
 * Histories of quorums that overlap, and of such that only say so, on real processes: what the
 * writer sends to the reader's node is far slower than anything else, so that the node lacks
 * every write that it is asked for.
 */

import type { LocalCluster } from '../../../cluster/local-cluster.ts';
import { Recorder } from '../../../src/checkers/recorder.ts';
import { siblingsOf, writtenBy } from '../../workloads/values-found.ts';
import type { Recorded } from '../experiment.ts';

export interface OverlapHistory {
  readonly name: string;
  readonly bucket: string;
  /** Replicas, and nodes. */
  readonly n: number;
  /** What the writes ask for, and what reads ask for and count. */
  readonly w: number;
  readonly r: number;
  /** What reads are said to have counted. */
  readonly labelled: number;
  readonly seed: number;
  readonly writes: number;
  readonly expected: Recorded['expected'];
}

const WRITER = 'n1';
const SLOW_MS = 200;

/** From the writer's node to the reader's; all other links pass everything at once. */
export async function slowTheWay(cluster: LocalCluster): Promise<void> {
  const reader = readerOf(cluster);
  await cluster.faults.heal();
  const delay = { distribution: 'constant', ms: SLOW_MS } as const;
  await cluster.faults.replace(WRITER, { links: { [reader]: { lanes: { data: { delay } } } } });
}

/** The last one. */
function readerOf({ nodes }: LocalCluster): string {
  return (nodes.at(-1) as LocalCluster['nodes'][number]).name;
}

/** Each key is written once, and read as soon as that is acknowledged. */
export async function recordOverlap(
  cluster: LocalCluster,
  { name, bucket, n, w, r, labelled, seed, writes, expected }: OverlapHistory,
): Promise<Recorded> {
  const recorder = new Recorder(() => performance.now());
  const reader = readerOf(cluster);
  const level = (needed: number) => ({ n, needed, strict: true });
  const one = async (process: number) => {
    const key = `${name}-${process}`;
    const value = `value ${process}`;
    const written = recorder.begin({
      ...{ process, at: WRITER, key, op: 'write', value },
      ...{ quorum: level(w), replaces: {} },
    });
    const answer = await cluster.client(WRITER).put(bucket, key, value, { w, sloppy: false });
    written({ outcome: 'ok', ...writtenBy(answer, {}) });
    const read = recorder.begin({ process, at: reader, key, op: 'read', quorum: level(labelled) });
    const options = { r, sloppy: false, readRepair: 'off' };
    const found = await cluster.client(reader).get(bucket, key, options);
    read({ outcome: 'ok', output: siblingsOf(found) });
  };
  await Promise.all(Array.from({ length: writes }, (_, process) => one(process)));
  const facts = { experiment: 'E1', seed, n, w, r, labelled };
  return { name, history: { ...recorder.history(), facts }, checks: ['losses'], expected };
}
