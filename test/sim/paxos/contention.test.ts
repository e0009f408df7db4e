/**
 * Many clients on one hot key: all of them get on, none of them much better than another, and
 * those that compare and set not by trying in vain.
 */

import { describe, expect, it } from 'vitest';
import type { Version } from '../../../src/checkers/history.ts';
import { QuorateError } from '../../../src/kernel/errors.ts';
import { startCluster, type TestCluster } from '../harness.ts';
import { type Change, PaxosAccess } from './key-access.ts';

const NODES = 5;
const CLIENTS = 32;
const LASTING_MS = 1_000;
const TIMEOUT_MS = 2_000;
const RETRY_MS = 1;
/** The client that comes off best, measured by the one that comes off worst. */
const UNFAIRNESS_MAX = 4;
/** Of those that read before each attempt: the nearer a client is, the more often it succeeds. */
const UNFAIRNESS_OF_READERS_MAX = 25;
const PLACE = { bucket: 'hot', key: 'counter' };
const RESET: Change = { op: 'write', value: '0' };
const INCREMENT: Change = { op: 'increment', by: 1 };

/** For those of whom one gets on at a time. */
const COMPARING_MS = 6_000;
const ATTEMPTS_PER_SUCCESS_MAX = 3;

interface Contention {
  /** Times that each client counted up, and was told so. */
  readonly done: readonly number[];
  /** Times that may be counted as well. */
  readonly inDoubt: number;
  readonly attempts: number;
  readonly lastingMs: number;
  /** What the key came to. */
  readonly count: number;
}

/** What the last answer told a client. */
interface Known {
  version: Version | null;
  count: number;
}

/** True where the key was counted up, false where another client came before. */
type Attempt = (access: PaxosAccess, known: Known) => Promise<boolean>;

const increment: Attempt = async (access) => {
  await access.change(PLACE, INCREMENT);
  return true;
};

/** Goes on with what the last answer told. */
const compareAndSet: Attempt = async (access, known) => {
  const { version, count } = known;
  const condition = version === null ? ({ ifAbsent: true } as const) : { ifVersion: version };
  const write = { op: 'write', value: String(count + 1), ...condition } as const;
  const { output } = await access.change(PLACE, write);
  const isApplied = output.applied !== false;
  known.version = output.version ?? null;
  known.count = isApplied ? count + 1 : Number(output.value);
  return isApplied;
};

const readCompareAndSet: Attempt = async (access, known) => {
  const { output } = await access.read(PLACE);
  known.version = output.version ?? null;
  known.count = Number(output.value);
  return compareAndSet(access, known);
};

/** Every node has found out whom it does not reach. */
async function tryOnceEverywhere(cluster: TestCluster): Promise<void> {
  const tried = cluster.nodeIds.map((at) => new PaxosAccess(cluster, at, TIMEOUT_MS).read(PLACE));
  await cluster.complete(Promise.allSettled(tried));
  const changed = cluster.nodeIds.map((at) =>
    new PaxosAccess(cluster, at, TIMEOUT_MS).change(PLACE, INCREMENT),
  );
  await cluster.complete(Promise.allSettled(changed));
  await cluster.complete(new PaxosAccess(cluster, 'n1', TIMEOUT_MS).change(PLACE, RESET));
}

/** Each client stays at one node and does not pause. */
async function contend(
  cluster: TestCluster,
  attempt: Attempt,
  lastingMs: number,
): Promise<Contention> {
  const { simulation } = cluster;
  const endMs = simulation.nowMs + lastingMs;
  const done = Array.from({ length: CLIENTS }, () => 0);
  let inDoubt = 0;
  let attempts = 0;
  const client = async (i: number) => {
    const access = new PaxosAccess(cluster, cluster.nodeIds[i % NODES] as string, TIMEOUT_MS);
    const known: Known = { version: null, count: 0 };
    while (simulation.nowMs < endMs) {
      attempts++;
      try {
        if (await attempt(access, known)) done[i] = (done[i] ?? 0) + 1;
      } catch (error) {
        if (!(error instanceof QuorateError) || error.status !== 503) throw error;
        if (!error.definite) inDoubt++;
        await cluster.pause(RETRY_MS);
      }
    }
  };
  await cluster.complete(Promise.all(done.map((_, i) => client(i))));
  const found = await cluster.complete(new PaxosAccess(cluster, 'n1', TIMEOUT_MS).read(PLACE));
  const count = Number(found.output.value ?? Number.NaN);
  return { done, inDoubt, attempts, lastingMs, count };
}

function startContended(): Promise<TestCluster> {
  return startCluster(32, {
    nodes: NODES,
    partitionCount: 1,
    buckets: [{ name: PLACE.bucket, mode: 'paxos', n: 3 }],
  });
}

function successesOf({ done }: Contention): number {
  return done.reduce((sum, one) => sum + one, 0);
}

function expectProgress(
  contention: Contention,
  changesPerSecondMin: number,
  unfairnessMax = UNFAIRNESS_MAX,
): void {
  const { done, inDoubt, count, lastingMs } = contention;
  const all = successesOf(contention);
  expect(count).toBeGreaterThanOrEqual(all);
  expect(count).toBeLessThanOrEqual(all + inDoubt);
  expect(all).toBeGreaterThan((changesPerSecondMin * lastingMs) / 1_000);
  expect(Math.max(...done)).toBeLessThanOrEqual(unfairnessMax * Math.min(...done));
}

describe(`${CLIENTS} clients at ${NODES} nodes that change one key`, () => {
  it('take turns at the node that proposes', async () => {
    const cluster = await startContended();
    const contention = await contend(cluster, increment, LASTING_MS);
    expectProgress(contention, 100);
    expect(cluster.fatalErrors).toEqual([]);
  });

  it.each([
    ['what the last answer told', compareAndSet, 200, UNFAIRNESS_MAX],
    ['what they read', readCompareAndSet, 100, UNFAIRNESS_OF_READERS_MAX],
  ])('go by %s, seldom in vain', async (_, attempt, changesPerSecondMin, unfairnessMax) => {
    const cluster = await startContended();
    await cluster.complete(new PaxosAccess(cluster, 'n1', TIMEOUT_MS).change(PLACE, RESET));
    const contention = await contend(cluster, attempt, COMPARING_MS);
    expectProgress(contention, changesPerSecondMin, unfairnessMax);
    const { attempts } = contention;
    expect(attempts / successesOf(contention)).toBeLessThan(ATTEMPTS_PER_SUCCESS_MAX);
    expect(cluster.fatalErrors).toEqual([]);
  });

  it('get on also where nodes do not agree on who that is', async () => {
    const cluster = await startContended();
    const [first, second, third] = cluster.inspect('n1', (node) => node.ring()).replicas[0] ?? [];
    const others = cluster.nodeIds.filter((id) => ![first, second].includes(id));
    // These go to the second, all others to the first: two propose all the time.
    cluster.network.cutBothWays([first as string], [third as string, ...others.slice(0, 1)]);
    await tryOnceEverywhere(cluster);
    const contention = await contend(cluster, increment, LASTING_MS);
    expectProgress(contention, 50);
    expect(cluster.fatalErrors).toEqual([]);
  });
});
