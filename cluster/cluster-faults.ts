/**
 * Faults between the nodes of a local cluster, each of which was started with --enable-faults.
 *
 *   const cluster = await startCluster({ nodes: 3, startOptions: ['--enable-faults'] });
 *   await cluster.faults.partition(['n1'], ['n2', 'n3']);
 *   await cluster.faults.heal();
 *
 * Nothing is remembered here: each node has its own table, and forgets it when it ends.
 */

import type { NodeClient } from '../src/client/http-client.ts';
import type { Delay } from '../src/kernel/delay.ts';
import type { LaneFaults } from '../src/kernel/fault-table.ts';

/** One node, or several. */
export type Side = string | readonly string[];

export class ClusterFaults {
  readonly #client: (node: string) => NodeClient;
  readonly #running: () => readonly string[];

  constructor(client: (node: string) => NodeClient, running: () => readonly string[]) {
    this.#client = client;
    this.#running = running;
  }

  /** Nothing passes between the two sides any more, in either direction. */
  async partition(a: Side, b: Side): Promise<void> {
    await this.oneWay(a, b);
    await this.oneWay(b, a);
  }

  /** What `from` sends never gets to `to`: requests, and replies to its requests. */
  oneWay(from: Side, to: Side): Promise<void> {
    return this.set(from, to, { cut: true });
  }

  /** What `from` sends to `to` arrives so much later: a number of milliseconds, or a law. */
  delay(from: Side, to: Side, delay: number | Delay): Promise<void> {
    const law: Delay = typeof delay === 'number' ? { distribution: 'constant', ms: delay } : delay;
    return this.set(from, to, { delay: law });
  }

  /** So many of the messages that `from` sends to `to` are lost: a probability. */
  loss(from: Side, to: Side, loss: number): Promise<void> {
    return this.set(from, to, { loss });
  }

  /** What is not named stays as it is. */
  async set(from: Side, to: Side, faults: LaneFaults): Promise<void> {
    const peers = namesOf(to);
    await Promise.all(
      namesOf(from).map(async (node) => {
        const client = this.#client(node);
        const links = { ...(await client.faults()).links };
        for (const peer of peers) {
          if (peer !== node) links[peer] = { ...links[peer], ...faults };
        }
        await client.setFaults({ links });
      }),
    );
  }

  /** Ends all faults of all nodes that are running. */
  async heal(): Promise<void> {
    await Promise.all(this.#running().map((node) => this.#client(node).clearFaults()));
  }
}

function namesOf(side: Side): readonly string[] {
  return typeof side === 'string' ? [side] : side;
}
