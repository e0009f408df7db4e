/**
 * How long the others take to find out that a node was killed: to count it as unreachable,
 * to suspect it, and to give it up for dead.
 *
 * A killed process closes its connections, which tells the others at once that it cannot be
 * reached; that it is dead is for gossip to find out.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import type { MemberStatus } from '../../src/client/cluster-documents.ts';
import type { NodeClient } from '../../src/client/http-client.ts';
import { clientsOf } from '../group-watch.ts';

const LOOK_EVERY_MS = 20;
const DEAD_MS_MAX = 120_000;
const CALM_MS_MAX = 60_000;
/** Between the return of one and the next kill, at random: probes go by a clock. */
const PAUSE_MS_MAX = 5_000;

/** What others may find, from bad to worse. */
export const FINDINGS = {
  unreachable: ({ reachable }: MemberStatus) => !reachable,
  suspect: ({ state }: MemberStatus) => state === 'suspect' || state === 'dead',
  dead: ({ state }: MemberStatus) => state === 'dead',
} as const;

export type Finding = keyof typeof FINDINGS;

/** Milliseconds from the kill. */
export type Findings = Readonly<Record<Finding, number>>;

export interface Kill {
  readonly killed: string;
  readonly byObserver: Readonly<Record<string, Findings>>;
  /** When the last of the others had found it. */
  readonly all: Findings;
}

/** Kills one node, watches the others, and brings it back. */
export async function killOne(cluster: LocalCluster): Promise<Kill> {
  await waitUntilCalm(cluster);
  await sleep(Math.random() * PAUSE_MS_MAX);
  const { nodes } = cluster;
  const victim = nodes[Math.floor(Math.random() * nodes.length)] as (typeof nodes)[number];
  const others = nodes.filter((node) => node !== victim);
  const killedAt = performance.now();
  await victim.kill();
  const found = await Promise.all(
    others.map(async ({ name }) => {
      return [name, await findingsOf(cluster.client(name), victim.name, killedAt)] as const;
    }),
  );
  await victim.start();
  return {
    killed: victim.name,
    byObserver: Object.fromEntries(found),
    all: latest(found.map(([, findings]) => findings)),
  };
}

/** Nobody suspects anybody of anything. */
export function waitUntilCalm(cluster: LocalCluster): Promise<void> {
  return waitFor('all nodes to find all alive', CALM_MS_MAX, async () => {
    const documents = await Promise.all(clientsOf(cluster).map((client) => client.status()));
    const members = documents.flatMap((document) => document.members);
    return members.every(({ state, reachable }) => {
      return reachable && (state === 'alive' || state === 'self');
    });
  });
}

async function findingsOf(
  observer: NodeClient,
  victim: string,
  killedAt: number,
): Promise<Findings> {
  const found: Partial<Record<Finding, number>> = {};
  const names = Object.keys(FINDINGS) as Finding[];
  for (;;) {
    const { members } = await observer.status();
    const elapsedMs = performance.now() - killedAt;
    const member = members.find(({ id }) => id === victim) as MemberStatus;
    for (const name of names) {
      if (FINDINGS[name](member)) found[name] ??= elapsedMs;
    }
    if (names.every((name) => found[name] !== undefined)) return found as Findings;
    if (elapsedMs > DEAD_MS_MAX) {
      const { state } = member;
      throw new Error(`${victim} is ${state}, not dead, ${DEAD_MS_MAX} ms after its kill`);
    }
    await sleep(LOOK_EVERY_MS);
  }
}

function latest(findings: readonly Findings[]): Findings {
  const last = (name: Finding) => Math.max(...findings.map((each) => each[name]));
  return { unreachable: last('unreachable'), suspect: last('suspect'), dead: last('dead') };
}
