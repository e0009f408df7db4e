/**
 * Watches the metadata group and the event loops of nodes while something else is going on:
 * asks each node every so often, and keeps what it said.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalCluster } from '../cluster/local-cluster.ts';
import { waitFor } from '../cluster/wait-for.ts';
import type { GroupStatus } from '../src/client/cluster-documents.ts';
import type { NodeClient } from '../src/client/http-client.ts';
import { metricOf, nodeMetrics } from './node-metrics.ts';

const AGREEMENT_MS_MAX = 30_000;
const DELAY_METRIC = 'quorate_event_loop_delay_max_seconds';

export interface Sample {
  readonly node: string;
  /** When the node had answered. */
  readonly at: number;
  readonly status: GroupStatus;
  /** Longest that its event loop was held up since the sample before, or since its start. */
  readonly blockMs: number;
}

export class GroupWatch {
  /** In the order of their coming. */
  readonly samples: Sample[] = [];
  /** Without an answer. */
  failures = 0;
  readonly #everyMs: number;
  readonly #watching: Promise<unknown>;
  #ended = false;

  constructor(clients: readonly NodeClient[], everyMs: number) {
    this.#everyMs = everyMs;
    this.#watching = Promise.all(clients.map((client) => this.#watch(client)));
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#watching;
  }

  of(node: string): readonly Sample[] {
    return this.samples.filter((sample) => sample.node === node);
  }

  /** The newest sample of a node that leads. */
  get leader(): Sample | undefined {
    return this.samples.findLast(({ status }) => status.role === 'leader');
  }

  async #watch(client: NodeClient): Promise<void> {
    while (!this.#ended) {
      const askedAt = performance.now();
      try {
        this.samples.push(await sampleOf(client));
      } catch {
        this.failures++;
      }
      await sleep(askedAt + this.#everyMs - performance.now());
    }
  }
}

export function clientsOf(cluster: LocalCluster): readonly NodeClient[] {
  return cluster.nodes.map(({ name }) => cluster.client(name));
}

/** Resolves with the leader when all of them name the same. */
export async function agreedLeader(clients: readonly NodeClient[]): Promise<string> {
  let agreed = '';
  await waitFor('all nodes to name one leader', AGREEMENT_MS_MAX, async () => {
    const documents = await Promise.all(clients.map((client) => client.groupStatus()));
    const leaders = new Set(documents.map(({ leader }) => leader));
    const [leader] = leaders;
    if (leaders.size !== 1 || typeof leader !== 'string') return false;
    agreed = leader;
    return true;
  });
  return agreed;
}

export interface Reign {
  readonly term: number;
  readonly leader: string;
}

/** Who led in which term, in the order of the terms. */
export function reignsIn(samples: readonly Sample[]): readonly Reign[] {
  const leaders = new Map<number, string>();
  for (const { status } of samples) {
    if (status.leader !== null) leaders.set(status.term, status.leader);
  }
  return [...leaders].sort(([a], [b]) => a - b).map(([term, leader]) => ({ term, leader }));
}

export function reignsText(reigns: readonly Reign[]): string {
  return reigns.map(({ term, leader }) => `${leader} in term ${term}`).join(', then ');
}

export function longestBlockMs(samples: readonly Sample[]): number {
  return samples.reduce((longest, { blockMs }) => Math.max(longest, blockMs), 0);
}

async function sampleOf(client: NodeClient): Promise<Sample> {
  const status = await client.groupStatus();
  const metrics = await nodeMetrics(client.address);
  const blockMs = metricOf(metrics, DELAY_METRIC) * 1_000;
  return { node: status.node, at: performance.now(), status, blockMs };
}
