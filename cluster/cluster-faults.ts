/**
 * Faults of the nodes of a local cluster, each of which was started with --enable-faults: of
 * the links between them, of their disks and of their clocks.
 *
 *   const cluster = await startCluster({ nodes: 3, startOptions: ['--enable-faults'] });
 *   await cluster.faults.partition(['n1'], ['n2', 'n3']);
 *   await cluster.faults.slowDisk('n2', 20);
 *   await cluster.faults.heal();
 *
 * Nothing is remembered here: each node has its own table, and forgets it when it ends.
 */

import type { NodeClient } from '../src/client/http-client.ts';
import type { Delay } from '../src/kernel/delay.ts';
import type { FaultTable, LaneFaults } from '../src/kernel/fault-table.ts';

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
    return this.set(from, to, { delay: lawOf(delay) });
  }

  /** So many of the messages that `from` sends to `to` are lost: a probability. */
  loss(from: Side, to: Side, loss: number): Promise<void> {
    return this.set(from, to, { loss });
  }

  /** What is not named stays as it is. */
  async set(from: Side, to: Side, faults: LaneFaults): Promise<void> {
    const peers = namesOf(to);
    await this.#change(from, (before, node) => {
      const links = { ...before.links };
      for (const peer of peers) {
        if (peer !== node) links[peer] = { ...links[peer], ...faults };
      }
      return { ...before, links };
    });
  }

  /** Each commit of theirs waits so long: a number of milliseconds, or a law. */
  slowDisk(nodes: Side, delay: number | Delay): Promise<void> {
    const slow = { delay: lawOf(delay) };
    return this.#change(nodes, (before) => ({ ...before, disk: { ...before.disk, ...slow } }));
  }

  /** Nothing finds room any more: each of them ends with its next write. */
  fillDisk(nodes: Side): Promise<void> {
    const full = { full: true };
    return this.#change(nodes, (before) => ({ ...before, disk: { ...before.disk, ...full } }));
  }

  /** Their wall clocks are so many milliseconds beside that of the machine. */
  skewClock(nodes: Side, offsetMs: number): Promise<void> {
    return this.#change(nodes, (before) => ({ ...before, clock: { offsetMs } }));
  }

  /** In place of all faults that the node has. */
  async replace(node: string, table: FaultTable): Promise<void> {
    await this.#client(node).setFaults(table);
  }

  /** Ends all faults of all nodes that are running. */
  async heal(): Promise<void> {
    await Promise.all(this.#running().map((node) => this.#client(node).clearFaults()));
  }

  async #change(
    nodes: Side,
    change: (before: FaultTable, node: string) => FaultTable,
  ): Promise<void> {
    await Promise.all(
      namesOf(nodes).map(async (node) => {
        await this.replace(node, change(await this.#client(node).faults(), node));
      }),
    );
  }
}

function lawOf(delay: number | Delay): Delay {
  return typeof delay === 'number' ? { distribution: 'constant', ms: delay } : delay;
}

function namesOf(side: Side): readonly string[] {
  return typeof side === 'string' ? [side] : side;
}
