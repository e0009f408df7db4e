/**
 * A follower that is stopped while the log of the metadata group goes on without it, and
 * comes back: how it catches up, and how long its event loop is held up by that.
 */

import type { LocalCluster } from '../cluster/local-cluster.ts';
import type { NodeProcess } from '../cluster/node-process.ts';
import { waitFor } from '../cluster/wait-for.ts';
import type { NodeClient } from '../src/client/http-client.ts';
import { agreedLeader, clientsOf, GroupWatch, longestBlockMs } from './group-watch.ts';

const POLL_MS = 50;
const CATCH_UP_MS_MAX = 120_000;

/** A node that is away, in a cluster of the others. */
export interface Absence {
  readonly node: NodeProcess;
  /** Where its log ended when it was stopped. */
  readonly lastIndex: number;
  readonly others: readonly NodeProcess[];
}

export interface Return {
  readonly node: string;
  readonly lastIndexBefore: number;
  /** Where the leader's log began when the node came back. */
  readonly firstIndexOfLeader: number;
  /** What the leader had committed then. */
  readonly commitIndexOfLeader: number;
  readonly snapshotIndexAfter: number;
  /** The log no longer had what the node lacked, and a snapshot took its place. */
  readonly bySnapshot: boolean;
  /** From the launch of the process until it had applied what the leader had committed. */
  readonly caughtUpMs: number;
  /** Longest block of its event loop up to its first answer: it reads what it has on disk. */
  readonly startBlockMs: number;
  /** From then on, until it had caught up. */
  readonly restoreBlockMs: number;
  /** Of the other nodes in the meantime. */
  readonly othersBlockMs: number;
}

/** Stops a follower in order. */
export async function sendAway(cluster: LocalCluster): Promise<Absence> {
  const leader = await agreedLeader(clientsOf(cluster));
  const node = cluster.nodes.find(({ name }) => name !== leader) as NodeProcess;
  const { lastIndex } = await cluster.client(node.name).groupStatus();
  await node.stop();
  return { node, lastIndex, others: cluster.nodes.filter((other) => other !== node) };
}

export async function bringBack(cluster: LocalCluster, absence: Absence): Promise<Return> {
  const { node, lastIndex, others } = absence;
  const clients = others.map(({ name }) => cluster.client(name));
  const { firstIndex, commitIndex } = await leaderStatus(clients);
  const watch = new GroupWatch(clientsOf(cluster), POLL_MS);
  const launchedAt = performance.now();
  const caughtUp = () =>
    watch.of(node.name).find(({ status }) => status.appliedIndex >= commitIndex);
  try {
    const what = `${node.name} to catch up`;
    await Promise.all([
      node.start(),
      waitFor(what, CATCH_UP_MS_MAX, () => caughtUp() !== undefined),
    ]);
  } finally {
    await watch.end();
  }
  const [first, ...later] = watch.of(node.name);
  const end = caughtUp();
  if (first === undefined || end === undefined) throw new Error(`${node.name} said nothing`);
  const { snapshotIndex } = end.status;
  return {
    node: node.name,
    lastIndexBefore: lastIndex,
    firstIndexOfLeader: firstIndex,
    commitIndexOfLeader: commitIndex,
    snapshotIndexAfter: snapshotIndex,
    bySnapshot: firstIndex > lastIndex + 1 && snapshotIndex > lastIndex,
    caughtUpMs: end.at - launchedAt,
    startBlockMs: first.blockMs,
    restoreBlockMs: longestBlockMs(later.filter(({ at }) => at <= end.at)),
    othersBlockMs: longestBlockMs(watch.samples.filter((sample) => sample.node !== node.name)),
  };
}

export async function leaderStatus(clients: readonly NodeClient[]) {
  const leader = await agreedLeader(clients);
  const documents = await Promise.all(clients.map((client) => client.groupStatus()));
  const status = documents.find(({ node }) => node === leader);
  if (status === undefined) throw new Error(`${leader} leads and is not running`);
  return status;
}

export function returnLines(back: Return): readonly string[] {
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  return [
    `${back.node} came back with its log up to ${back.lastIndexBefore}; the leader had entries ${back.firstIndexOfLeader} to ${back.commitIndexOfLeader}`,
    `  caught up ${ms(back.caughtUpMs)} after its launch, ${back.bySnapshot ? `by the snapshot of ${back.snapshotIndexAfter}` : 'NOT by a snapshot'}`,
    `  longest block of its event loop: ${ms(back.startBlockMs)} up to its first answer, ${ms(back.restoreBlockMs)} afterwards; of the others ${ms(back.othersBlockMs)}`,
  ];
}
